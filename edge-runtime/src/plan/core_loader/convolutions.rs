//! The operators that slide a window over an image `[batch, channels, height, width]`, in tract-core's terms.

use tract_core::internal::{AxisOp, DatumType, DimLike, OutletId, ToDim, TractResult, bail, tensor0, tvec};
use tract_core::ops::cast::cast;
use tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::nn::DataFormat;

use super::graph_editor::GraphEditor;
use crate::guard::{Attributes, Window};

/// A convolution in floats; `bias` is `[out_channels]`.
pub(super) fn convolution(
    mut graph: GraphEditor<'_>,
    attributes: &Attributes<'_>,
    [image, weight]: [OutletId; 2],
    bias: Option<OutletId>,
) -> TractResult<OutletId> {
    let mut bias = match bias {
        Some(bias) => bias,
        None => graph.zero_like(".bias", image)?,
    };
    // tract-core has one bias for all channels as a scalar.
    if graph.model.outlet_fact(bias)?.shape.iter().any(|side| *side == 1.to_dim()) {
        bias = graph.node(".bias_scalar", AxisOp::Rm(0), &[bias])?;
    }
    let convolution = windowed(&graph, attributes, weight, None)?;
    graph.node("", convolution, &[image, weight, bias])
}

/// A convolution of unsigned bytes, summed in 32 bits.
pub(super) fn integer_convolution(
    mut graph: GraphEditor<'_>,
    attributes: &Attributes<'_>,
    [image, weight]: [OutletId; 2],
    [image_zero, weight_zero]: [OutletId; 2],
) -> TractResult<OutletId> {
    let convolution = windowed(&graph, attributes, weight, Some(DatumType::I32))?;
    let zero = graph.constant(".zero", tensor0(0i32))?;
    let one = graph.constant(".one", tensor0(1f32))?;
    let image_zero = graph.node(".image_zero", cast(DatumType::I32), &[image_zero])?;
    let weight_zero = graph.node(".weight_zero", cast(DatumType::I32), &[weight_zero])?;
    graph.node("", convolution, &[image, weight, zero, image_zero, one, weight_zero, one, zero, one])
}

pub(super) fn max_pool(
    mut graph: GraphEditor<'_>,
    attributes: &Attributes<'_>,
    image: OutletId,
) -> TractResult<OutletId> {
    let pool_spec = pool(&graph, attributes, image)?;
    graph.node("", MaxPool { pool_spec, with_index_outputs: None }, &[image])
}

pub(super) fn average_pool(
    mut graph: GraphEditor<'_>,
    attributes: &Attributes<'_>,
    image: OutletId,
) -> TractResult<OutletId> {
    let pool_spec = pool(&graph, attributes, image)?;
    graph.node("", SumPool { pool_spec, count_include_pad: false, normalize: true }, &[image])
}

/// A convolution with a weight `[out_channels, in_channels / group, kernel_height, kernel_width]`.
fn windowed(
    graph: &GraphEditor<'_>,
    attributes: &Attributes<'_>,
    weight: OutletId,
    q_params: Option<DatumType>,
) -> TractResult<Conv> {
    let shape = graph.model.outlet_fact(weight)?.shape.as_concrete().map(<[usize]>::to_vec);
    let Some(&[output_channels, of_group, height, width]) = shape.as_deref() else {
        bail!("a convolution's weight without four sides")
    };
    let window = Window::of(attributes, Some([height, width]))?;
    let [top, left, bottom, right] = window.padding;
    let padding = PaddingSpec::Explicit(tvec![top, left], tvec![bottom, right]);
    let group = attributes.int("group", 1)? as usize;
    let pool_spec = pool_spec(&window, padding, [group * of_group, output_channels]);
    Ok(Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group, q_params })
}

fn pool(graph: &GraphEditor<'_>, attributes: &Attributes<'_>, image: OutletId) -> TractResult<PoolSpec> {
    let channels = graph.model.outlet_fact(image)?.shape[1].to_usize()?;
    let window = Window::of(attributes, None)?;
    let [top, left, bottom, right] = window.padding;
    let padding = PaddingSpec::ExplicitOnnxPool(tvec![top, left], tvec![bottom, right], false);
    Ok(pool_spec(&window, padding, [channels; 2]))
}

fn pool_spec(
    window: &Window,
    padding: PaddingSpec,
    [input_channels, output_channels]: [usize; 2],
) -> PoolSpec {
    PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: window.kernel.as_slice().into(),
        padding,
        dilations: None,
        strides: Some(window.stride.as_slice().into()),
        input_channels,
        output_channels,
    }
}

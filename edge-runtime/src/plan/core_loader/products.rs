//! Products of an image's row with a matrix, in tract-core's terms: linear layers in floats and in unsigned bytes.

use tract_core::internal::{AxesMapping, AxisOp, DatumType, OutletId, TractResult, tensor0};
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math::{add, mul};

use super::graph_editor::GraphEditor;
use crate::guard::Attributes;

/// x W, plus b where there is one, each with its factor.
pub(super) fn gemm(
    mut graph: GraphEditor<'_>,
    attributes: &Attributes<'_>,
    factors: [OutletId; 2],
    bias: Option<OutletId>,
) -> TractResult<OutletId> {
    let axes = AxesMapping::for_numpy_matmul(2, false, attributes.flag("transB")?, false)?;
    let operating_dt = graph.datum_type(factors[0])?;
    let product = graph.node(".product", EinSum { axes, operating_dt, q_params: None }, &factors)?;
    let product = scaled(&mut graph, ".scaled", product, attributes.factor("alpha")?)?;
    let beta = attributes.factor("beta")?;
    let Some(mut bias) = bias.filter(|_| beta != 0.0) else { return Ok(product) };
    if graph.model.outlet_fact(bias)?.rank() == 1 {
        bias = graph.node(".bias_row", AxisOp::Add(0), &[bias])?;
    }
    let bias = scaled(&mut graph, ".scaled_bias", bias, beta)?;
    graph.node("", add(), &[product, bias])
}

/// x W.
pub(super) fn mat_mul(mut graph: GraphEditor<'_>, factors: [OutletId; 2]) -> TractResult<OutletId> {
    let operating_dt = graph.datum_type(factors[0])?;
    let axes = AxesMapping::for_numpy_matmul(2, false, false, false)?;
    graph.node("", EinSum { axes, operating_dt, q_params: None }, &factors)
}

/// A product of bytes with zero points; tract-core wants scales too.
pub(super) fn mat_mul_integer(
    mut graph: GraphEditor<'_>,
    [input, weight]: [OutletId; 2],
    [input_zero, weight_zero]: [OutletId; 2],
) -> TractResult<OutletId> {
    let zero = graph.constant(".zero", tensor0(0i32))?;
    let one = graph.constant(".one", tensor0(1f32))?;
    let axes = "mk,kn,,,,,,,->mn".parse()?;
    let product = EinSum { axes, operating_dt: DatumType::I32, q_params: Some(DatumType::I32) };
    graph.node("", product, &[input, weight, zero, input_zero, one, weight_zero, one, zero, one])
}

fn scaled(graph: &mut GraphEditor<'_>, name: &str, value: OutletId, factor: f32) -> TractResult<OutletId> {
    if factor == 1.0 {
        return Ok(value);
    }
    let factor = graph.scalar_like(factor, value)?;
    graph.node(name, mul(), &[factor, value])
}

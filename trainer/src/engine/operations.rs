//! The kernels as candle operations with gradients. Images between layers are channels last,
//! `[batch, height, width, channels]`.
//!
//! This is the boundary to a device: everything above it speaks of tensors, everything below it of slices in memory.

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Error, Layout, Result, Shape, Storage, Tensor};

use super::convolution::Convolution;
use super::dropout::Dropout;
use super::linear::Linear;
use super::max_pool::MaxPool;
use super::{Activation, Gradients, Pass};

/// Parameters of a layer: weight, then bias.
type Parameters<'a> = (&'a Tensor, &'a Tensor);

/// `[batch, height, width, in_channels]` to `[batch, height, width, out_channels]`.
pub(crate) fn convolution(x: &Tensor, (weight, bias): Parameters<'_>, layer: Convolution) -> Result<Tensor> {
    x.apply_op3(weight, bias, layer)
}

/// `[batch, inputs]` to `[batch, outputs]`.
pub(crate) fn linear(x: &Tensor, (weight, bias): Parameters<'_>, layer: Linear) -> Result<Tensor> {
    x.apply_op3(weight, bias, layer)
}

/// `[batch, height, width, channels]`.
pub(crate) fn max_pool(x: &Tensor, layer: MaxPool) -> Result<Tensor> {
    x.apply_op1(layer)
}

/// Any shape. For an activation that no layer with parameters comes before.
pub(crate) fn activation(x: &Tensor, activation: Activation) -> Result<Tensor> {
    x.apply_op1(activation)
}

/// Any shape.
pub(crate) fn dropout(x: &Tensor, layer: Dropout) -> Result<Tensor> {
    x.apply_op1(layer)
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, height, width, channels) = x_layout.shape().dims4()?;
        expect(channels, self.in_channels)?;
        let y = self.forward(
            [height, width],
            stored(x, x_layout)?,
            stored(weight, weight_layout)?,
            stored(bias, bias_layout)?,
        );
        let [out_height, out_width] = self.output_side([height, width]);
        Ok((CpuStorage::F32(y), (batch, out_height, out_width, self.out_channels).into()))
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, bias: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Three> {
        let (_, height, width, _) = x.dims4()?;
        backward(x, weight, bias, y, dy, |pass, needs_input| {
            Convolution::backward(self, [height, width], pass, needs_input)
        })
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = x_layout.shape().dims2()?;
        expect(inputs, self.inputs)?;
        let y =
            self.forward(stored(x, x_layout)?, stored(weight, weight_layout)?, stored(bias, bias_layout)?);
        Ok((CpuStorage::F32(y), (batch, self.outputs).into()))
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, bias: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Three> {
        backward(x, weight, bias, y, dy, |pass, needs_input| Linear::backward(self, pass, needs_input))
    }
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max-pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (batch, height, width, channels) = layout.shape().dims4()?;
        let image = [height, width, channels];
        let [out_height, out_width] = self.output_side(image);
        let y = self.forward(image, stored(x, layout)?);
        Ok((CpuStorage::F32(y), (batch, out_height, out_width, channels).into()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (_, height, width, channels) = x.dims4()?;
        let dx = with_values([x, y, dy], |[x, y, dy]| self.backward([height, width, channels], x, y, dy))?;
        Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
    }
}

impl CustomOp1 for Activation {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = stored(x, layout)?.to_vec();
        self.apply(&mut y);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let dx = with_values([y, dy], |[y, dy]| {
            let mut dx = vec![0.0; dy.len()];
            self.mask(y, dy, &mut dx);
            dx
        })?;
        Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
    }
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.apply(stored(x, layout)?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let dx = with_values([dy], |[dy]| self.apply(dy))?;
        Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
    }
}

/// Gradients of input, weight and bias.
type Three = (Option<Tensor>, Option<Tensor>, Option<Tensor>);

/// The backward pass of a layer with parameters. The input's gradient is left out where nothing that is trained
/// depends on it: the first layer's.
fn backward(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    y: &Tensor,
    dy: &Tensor,
    kernel: impl FnOnce(&Pass<'_>, bool) -> Gradients,
) -> Result<Three> {
    let gradients = with_values([x, weight, y, dy], |[x_values, weight, y, dy]| {
        kernel(&Pass { x: x_values, weight, y, dy }, x.track_op())
    })?;
    let as_tensor = |values: Vec<f32>, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device());
    Ok((
        gradients.input.map(|values| as_tensor(values, x)).transpose()?,
        Some(as_tensor(gradients.weight, weight)?),
        Some(as_tensor(gradients.bias, bias)?),
    ))
}

/// Calls `kernel` with the values of tensors in row-major order.
fn with_values<const N: usize, R>(tensors: [&Tensor; N], kernel: impl FnOnce([&[f32]; N]) -> R) -> Result<R> {
    let contiguous: Vec<Tensor> = tensors.iter().map(|tensor| tensor.contiguous()).collect::<Result<_>>()?;
    let storages: Vec<_> = contiguous.iter().map(Tensor::storage_and_layout).collect();
    let mut values = [&[][..]; N];
    for (values, (storage, layout)) in values.iter_mut().zip(&storages) {
        match &**storage {
            Storage::Cpu(storage) => *values = stored(storage, layout)?,
            _ => return Err(Error::Msg("expected a tensor on the CPU".to_owned())),
        }
    }
    Ok(kernel(values))
}

/// The last dimension of a layer's input.
fn expect(found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Msg(format!("expected {expected} values a position, found {found}")))
}

/// The f32 values of a contiguous tensor.
pub(super) fn stored<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        (CpuStorage::F32(_), None) => Err(Error::Msg("expected a contiguous tensor".to_owned())),
        _ => Err(Error::Msg("expected f32 values".to_owned())),
    }
}

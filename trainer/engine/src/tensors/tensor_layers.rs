//! Layers in candle's tensor operations, where candle's own layers are wrong or slow.
//!
//! In come values with the channels last, `[batch, height, width, channels]` or `[rows, channels]`, and parameters of any
//! float type; out go values that candle can differentiate. A [`TensorNetwork`](super::TensorNetwork) uses them where
//! candle-nn's layers are not right for a shape, and the kernels are held against them.
//!
//! Only operations whose gradients are right are used: no convolution, pooling or ReLU of candle's own, but slices,
//! products of matrices and choices between two tensors.

use candle_core::{D, DType, Device, Error, Result, Tensor, Var};

use crate::draw::Draw;
use crate::layers::dropout::Dropout;

/// How far the running values of a batch norm go towards a batch's in one step: the default of PyTorch and of candle-nn.
pub const BATCH_NORM_MOMENTUM: f64 = 0.1;

/// Returns the convolution (cross-correlation) of `x` `[batch, height, width, in_channels]` with weights
/// `[out_channels, in_channels / groups, kernel_height, kernel_width]`, plus `bias` `[out_channels]`.
///
/// # Errors
/// Where the shapes do not fit, or a tensor operation fails.
pub fn convolution(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Result<Tensor> {
    let (out_channels, in_channels, height, width) = weight.dims4()?;
    let channels = x.dim(D::Minus1)?;
    let groups = channels.checked_div(in_channels).unwrap_or(0).max(1);
    let x = x.pad_with_zeros(1, padding[0], padding[0])?.pad_with_zeros(2, padding[1], padding[1])?;
    let slices = slices(&x, [height, width], stride)?;
    let y = match (in_channels, out_channels) {
        (1, outputs) if groups > 1 && outputs == channels => depthwise(&slices, weight)?,
        _ => grouped(&slices, weight, groups)?,
    };
    y.broadcast_add(bias)
}

/// Returns the sums over all positions of a window of what lies there, `[batch, out_height, out_width, channels]`, times
/// the position's weight of each channel, out of `[channels, 1, kernel_height, kernel_width]`.
fn depthwise(slices: &[Tensor], weight: &Tensor) -> Result<Tensor> {
    let weights = weight.flatten_from(1)?.t()?.contiguous()?;
    let products = slices.iter().enumerate().map(|(place, slice)| slice.broadcast_mul(&weights.get(place)?));
    products
        .reduce(|sum, product| sum? + product?)
        .unwrap_or_else(|| Err(Error::Msg("an empty window".to_owned())))
}

/// Returns the products of the windows, laid out in rows for each group, with the group's weights.
fn grouped(slices: &[Tensor], weight: &Tensor, groups: usize) -> Result<Tensor> {
    let (out_channels, in_channels, height, width) = weight.dims4()?;
    let windows = Tensor::stack(slices, 3)?;
    let (batch, out_height, out_width, places, _) = windows.dims5()?;
    let (rows, window, outputs) =
        (batch * out_height * out_width, places * in_channels, out_channels / groups);
    let windows = windows.reshape((rows, places, groups, in_channels))?.permute((2, 0, 1, 3))?;
    let windows = windows.contiguous()?.reshape((groups, rows, window))?;
    let weight = weight.reshape((groups, outputs, in_channels, height * width))?.permute((0, 3, 2, 1))?;
    let weight = weight.contiguous()?.reshape((groups, window, outputs))?;
    let y = windows.matmul(&weight)?.permute((1, 0, 2))?.contiguous()?;
    y.reshape((batch, out_height, out_width, out_channels))
}

/// Returns the largest value of each window of `x` `[batch, height, width, channels]`, the first of equals; a NaN is
/// larger than anything.
///
/// # Errors
/// Where `x` is no batch of images or the window is empty, or a tensor operation fails.
pub fn max_pool(x: &Tensor, kernel: [usize; 2], stride: [usize; 2]) -> Result<Tensor> {
    let slices = slices(x, kernel, stride)?;
    let (first, others) = slices.split_first().ok_or_else(|| Error::Msg("an empty window".to_owned()))?;
    others.iter().try_fold(first.clone(), |largest, slice| {
        let larger = (slice.gt(&largest)? + slice.ne(slice)?)?;
        larger.where_cond(slice, &largest)
    })
}

/// Returns the mean of each window of `x` `[batch, height, width, channels]`.
///
/// # Errors
/// Where `x` is no batch of images or the window is empty, or a tensor operation fails.
pub fn average_pool(x: &Tensor, kernel: [usize; 2], stride: [usize; 2]) -> Result<Tensor> {
    let slices = slices(x, kernel, stride)?;
    let (first, others) = slices.split_first().ok_or_else(|| Error::Msg("an empty window".to_owned()))?;
    let sum = others.iter().try_fold(first.clone(), |sum, slice| sum + slice)?;
    sum / slices.len() as f64
}

/// Returns max(0, x) of each value; a NaN stays, and there is no gradient at 0.
///
/// # Errors
/// Where a tensor operation fails.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    let zeros = x.zeros_like()?;
    x.le(&zeros)?.where_cond(&zeros, x)
}

/// Returns `x` with the same values zeroed as by the kernel, and the others scaled; the mask is drawn on the host.
pub(crate) fn dropout(x: &Tensor, layer: Dropout, draw: Draw) -> Result<Tensor> {
    let row_len = x.elem_count() / x.dim(0)?.max(1);
    let ones = vec![1f32; row_len];
    let mut mask = vec![0f32; x.elem_count()];
    mask.chunks_exact_mut(row_len.max(1))
        .enumerate()
        .for_each(|(row, mask)| layer.apply(draw, row, &ones, mask));
    x * Tensor::from_vec(mask, x.shape(), &Device::Cpu)?.to_device(x.device())?.to_dtype(x.dtype())?
}

/// Returns `(x - mean) / √(variance + ε) · scale + shift` along the last axis of `x`; the others are `[channels]`.
///
/// # Errors
/// Where the shapes do not fit, or a tensor operation fails.
pub fn normalise(x: &Tensor, [scale, shift, mean, variance]: [&Tensor; 4], epsilon: f32) -> Result<Tensor> {
    let factor = (scale / (variance + f64::from(epsilon))?.sqrt()?)?;
    x.broadcast_sub(mean)?.broadcast_mul(&factor)?.broadcast_add(shift)
}

/// Returns the batch norm of `x`, whose last axis is the channels, by the mean and the variance of its rows, and moves the
/// `running` mean and variance `[channels]` towards them; the variance that they follow is unbiased, the squared differences
/// divided by rows - 1.
///
/// # Errors
/// Where the shapes do not fit, or a tensor operation fails.
pub fn batch_norm(
    x: &Tensor,
    [scale, shift]: [&Tensor; 2],
    running: [&Var; 2],
    epsilon: f32,
) -> Result<Tensor> {
    let (mean, variance, rows) = batch_statistics(x)?;
    let unbiased = rows as f64 / (rows.max(2) - 1) as f64;
    let found = [mean.detach(), (variance.detach() * unbiased)?];
    for (running, found) in running.into_iter().zip(found) {
        let kept = (running.as_detached_tensor() * (1.0 - BATCH_NORM_MOMENTUM))?;
        running.set(&(kept + (found * BATCH_NORM_MOMENTUM)?)?)?;
    }
    normalise(x, [scale, shift, &mean, &variance], epsilon)
}

/// Returns the mean `[channels]`, the biased variance `[channels]` and the number of rows of `x`, whose last axis is
/// the channels.
///
/// # Errors
/// Where a tensor operation fails.
pub fn batch_statistics(x: &Tensor) -> Result<(Tensor, Tensor, usize)> {
    let channels = x.dim(D::Minus1)?;
    let rows = x.reshape(((), channels))?;
    let mean = rows.mean(0)?;
    let variance = rows.broadcast_sub(&mean)?.sqr()?.mean(0)?;
    Ok((mean, variance, rows.dim(0)?))
}

/// Returns for each position of a window, in reading order, what lies there in every window: `[batch, out_height,
/// out_width, channels]`.
fn slices(x: &Tensor, kernel: [usize; 2], stride: [usize; 2]) -> Result<Vec<Tensor>> {
    let (_, height, width, _) = x.dims4()?;
    let out_height = (height - kernel[0]) / stride[0] + 1;
    let out_width = (width - kernel[1]) / stride[1] + 1;
    let mut slices = Vec::with_capacity(kernel[0] * kernel[1]);
    for down in 0..kernel[0] {
        let rows = every(x, 1, down, out_height, stride[0])?;
        for right in 0..kernel[1] {
            slices.push(every(&rows, 2, right, out_width, stride[1])?);
        }
    }
    Ok(slices)
}

/// Returns `count` positions of an axis from `first` on, `step` apart.
fn every(x: &Tensor, axis: usize, first: usize, count: usize, step: usize) -> Result<Tensor> {
    if step == 1 {
        return x.narrow(axis, first, count)?.contiguous();
    }
    let positions: Vec<u32> = (0..count).map(|index| (first + index * step) as u32).collect();
    x.contiguous()?.index_select(&Tensor::new(positions, x.device())?, axis)
}

/// Returns the values of a tensor as f32 on the host, row-major.
///
/// # Errors
/// Where the tensor cannot be read.
pub fn host_values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}

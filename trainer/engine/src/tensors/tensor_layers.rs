//! The layers of a network in candle's tensor operations, differentiated by candle.
//!
//! In come images `[batch, channels, height, width]` and parameters of any float type, out go logits `[batch,
//! classes]`; images between layers are channels last, `[batch, height, width, channels]`. They serve devices without
//! kernels of our own, and the kernels are held against them.
//!
//! Only operations whose gradients are right are used: no convolution, pooling or ReLU of candle's own, but slices,
//! products of matrices and choices between two tensors.

use candle_core::{D, DType, Device, Error, Result, Tensor};
use models::{Layer, Network};

use crate::draw::Draw;
use crate::layers::dropout::Dropout;

/// The mean and the variance that a batch norm found in a batch, with the position of its first parameter.
#[derive(Debug)]
pub struct TensorStatistics {
    /// The position of the first parameter of the batch norm in the network's parameters.
    pub parameter: usize,
    /// The mean of each channel, `[channels]`.
    pub mean: Tensor,
    /// The variance of each channel, `[channels]`: the squared differences divided by rows - 1.
    pub unbiased_variance: Tensor,
}

/// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`.
///
/// With a `draw` the network runs as in training: dropout zeroes what the draw says, and batch norms use the batch and
/// push what they found to `statistics`. Without a draw dropout does nothing, and batch norms use their running values.
///
/// # Errors
/// Where `parameters` are not those of `network`, or a tensor operation fails.
pub fn logits(
    network: &Network,
    parameters: &[Tensor],
    images: &Tensor,
    draw: Option<Draw>,
    statistics: &mut Vec<TensorStatistics>,
) -> Result<Tensor> {
    let mut x = images.permute((0, 2, 3, 1))?.contiguous()?;
    let mut first = 0;
    for (position, layer) in network.layers.iter().enumerate() {
        let count = layer.parameters().len();
        let own = parameters
            .get(first..first + count)
            .ok_or_else(|| Error::Msg("too few parameters".to_owned()))?;
        x = match (layer, own) {
            (Layer::Convolution { stride, padding, .. }, [weight, bias]) => {
                convolution(&x, weight, bias, *stride, *padding)?
            }
            (Layer::Linear { .. }, [weight, bias]) => x.matmul(&weight.t()?)?.broadcast_add(bias)?,
            (Layer::BatchNorm { epsilon, .. }, [scale, shift, mean, variance]) => match draw {
                Some(_) => {
                    let (mean, variance, rows) = batch_statistics(&x)?;
                    let unbiased = rows as f64 / (rows.max(2) - 1) as f64;
                    let unbiased_variance = (variance.detach() * unbiased)?;
                    statistics.push(TensorStatistics {
                        parameter: first,
                        mean: mean.detach(),
                        unbiased_variance,
                    });
                    normalise(&x, [scale, shift, &mean, &variance], *epsilon)?
                }
                None => normalise(&x, [scale, shift, mean, variance], *epsilon)?,
            },
            (Layer::MaxPool { kernel, stride }, _) => max_pool(&x, *kernel, *stride)?,
            (Layer::AveragePool { kernel, stride }, _) => average_pool(&x, *kernel, *stride)?,
            (Layer::Dropout { rate }, _) => match draw {
                Some(draw) => dropout(&x, Dropout { rate: *rate, layer: position as u32 }, draw)?,
                None => x,
            },
            (Layer::Relu, _) => relu(&x)?,
            (Layer::Flatten, _) => flatten(&x)?,
            _ => return Err(Error::Msg("a layer with other parameters".to_owned())),
        };
        first += count;
    }
    Ok(x)
}

/// Returns the convolution (cross-correlation) of `x` `[batch, height, width, in_channels]` with weights
/// `[out_channels, in_channels, kernel_height, kernel_width]`, plus `bias` `[out_channels]`. It is computed as a
/// product of the windows, laid out in rows, with the weights.
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
    let x = x.pad_with_zeros(1, padding[0], padding[0])?.pad_with_zeros(2, padding[1], padding[1])?;
    let windows = Tensor::cat(&slices(&x, [height, width], stride)?, D::Minus1)?;
    let (batch, out_height, out_width, window) = windows.dims4()?;
    let weight = weight.permute((2, 3, 1, 0))?.reshape((height * width * in_channels, out_channels))?;
    let rows = windows.reshape((batch * out_height * out_width, window))?;
    rows.matmul(&weight)?.broadcast_add(bias)?.reshape((batch, out_height, out_width, out_channels))
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

/// Returns `x` as `[batch, channels · height · width]`, from `[batch, height, width, channels]` or from what is flat
/// already.
fn flatten(x: &Tensor) -> Result<Tensor> {
    match x.rank() {
        4 => x.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
        _ => x.flatten_from(1),
    }
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

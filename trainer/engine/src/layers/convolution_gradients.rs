//! The gradients of a convolution's weights and bias.
//!
//! In come channels-last images `[images, height, width, channels]` and the gradient of their outputs, out go the
//! gradients of the weights `[out_channels, in_channels / groups, kernel_height, kernel_width]` and of the bias. Both
//! operands are read where they lie, the images with their padding: a gradient is one product whose depth is the pixels
//! of all images.

use kernels::matrix_product::{Product, Start, panel_width};
use kernels::{Activation, Convolution, DepthwiseWeightGradient, vectorised_fn};

/// The gradients of a part of the batch.
#[derive(Debug)]
pub(crate) struct ConvolutionSums {
    layer: Convolution,
    /// The gradient of the weights, in the order of [`Convolution::window_order`].
    pub(crate) weight: Vec<f32>,
    /// The gradient of the bias, `[out_channels]`.
    pub(crate) bias: Vec<f32>,
}

impl ConvolutionSums {
    pub(crate) fn new(layer: Convolution) -> Self {
        Self { layer, weight: vec![0.0; layer.weight_len()], bias: vec![0.0; layer.out_channels] }
    }

    /// Adds images to the sums, in their order: `dW[window, o] += Σ_pixels x[pixel + window] · dy[pixel, o]`. `dy` is
    /// the gradient before the activation; `padded` is memory for the images with their padding, which any layer may use
    /// after this one.
    pub(crate) fn add_images(&mut self, x: &[f32], dy: &[f32], padded: &mut Vec<f32>) {
        let layer = self.layer;
        add_pixels(layer.out_channels, dy, &mut self.bias);
        let x = layer.with_padding(x, padded);
        let images = dy.len() / layer.output_len();
        let [out_height, out_width, out_channels] = layer.output();
        let [height, width] = layer.padded();
        let channels = layer.in_channels();
        let (rows, a_rows) =
            ([images, out_height, out_width], [height * width, layer.stride[0] * width, layer.stride[1]]);
        let a_rows = a_rows.map(|pixels| pixels * channels);
        if layer.is_depthwise() {
            let taps = &layer.taps();
            let weights = &mut self.weight;
            return DepthwiseWeightGradient { rows, channels, taps, x, x_rows: a_rows, dy, weights }
                .compute();
        }
        let (depth, a_depth, b_depth) = if layer.is_pointwise() {
            ([1, 1, dy.len() / out_channels], [0, 0, channels], [0, 0, out_channels])
        } else {
            let pixels = [out_height * out_width, out_width, 1];
            (rows, a_rows, pixels.map(|pixels| pixels * out_channels))
        };
        let [group_in, group_out] = layer.group_channels();
        let window = layer.window();
        let weights = self.weight.chunks_exact_mut(window.iter().product::<usize>() * group_out);
        for (group, weights) in weights.enumerate() {
            Product {
                rows: window,
                columns: group_out,
                depth,
                a: &x[group * group_in..],
                a_rows: [width * channels, channels, 1],
                a_depth,
                b: &dy[group * group_out..],
                b_panel: panel_width(group_out),
                b_depth,
                start: Start::Sum,
                c: weights,
                c_rows: [window[1] * window[2], window[2], 1].map(|rows| rows * group_out),
                activation: Activation::Identity,
            }
            .compute();
        }
    }

    /// Returns the gradient of the weights in the stored order `[out_channels, in_channels / groups, kernel_height,
    /// kernel_width]`.
    #[cfg(test)]
    pub(crate) fn stored_weight(&self) -> Vec<f32> {
        in_stored_order(&self.layer, &self.weight)
    }
}

vectorised_fn! {
    /// Adds the pixels of images to one sum a channel. Some channels' sums stay in registers while the pixels run.
    pub(crate) fn add_pixels<'a>(channels: usize, pixels: &'a [f32], sums: &'a mut [f32]) {
        let mut first = 0;
        while first < channels {
            first += match channels - first {
                64.. => add_channels::<64>(first, pixels, sums),
                16.. => add_channels::<16>(first, pixels, sums),
                4.. => add_channels::<4>(first, pixels, sums),
                _ => add_channels::<1>(first, pixels, sums),
            };
        }
    }
}

/// Adds `COUNT` channels from `first` on, and returns how many.
#[inline(always)]
fn add_channels<const COUNT: usize>(first: usize, pixels: &[f32], sums: &mut [f32]) -> usize {
    let mut local = [0f32; COUNT];
    local.copy_from_slice(&sums[first..first + COUNT]);
    for pixel in pixels.chunks_exact(sums.len()) {
        let values = &pixel[first..first + COUNT];
        for (sum, value) in local.iter_mut().zip(values) {
            *sum += value;
        }
    }
    sums[first..first + COUNT].copy_from_slice(&local);
    COUNT
}

/// Returns a weight gradient in the order of [`Convolution::window_order`] in the stored order `[out_channels,
/// in_channels / groups, kernel_height, kernel_width]`.
pub(crate) fn in_stored_order(layer: &Convolution, matrix: &[f32]) -> Vec<f32> {
    let mut weight = vec![0f32; matrix.len()];
    for (position, to) in layer.window_order() {
        weight[to] = matrix[position];
    }
    weight
}

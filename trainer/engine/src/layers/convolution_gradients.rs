//! The gradients of a convolution.
//!
//! In come one channels-last image `[height, width, channels]` and the gradient of its output, out go the gradients of
//! the weights `[out_channels, in_channels, kernel_height, kernel_width]`, of the bias and of the image. One image's
//! output gradient is masked by the activation and laid out once, with zeros around it, and serves both gradients while
//! it is in the second-level cache.

use kernels::matrix_product::{Product, pack, panel_width, panelled};
use kernels::{Activation, Convolution, for_each_chunk, vectorised_fn};

use super::activation_mask::mask;

/// The gradients of a part of the batch, and the buffers that are used again for each of its images.
#[derive(Debug)]
pub(crate) struct ConvolutionSums {
    layer: Convolution,
    /// The activation that masks the output gradient: the identity where the layer behind has already masked it.
    mask: Activation,
    /// The gradient of the weights, `[kernel_height, kernel_width, in_channels, out_channels]`.
    pub(crate) weight: Vec<f32>,
    /// The gradient of the bias, `[out_channels]`.
    pub(crate) bias: Vec<f32>,
    padded_x: Vec<f32>,
    /// The masked output gradient, spread by the stride, with a kernel's width of zeros around it: `[dy_side[0],
    /// dy_side[1], panelled(out_channels)]`. The zeros stay zeros from image to image.
    spread_dy: Vec<f32>,
    dy_side: [usize; 2],
}

impl ConvolutionSums {
    pub(crate) fn new(layer: Convolution, mask: Activation) -> Self {
        let dy_side = [0, 1].map(|axis| layer.padded()[axis] + layer.kernel[axis] - 1);
        let [height, width] = layer.kernel;
        Self {
            layer,
            mask,
            weight: vec![0.0; height * width * layer.in_channels() * layer.out_channels],
            bias: vec![0.0; layer.out_channels],
            padded_x: Vec::new(),
            spread_dy: vec![0.0; dy_side[0] * dy_side[1] * panelled(layer.out_channels)],
            dy_side,
        }
    }

    /// Returns where the gradient of the output at (row, column) lies in `spread_dy`.
    #[inline(always)]
    fn dy_position(&self, row: usize, column: usize) -> usize {
        let Convolution { kernel, stride, out_channels, .. } = self.layer;
        let row = kernel[0] - 1 + row * stride[0];
        (row * self.dy_side[1] + kernel[1] - 1 + column * stride[1]) * panelled(out_channels)
    }

    /// Adds one image to the sums: `dW[window, o] += Σ_pixels x[pixel + window] · dy[pixel, o]`. The gradient `dy` is
    /// masked by the activation, whose output is `y`.
    pub(crate) fn add_image(&mut self, x: &[f32], y: &[f32], dy: &[f32]) {
        let layer = self.layer;
        let [out_height, out_width, channels] = layer.output();
        spread(self, y, dy);
        let first = self.dy_position(0, 0);
        let width = layer.padded()[1];
        let in_channels = layer.in_channels();
        let window_row = layer.kernel[1] * in_channels;
        let x = layer.with_padding(x, &mut self.padded_x);
        for kernel_row in 0..layer.kernel[0] {
            Product {
                rows: window_row,
                columns: channels,
                runs: out_height,
                depth: out_width,
                a: &x[kernel_row * width * in_channels..],
                a_row: 1,
                a_run: layer.stride[0] * width * in_channels,
                a_step: layer.stride[1] * in_channels,
                b: &self.spread_dy[first..],
                b_panel: panel_width(),
                b_run: layer.stride[0] * self.dy_side[1] * panelled(channels),
                b_step: layer.stride[1] * panelled(channels),
                c: &mut self.weight[kernel_row * window_row * channels..],
                c_row: channels,
            }
            .compute();
        }
    }

    /// Writes the gradient of the image that was added last into `dx`: a convolution of its spread output gradient with
    /// the weights turned by half, of which `panels` are those of [`backward_panels`].
    pub(crate) fn input_gradient(&self, panels: &[f32], dx: &mut [f32]) {
        let layer = self.layer;
        let (in_channels, channels) = (layer.in_channels(), panelled(layer.out_channels));
        let run = layer.kernel[1] * channels;
        dx.fill(0.0);
        for (row, dx) in dx.chunks_exact_mut(layer.image[1] * in_channels).enumerate() {
            let start = ((row + layer.padding[0]) * self.dy_side[1] + layer.padding[1]) * channels;
            Product {
                rows: layer.image[1],
                columns: in_channels,
                runs: layer.kernel[0],
                depth: run,
                a: &self.spread_dy[start..],
                a_row: channels,
                a_run: self.dy_side[1] * channels,
                a_step: 1,
                b: panels,
                b_panel: layer.kernel[0] * run * panel_width(),
                b_run: run * panel_width(),
                b_step: panel_width(),
                c: dx,
                c_row: in_channels,
            }
            .compute();
        }
    }
}

vectorised_fn! {
    /// Lays an image's masked output gradient out in `spread_dy`, and adds it to the gradient of the bias.
    fn spread<'a>(sums: &'a mut ConvolutionSums, y: &'a [f32], dy: &'a [f32]) {
        let layer = sums.layer;
        let [out_height, out_width, channels] = layer.output();
        let activation = sums.mask;
        for row in 0..out_height {
            for column in 0..out_width {
                let pixel = row * out_width + column;
                let from = pixel * channels..(pixel + 1) * channels;
                let to = sums.dy_position(row, column);
                let target = &mut sums.spread_dy[to..to + channels];
                let y = if activation == Activation::Relu { &y[from.clone()] } else { y };
                mask(activation, y, &dy[from], target);
                for_each_chunk([target, target], &mut sums.bias, |value, _, sum| *sum += value);
            }
        }
    }
}

/// Returns the weights turned by half, as panels of the matrix
/// `[kernel_height · kernel_width · panelled(out_channels), in_channels]`, zero where channels are filled up.
pub(crate) fn backward_panels(layer: &Convolution, weight: &[f32]) -> Vec<f32> {
    let [height, width] = layer.kernel;
    let (in_channels, channels) = (layer.in_channels(), panelled(layer.out_channels));
    let mut matrix = vec![0f32; height * width * channels * in_channels];
    for (out, weight) in weight.chunks_exact(in_channels * height * width).enumerate() {
        for (input, weight) in weight.chunks_exact(height * width).enumerate() {
            for (position, value) in weight.iter().enumerate() {
                let turned = height * width - 1 - position;
                matrix[(turned * channels + out) * in_channels + input] = *value;
            }
        }
    }
    let depth = height * width * channels;
    let mut panels = vec![0f32; depth * panelled(in_channels)];
    pack(&matrix, depth, in_channels, in_channels, 1, &mut panels);
    panels
}

/// Returns a weight gradient `[kernel_height, kernel_width, in_channels, out_channels]` in the stored order
/// `[out_channels, in_channels, kernel_height, kernel_width]`.
pub(crate) fn in_stored_order(layer: &Convolution, matrix: &[f32]) -> Vec<f32> {
    let mut weight = vec![0f32; matrix.len()];
    for (position, to) in layer.window_order() {
        weight[to] = matrix[position];
    }
    weight
}

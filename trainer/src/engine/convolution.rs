//! Two-dimensional convolution with bias and an optional ReLU, forward and backward, on channels-last images
//! `[batch, height, width, channels]` and weights `[out_channels, in_channels, kernel_height, kernel_width]`.
//!
//! Channels last, because then a window's row is one run of neighbours: the products read the image where it lies. One
//! image's output gradient is masked by the ReLU and laid out once, with zeros around it, and serves both gradients
//! while it is in the second-level cache.

use rayon::prelude::*;

use super::matrix_product::{Product, pack, panel_width, panelled};
use super::{Activation, BATCH_PARTS, Gradients, Pass};

/// Sizes of a convolution; pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Convolution {
    pub(crate) in_channels: usize,
    pub(crate) out_channels: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) activation: Activation,
}

impl Convolution {
    /// Output `[height, width]` for an input `[height, width]`.
    pub(crate) fn output_side(&self, image: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| (self.padded(image)[axis] - self.kernel[axis]) / self.stride[axis] + 1)
    }

    fn padded(&self, image: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| image[axis] + 2 * self.padding[axis])
    }

    /// y = activation(x * w + b), `[batch, height, width, out_channels]`; `image` is the input's `[height, width]`.
    pub(crate) fn forward(&self, image: [usize; 2], x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
        let [_, width] = self.padded(image);
        let [out_height, out_width] = self.output_side(image);
        let run = self.kernel[1] * self.in_channels;
        let depth = self.kernel[0] * run;
        let panels = self.forward_panels(weight);
        let image_len = image[0] * image[1] * self.in_channels;
        let row_len = out_width * self.out_channels;
        let mut y = vec![0f32; x.len() / image_len * out_height * row_len];
        let images = y.par_chunks_mut(out_height * row_len).zip(x.par_chunks(image_len));
        images.for_each_init(Vec::new, |buffer, (y, x)| {
            let x = self.with_padding(image, x, buffer);
            for (row, y) in y.chunks_exact_mut(row_len).enumerate() {
                y.chunks_exact_mut(self.out_channels).for_each(|pixel| pixel.copy_from_slice(bias));
                Product {
                    rows: out_width,
                    columns: self.out_channels,
                    runs: self.kernel[0],
                    depth: run,
                    a: &x[row * self.stride[0] * width * self.in_channels..],
                    a_row: self.stride[1] * self.in_channels,
                    a_run: width * self.in_channels,
                    a_step: 1,
                    b: &panels,
                    b_panel: depth * panel_width(),
                    b_run: run * panel_width(),
                    b_step: panel_width(),
                    c: y,
                    c_row: self.out_channels,
                }
                .compute();
                self.activation.apply(y);
            }
        });
        y
    }

    /// The gradients of a scalar from `dy`, its gradient with respect to `y`.
    ///
    /// The batch is cut into [`BATCH_PARTS`] parts, whatever the number of threads; each part sums its images in order,
    /// and the parts are added in order, so no number of threads changes a bit.
    pub(crate) fn backward(&self, image: [usize; 2], pass: &Pass<'_>, needs_input: bool) -> Gradients {
        let image_len = image[0] * image[1] * self.in_channels;
        let [out_height, out_width] = self.output_side(image);
        let out_len = out_height * out_width * self.out_channels;
        let batch = pass.x.len() / image_len;
        let part = batch.div_ceil(BATCH_PARTS).max(1);
        let panels = if needs_input { self.backward_panels(pass.weight) } else { Vec::new() };
        let mut dx = vec![0f32; if needs_input { pass.x.len() } else { 0 }];
        let dx_parts: Vec<&mut [f32]> = if needs_input {
            dx.chunks_mut(part * image_len).collect()
        } else {
            (0..batch.div_ceil(part)).map(|_| &mut [][..]).collect()
        };
        let sums: Vec<(Vec<f32>, Vec<f32>)> = dx_parts
            .into_par_iter()
            .enumerate()
            .map(|(index, dx)| {
                let mut sums = PartSums::new(self, image);
                for item in index * part..((index + 1) * part).min(batch) {
                    let x = &pass.x[item * image_len..][..image_len];
                    let (y, dy) =
                        (&pass.y[item * out_len..][..out_len], &pass.dy[item * out_len..][..out_len]);
                    sums.add_image(x, y, dy);
                    if needs_input {
                        let dx = &mut dx[(item - index * part) * image_len..][..image_len];
                        sums.input_gradient(&panels, dx);
                    }
                }
                (sums.weight, sums.bias)
            })
            .collect();
        let (weight, bias) = sums
            .into_iter()
            .reduce(|mut total, part| {
                add(&mut total.0, &part.0);
                add(&mut total.1, &part.1);
                total
            })
            .unwrap_or_default();
        Gradients { input: needs_input.then_some(dx), weight: self.to_stored_order(&weight), bias }
    }

    /// The weights as panels of the matrix `[kernel_height · kernel_width · in_channels, out_channels]`.
    fn forward_panels(&self, weight: &[f32]) -> Vec<f32> {
        let mut matrix = vec![0f32; weight.len()];
        for (position, from) in self.window_order() {
            matrix[position] = weight[from];
        }
        let mut panels = Vec::new();
        pack(&matrix, weight.len() / self.out_channels, self.out_channels, self.out_channels, 1, &mut panels);
        panels
    }

    /// The weights turned by half, as panels of the matrix
    /// `[kernel_height · kernel_width · panelled(out_channels), in_channels]`, zero where channels are filled up.
    fn backward_panels(&self, weight: &[f32]) -> Vec<f32> {
        let [height, width] = self.kernel;
        let channels = panelled(self.out_channels);
        let mut matrix = vec![0f32; height * width * channels * self.in_channels];
        for (out, weight) in weight.chunks_exact(self.in_channels * height * width).enumerate() {
            for (input, weight) in weight.chunks_exact(height * width).enumerate() {
                for (position, value) in weight.iter().enumerate() {
                    let turned = height * width - 1 - position;
                    matrix[(turned * channels + out) * self.in_channels + input] = *value;
                }
            }
        }
        let mut panels = Vec::new();
        pack(&matrix, height * width * channels, self.in_channels, self.in_channels, 1, &mut panels);
        panels
    }

    /// Pairs of positions: in `[kernel_height, kernel_width, in_channels, out_channels]`, and in the stored order.
    fn window_order(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Self { in_channels, out_channels, kernel: [height, width], .. } = *self;
        (0..height * width * in_channels * out_channels).map(move |position| {
            let (out, rest) = (position % out_channels, position / out_channels);
            let (input, window) = (rest % in_channels, rest / in_channels);
            (position, (out * in_channels + input) * height * width + window)
        })
    }

    fn to_stored_order(self, matrix: &[f32]) -> Vec<f32> {
        let mut weight = vec![0f32; matrix.len()];
        for (position, to) in self.window_order() {
            weight[to] = matrix[position];
        }
        weight
    }

    /// One image with its padding, in `buffer` where there is any.
    fn with_padding<'a>(&self, image: [usize; 2], x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if self.padding == [0, 0] {
            return x;
        }
        let [height, width] = self.padded(image);
        let row_len = width * self.in_channels;
        buffer.resize(height * row_len, 0.0);
        let inner = image[1] * self.in_channels;
        for (row, x) in x.chunks_exact(inner).enumerate() {
            let start = (row + self.padding[0]) * row_len + self.padding[1] * self.in_channels;
            buffer[start..start + inner].copy_from_slice(x);
        }
        buffer
    }
}

/// The gradients of one part of the batch, and the buffers that it reuses from image to image.
struct PartSums<'a> {
    layer: &'a Convolution,
    image: [usize; 2],
    /// `[kernel_height, kernel_width, in_channels, out_channels]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
    padded_x: Vec<f32>,
    /// The masked output gradient, spread by the stride, with a kernel's width of zeros around it:
    /// `[dy_side[0], dy_side[1], panelled(out_channels)]`.
    spread_dy: Vec<f32>,
    dy_side: [usize; 2],
}

impl<'a> PartSums<'a> {
    fn new(layer: &'a Convolution, image: [usize; 2]) -> Self {
        let dy_side = [0, 1].map(|axis| layer.padded(image)[axis] + layer.kernel[axis] - 1);
        let channels = panelled(layer.out_channels);
        Self {
            layer,
            image,
            weight: vec![
                0.0;
                layer.kernel.iter().product::<usize>() * layer.in_channels * layer.out_channels
            ],
            bias: vec![0.0; layer.out_channels],
            padded_x: Vec::new(),
            spread_dy: vec![0.0; dy_side[0] * dy_side[1] * channels],
            dy_side,
        }
    }

    /// Where the gradient of output (row, column) lies in `spread_dy`.
    fn dy_position(&self, row: usize, column: usize) -> usize {
        let Convolution { kernel, stride, out_channels, .. } = *self.layer;
        let row = kernel[0] - 1 + row * stride[0];
        (row * self.dy_side[1] + kernel[1] - 1 + column * stride[1]) * panelled(out_channels)
    }

    /// Adds one image to the sums: `dW[window, o] += Σ_pixels x[pixel + window] · dy[pixel, o]`.
    fn add_image(&mut self, x: &[f32], y: &[f32], dy: &[f32]) {
        let layer = self.layer;
        let [out_height, out_width] = layer.output_side(self.image);
        let channels = layer.out_channels;
        for row in 0..out_height {
            for column in 0..out_width {
                let from = (row * out_width + column) * channels..(row * out_width + column + 1) * channels;
                let to = self.dy_position(row, column);
                let target = &mut self.spread_dy[to..to + channels];
                layer.activation.mask(&y[from.clone()], &dy[from], target);
                add(&mut self.bias, target);
            }
        }
        let first = self.dy_position(0, 0);
        let width = layer.padded(self.image)[1];
        let window_row = layer.kernel[1] * layer.in_channels;
        let x = layer.with_padding(self.image, x, &mut self.padded_x);
        for kernel_row in 0..layer.kernel[0] {
            Product {
                rows: window_row,
                columns: channels,
                runs: out_height,
                depth: out_width,
                a: &x[kernel_row * width * layer.in_channels..],
                a_row: 1,
                a_run: layer.stride[0] * width * layer.in_channels,
                a_step: layer.stride[1] * layer.in_channels,
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

    /// The gradient of the image that was added last: a convolution of its spread output gradient with the turned
    /// weights. `dx` holds zeros, `[height, width, in_channels]`.
    fn input_gradient(&self, panels: &[f32], dx: &mut [f32]) {
        let layer = self.layer;
        let channels = panelled(layer.out_channels);
        let run = layer.kernel[1] * channels;
        let row_len = self.image[1] * layer.in_channels;
        for (row, dx) in dx.chunks_exact_mut(row_len).enumerate() {
            let start = ((row + layer.padding[0]) * self.dy_side[1] + layer.padding[1]) * channels;
            Product {
                rows: self.image[1],
                columns: layer.in_channels,
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
                c_row: layer.in_channels,
            }
            .compute();
        }
    }
}

fn add(total: &mut [f32], values: &[f32]) {
    total.iter_mut().zip(values).for_each(|(total, value)| *total += value);
}

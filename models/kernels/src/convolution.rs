//! Two-dimensional convolution with bias and an optional ReLU, forward.
//!
//! In come one channels-last image `[height, width, channels]` and weights `[out_channels, in_channels, kernel_height,
//! kernel_width]`, out goes an image `[height, width, out_channels]`. The image is channels last, because then a
//! window's row is one run of neighbours: the products read the image where it lies.

use crate::ImageShape;
use crate::activation::Activation;
use crate::matrix_product::{Product, pack, panel_width, panelled};
use crate::vectors::vectorised;

/// The sizes of a convolution and the activation that it applies; pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The sides of the input, `[height, width, channels]`.
    pub image: ImageShape,
    /// The number of channels of the output.
    pub out_channels: usize,
    /// The rows and columns of the window.
    pub kernel: [usize; 2],
    /// The rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// The rows and columns of zeros on each side of the image.
    pub padding: [usize; 2],
    /// The activation that is applied to the sum of each output.
    pub activation: Activation,
}

impl Convolution {
    /// Returns the sides of the output, `[height, width, out_channels]`.
    #[must_use]
    pub fn output(&self) -> ImageShape {
        let side = |axis: usize| (self.padded()[axis] - self.kernel[axis]) / self.stride[axis] + 1;
        [side(0), side(1), self.out_channels]
    }

    /// Returns the number of values of one input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.image.iter().product()
    }

    /// Returns the number of values of one output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output().iter().product()
    }

    /// Returns the rows and columns of the image with its padding.
    #[must_use]
    pub fn padded(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.image[axis] + 2 * self.padding[axis])
    }

    /// Returns the number of channels of the input.
    #[must_use]
    pub fn in_channels(&self) -> usize {
        self.image[2]
    }

    /// Computes y = activation(x * w + b) for one image `x` into `y`. `panels` are those of
    /// [`Convolution::forward_panels`], `bias` is `[out_channels]`, and `padded` is memory for the image with its padding,
    /// whose border of zeros stays from call to call.
    pub fn forward(&self, panels: &[f32], bias: &[f32], x: &[f32], y: &mut [f32], padded: &mut Vec<f32>) {
        let width = self.padded()[1];
        let in_channels = self.in_channels();
        let run = self.kernel[1] * in_channels;
        let [_, out_width, out_channels] = self.output();
        let x = self.with_padding(x, padded);
        for (row, y) in y.chunks_exact_mut(out_width * out_channels).enumerate() {
            y.chunks_exact_mut(out_channels).for_each(|pixel| pixel.copy_from_slice(bias));
            Product {
                rows: out_width,
                columns: out_channels,
                runs: self.kernel[0],
                depth: run,
                a: &x[row * self.stride[0] * width * in_channels..],
                a_row: self.stride[1] * in_channels,
                a_run: width * in_channels,
                a_step: 1,
                b: panels,
                b_panel: self.kernel[0] * run * panel_width(),
                b_run: run * panel_width(),
                b_step: panel_width(),
                c: y,
                c_row: out_channels,
            }
            .compute();
            vectorised(|| self.activation.apply(y));
        }
    }

    /// Returns the weights as panels of the matrix `[kernel_height · kernel_width · in_channels, out_channels]`.
    #[must_use]
    pub fn forward_panels(&self, weight: &[f32]) -> Vec<f32> {
        let mut matrix = vec![0f32; weight.len()];
        for (position, from) in self.window_order() {
            matrix[position] = weight[from];
        }
        let depth = weight.len() / self.out_channels;
        let mut panels = vec![0f32; depth * panelled(self.out_channels)];
        pack(&matrix, depth, self.out_channels, self.out_channels, 1, &mut panels);
        panels
    }

    /// Returns, for each weight, its position in the order `[kernel_height, kernel_width, in_channels, out_channels]`
    /// and its position in the stored order `[out_channels, in_channels, kernel_height, kernel_width]`.
    pub fn window_order(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Self { out_channels, kernel: [height, width], .. } = *self;
        let in_channels = self.in_channels();
        (0..height * width * in_channels * out_channels).map(move |position| {
            let (out, rest) = (position % out_channels, position / out_channels);
            let (input, window) = (rest % in_channels, rest / in_channels);
            (position, (out * in_channels + input) * height * width + window)
        })
    }

    /// Returns one image with its padding: `x` itself where there is none, else a copy in `buffer`. The border of the
    /// buffer is zero and stays so.
    pub fn with_padding<'a>(&self, x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if self.padding == [0, 0] {
            return x;
        }
        let [height, width] = self.padded();
        let row_len = width * self.in_channels();
        buffer.resize(height * row_len, 0.0);
        let inner = self.image[1] * self.in_channels();
        for (row, x) in x.chunks_exact(inner).enumerate() {
            let start = (row + self.padding[0]) * row_len + self.padding[1] * self.in_channels();
            buffer[start..start + inner].copy_from_slice(x);
        }
        buffer
    }
}

//! Two-dimensional convolution with bias, groups and an optional ReLU, forward.
//!
//! In come channels-last images `[images, height, width, channels]` and weights `[out_channels, in_channels / groups,
//! kernel_height, kernel_width]`, out go images `[images, height, width, out_channels]`. The images are channels last,
//! because then a window's row is one run of neighbours: the products read the image where it lies.
//!
//! The kernel follows from the shape alone: a convolution with a group for every channel is [`DepthwiseSum`]s, any other
//! one [`Product`] a group. A window of one pixel turns all images into one product without rows and columns.

use crate::ImageShape;
use crate::activation::Activation;
use crate::depthwise::{DepthwiseSum, Tap};
use crate::matrix_product::{Product, Start, pack, panel_width, panelled};

/// The sizes of a convolution and the activation that it applies; pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The sides of the input, `[height, width, channels]`.
    pub image: ImageShape,
    /// The number of channels of the output.
    pub out_channels: usize,
    /// The number of groups of channels, a divisor of both numbers of channels: the outputs of a group see its inputs
    /// alone.
    pub groups: usize,
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

    /// Returns the number of weights.
    #[must_use]
    pub fn weight_len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.group_channels()[0] * self.out_channels
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

    /// Returns the number of input and of output channels of one group.
    #[must_use]
    pub fn group_channels(&self) -> [usize; 2] {
        [self.in_channels() / self.groups, self.out_channels / self.groups]
    }

    /// Returns whether each output channel sees the input channel of its number alone.
    #[must_use]
    pub fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.group_channels() == [1, 1]
    }

    /// Returns whether windows are single pixels, each pixel of the image being one of them.
    #[must_use]
    pub fn is_pointwise(&self) -> bool {
        [self.kernel, self.stride] == [[1; 2]; 2] && self.padding == [0; 2]
    }

    /// Computes y = activation(x * w + b) for the images `x` into `y`, as many as `x` holds. `panels` are those of
    /// [`Convolution::forward_panels`], `bias` is `[out_channels]`, and `padded` is memory for the images with their
    /// padding, which any convolution may use after this one.
    pub fn forward(&self, panels: &[f32], bias: &[f32], x: &[f32], y: &mut [f32], padded: &mut Vec<f32>) {
        let x = self.with_padding(x, padded);
        if self.is_depthwise() {
            return self.forward_depthwise(panels, bias, x, y);
        }
        let width = self.padded()[1];
        let (channels, out_channels) = (self.in_channels(), self.out_channels);
        let [group_in, group_out] = self.group_channels();
        let [_, out_width, _] = self.output();
        let panel = panel_width(group_out);
        let depth = self.window();
        let image_len = self.padded()[0] * width * channels;
        let (rows, a_rows, c_rows) = if self.is_pointwise() {
            ([1, 1, y.len() / out_channels], [0, 0, channels], [0, 0, out_channels])
        } else {
            (
                self.output_rows(y.len()),
                [image_len, self.stride[0] * width * channels, self.stride[1] * channels],
                [self.output_len(), out_width * out_channels, out_channels],
            )
        };
        let panels_len = self.weight_len() / self.out_channels * panelled(group_out);
        for (group, panels) in panels.chunks_exact(panels_len).enumerate() {
            Product {
                rows,
                columns: group_out,
                depth,
                a: &x[group * group_in..],
                a_rows,
                a_depth: [width * channels, channels, 1],
                b: panels,
                b_panel: depth.iter().product::<usize>() * panel,
                b_depth: [depth[1] * depth[2] * panel, depth[2] * panel, panel],
                start: Start::Bias(&bias[group * group_out..]),
                c: &mut y[group * group_out..],
                c_rows,
                activation: self.activation,
            }
            .compute();
        }
    }

    fn forward_depthwise(&self, weights: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
        let (width, channels) = (self.padded()[1], self.in_channels());
        DepthwiseSum {
            rows: self.output_rows(y.len()),
            channels,
            taps: &self.taps(),
            x,
            x_rows: [
                self.padded()[0] * width * channels,
                self.stride[0] * width * channels,
                self.stride[1] * channels,
            ],
            weights,
            bias: Some(bias),
            y,
            y_rows: [self.output_len(), self.output()[1] * channels, channels],
            activation: self.activation,
        }
        .compute();
    }

    /// Returns the images, rows and columns of outputs of `len` values.
    fn output_rows(&self, len: usize) -> [usize; 3] {
        let [height, width, _] = self.output();
        [len / self.output_len(), height, width]
    }

    /// Returns the rows, columns and channels of a group's window, columns and channels as one run where they lie so.
    #[must_use]
    pub fn window(&self) -> [usize; 3] {
        let [[height, width], [group_in, _]] = [self.kernel, self.group_channels()];
        if self.groups == 1 { [height, 1, width * group_in] } else { [height, width, group_in] }
    }

    /// Returns the taps of a depthwise window, in reading order: where its pixels lie in a padded image, and where their
    /// weights in `[kernel_height · kernel_width, channels]`.
    #[must_use]
    pub fn taps(&self) -> Vec<Tap> {
        let (width, channels) = (self.padded()[1], self.in_channels());
        let [height, columns] = self.kernel;
        let tap = |tap: usize| Tap {
            x: (tap / columns * width + tap % columns) * channels,
            weights: tap * channels,
        };
        (0..height * columns).map(tap).collect()
    }

    /// Returns the weights as [`Convolution::forward`] wants them: for each group panels of the matrix
    /// `[kernel_height · kernel_width · in_channels / groups, out_channels / groups]`; for a depthwise convolution
    /// `[kernel_height · kernel_width, channels]`.
    #[must_use]
    pub fn forward_panels(&self, weight: &[f32]) -> Vec<f32> {
        let mut matrix = vec![0f32; weight.len()];
        for (position, from) in self.window_order() {
            matrix[position] = weight[from];
        }
        if self.is_depthwise() {
            return matrix;
        }
        let columns = self.group_channels()[1];
        let depth = weight.len() / self.out_channels;
        let mut panels = vec![0f32; self.groups * depth * panelled(columns)];
        let groups =
            matrix.chunks_exact(depth * columns).zip(panels.chunks_exact_mut(depth * panelled(columns)));
        groups.for_each(|(matrix, panels)| pack(matrix, depth, columns, columns, 1, panels));
        panels
    }

    /// Returns, for each weight, its position in the order in which windows are read and its position in the stored order
    /// `[out_channels, in_channels / groups, kernel_height, kernel_width]`. The former is `[groups, kernel_height,
    /// kernel_width, in_channels / groups, out_channels / groups]`, and for a depthwise convolution `[kernel_height,
    /// kernel_width, channels]`.
    pub fn window_order(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let window_len = self.kernel[0] * self.kernel[1];
        let [inputs, outputs] =
            if self.is_depthwise() { [1, self.out_channels] } else { self.group_channels() };
        (0..self.weight_len()).map(move |position| {
            let (out, rest) = (position % outputs, position / outputs);
            let (input, rest) = (rest % inputs, rest / inputs);
            let (window, group) = (rest % window_len, rest / window_len);
            (position, ((group * outputs + out) * inputs + input) * window_len + window)
        })
    }

    /// Returns images with their padding: `x` itself where there is none, else a copy in `buffer`.
    pub fn with_padding<'a>(&self, x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        let [height, width, channels] = self.image;
        surround(x, [height, width, channels], [self.padding; 2], buffer)
    }
}

/// Returns images `[height, width, channels]` with zeros around each: `before[axis]` rows and columns before it and
/// `after[axis]` after it. That is `x` itself where there are none, else a copy in `buffer`, of which the beginning is
/// written and nothing read.
pub fn surround<'a>(
    x: &'a [f32],
    image: ImageShape,
    [before, after]: [[usize; 2]; 2],
    buffer: &'a mut Vec<f32>,
) -> &'a [f32] {
    if [before, after] == [[0; 2]; 2] {
        return x;
    }
    let [height, width, channels] = image;
    let [row_len, inner] = [(before[1] + width + after[1]) * channels, width * channels];
    let image_len = (before[0] + height + after[0]) * row_len;
    let len = x.len() / (height * inner) * image_len;
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    let images = buffer[..len].chunks_exact_mut(image_len).zip(x.chunks_exact(height * inner));
    for (padded, image) in images {
        let (above, rows) = padded.split_at_mut(before[0] * row_len);
        let (rows, below) = rows.split_at_mut(height * row_len);
        above.fill(0.0);
        below.fill(0.0);
        for (padded, row) in rows.chunks_exact_mut(row_len).zip(image.chunks_exact(inner)) {
            padded[..before[1] * channels].fill(0.0);
            padded[before[1] * channels..][..inner].copy_from_slice(row);
            padded[before[1] * channels + inner..].fill(0.0);
        }
    }
    &buffer[..len]
}

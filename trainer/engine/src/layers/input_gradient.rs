//! The gradient of a convolution's images.
//!
//! In comes the gradient of outputs, channels-last images `[images, out_height, out_width, out_channels]`, out goes that
//! of the images `[images, height, width, channels]`: a convolution of the output gradient with the weights turned by
//! half.
//!
//! Where windows are `stride` pixels apart, a pixel is met by the kernel rows and columns alone that are congruent to it
//! modulo the stride. Pixels of one residue form a [`Phase`], with taps of their own: one product for each pair of phases
//! multiplies no zero, where an output gradient spread by a stride of 2 would be three quarters zeros. The sum of a pixel
//! goes over output rows, output columns and output channels in their order, whatever the stride.

use kernels::convolution::surround;
use kernels::depthwise::Tap;
use kernels::matrix_product::{Product, Start, pack, panel_width, panelled};
use kernels::{Activation, Convolution, DepthwiseSum};

/// The pixels of one axis that the same taps of the kernel meet.
#[derive(Debug, Clone, Copy)]
struct Phase {
    /// The first of the pixels; the others follow at the distance of the stride.
    first: usize,
    /// The number of pixels.
    pixels: usize,
    /// The last tap that meets them, in rows or columns of the kernel; the others come before it at the distance of the
    /// stride.
    last_tap: usize,
    /// The number of taps.
    taps: usize,
    /// The output that the first pixel meets with the last tap, counted from the zeros before the outputs on.
    output: usize,
}

/// One axis of a convolution, 0 for rows and 1 for columns.
#[derive(Debug, Clone, Copy)]
struct Axis {
    image: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    outputs: usize,
}

impl Axis {
    fn of(layer: &Convolution) -> [Self; 2] {
        [0, 1].map(|axis| Self {
            image: layer.image[axis],
            kernel: layer.kernel[axis],
            stride: layer.stride[axis],
            padding: layer.padding[axis],
            outputs: layer.output()[axis],
        })
    }

    /// Returns the number of zeros that pixels meet before the first output.
    fn before(self) -> usize {
        self.kernel.div_ceil(self.stride) - 1
    }

    /// Returns the number of zeros that pixels meet after the last output.
    fn after(self) -> usize {
        ((self.padding + self.image - 1) / self.stride + 1).saturating_sub(self.outputs)
    }

    /// Returns the number of outputs with the zeros around them.
    fn side(self) -> usize {
        self.before() + self.outputs + self.after()
    }

    /// Returns the phases that have taps and pixels.
    fn phases(self) -> Vec<Phase> {
        (0..self.stride.min(self.kernel)).filter_map(|residue| self.phase(residue)).collect()
    }

    /// Returns the phase of the pixels that are congruent to `residue`, counted from the image's padding on.
    fn phase(self, residue: usize) -> Option<Phase> {
        let Self { image, kernel, stride, padding, .. } = self;
        let first = (residue + stride - padding % stride) % stride;
        let taps = (kernel - residue).div_ceil(stride);
        (first < image).then(|| Phase {
            first,
            pixels: (image - first).div_ceil(stride),
            last_tap: residue + (taps - 1) * stride,
            taps,
            output: self.before() + (first + padding - residue) / stride - (taps - 1),
        })
    }
}

/// Returns the pairs of phases of rows and columns, in an order of their own.
fn phases(layer: &Convolution) -> impl Iterator<Item = [Phase; 2]> + use<> {
    let [rows, columns] = Axis::of(layer).map(Axis::phases);
    rows.into_iter().flat_map(move |row| columns.clone().into_iter().map(move |column| [row, column]))
}

/// Returns the kernel position of each tap of a pair of phases, in the order of their sum.
fn taps(layer: &Convolution, [row, column]: [Phase; 2]) -> impl Iterator<Item = usize> + use<> {
    let Convolution { kernel: [_, width], stride, .. } = *layer;
    (0..row.taps).flat_map(move |down| {
        (0..column.taps)
            .map(move |right| (row.last_tap - down * stride[0]) * width + column.last_tap - right * stride[1])
    })
}

/// Returns the weights as [`input_gradient`] wants them: for each pair of phases and each group, panels of the matrix
/// `[taps, out_channels / groups, in_channels / groups]`; for a depthwise convolution `[kernel_height · kernel_width,
/// channels]`.
pub(crate) fn backward_panels(layer: &Convolution, weight: &[f32]) -> Vec<f32> {
    if layer.is_depthwise() {
        return layer.forward_panels(weight);
    }
    let window_len = layer.kernel[0] * layer.kernel[1];
    let [inputs, outputs] = layer.group_channels();
    let mut packed = Vec::new();
    for pair in phases(layer) {
        let depth = pair[0].taps * pair[1].taps * outputs;
        for weight in weight.chunks_exact(inputs * outputs * window_len) {
            let mut matrix = Vec::with_capacity(depth * inputs);
            for position in taps(layer, pair) {
                let rows = weight.chunks_exact(inputs * window_len);
                matrix.extend(rows.flat_map(|row| (0..inputs).map(move |i| row[i * window_len + position])));
            }
            let start = packed.len();
            packed.resize(start + depth * panelled(inputs), 0.0);
            pack(&matrix, depth, inputs, inputs, 1, &mut packed[start..]);
        }
    }
    packed
}

/// Writes the gradient of the images into `dx` from `dy`, the gradient before the activation of as many outputs.
/// `panels` are those of [`backward_panels`]; `padded` is memory for the outputs with zeros around them, which any layer
/// may use after this one.
pub(crate) fn input_gradient(
    layer: &Convolution,
    panels: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    padded: &mut Vec<f32>,
) {
    let axes = Axis::of(layer);
    let images = dy.len() / layer.output_len();
    let dy = surround(dy, layer.output(), [axes.map(Axis::before), axes.map(Axis::after)], padded);
    // Some pixels may meet no tap.
    if axes.iter().any(|axis| axis.kernel < axis.stride) {
        dx.fill(0.0);
    }
    let mut first_panel = 0;
    for pair in phases(layer) {
        let sides = axes.map(Axis::side);
        if layer.is_depthwise() {
            depthwise_phase(layer, pair, (images, sides), [panels, dy], dx);
        } else {
            first_panel += phase(layer, pair, (images, sides), [&panels[first_panel..], dy], dx);
        }
    }
}

/// Computes the pixels of a pair of phases, and returns the length of their panels.
fn phase(
    layer: &Convolution,
    [row, column]: [Phase; 2],
    (images, [height, width]): (usize, [usize; 2]),
    [panels, dy]: [&[f32]; 2],
    dx: &mut [f32],
) -> usize {
    let (channels, out_channels) = (layer.in_channels(), layer.out_channels);
    let [inputs, outputs] = layer.group_channels();
    let panel = panel_width(inputs);
    let depth = match layer.groups {
        1 => [row.taps, 1, column.taps * outputs],
        _ => [row.taps, column.taps, outputs],
    };
    let (rows, a_rows, c_rows) = if layer.is_pointwise() {
        ([1, 1, dx.len() / channels], [0, 0, out_channels], [0, 0, channels])
    } else {
        (
            [images, row.pixels, column.pixels],
            [height * width, width, 1].map(|pixels| pixels * out_channels),
            dx_rows(layer),
        )
    };
    let len = depth.iter().product::<usize>() * panelled(inputs);
    for (group, panels) in panels.chunks_exact(len).take(layer.groups).enumerate() {
        Product {
            rows,
            columns: inputs,
            depth,
            a: &dy[(row.output * width + column.output) * out_channels + group * outputs..],
            a_rows,
            a_depth: [width * out_channels, out_channels, 1],
            b: panels,
            b_panel: depth.iter().product::<usize>() * panel,
            b_depth: [depth[1] * depth[2] * panel, depth[2] * panel, panel],
            start: Start::Zero,
            c: &mut dx[(row.first * layer.image[1] + column.first) * channels + group * inputs..],
            c_rows,
            activation: Activation::Identity,
        }
        .compute();
    }
    len * layer.groups
}

fn depthwise_phase(
    layer: &Convolution,
    [row, column]: [Phase; 2],
    (images, [height, width]): (usize, [usize; 2]),
    [weights, dy]: [&[f32]; 2],
    dx: &mut [f32],
) {
    let channels = layer.in_channels();
    let taps: Vec<Tap> = taps(layer, [row, column])
        .enumerate()
        .map(|(number, position)| Tap {
            x: (number / column.taps * width + number % column.taps) * channels,
            weights: position * channels,
        })
        .collect();
    DepthwiseSum {
        rows: [images, row.pixels, column.pixels],
        channels,
        taps: &taps,
        x: &dy[(row.output * width + column.output) * channels..],
        x_rows: [height * width, width, 1].map(|pixels| pixels * channels),
        weights,
        bias: None,
        y: &mut dx[(row.first * layer.image[1] + column.first) * channels..],
        y_rows: dx_rows(layer),
        activation: Activation::Identity,
    }
    .compute();
}

/// Returns the distance from an image, a row and a column of a phase to the next, in values of the images' gradient.
fn dx_rows(layer: &Convolution) -> [usize; 3] {
    let ([_, width, channels], [down, right]) = (layer.image, layer.stride);
    [layer.input_len(), down * width * channels, right * channels]
}

//! An int8 network in plain loops: weights and one input f32 `[channels, height, width]` in, the logits `[classes]` out, as
//! a file with activations in eight bits computes them.
//!
//! It computes something else than [`models::reference`], and stands beside it for that reason: every weight and every
//! activation goes through a byte, and sums are whole numbers. It is written from ONNX's definitions of QuantizeLinear,
//! DynamicQuantizeLinear, MatMulInteger and ConvInteger, and shares no code with the exporter's own rounding.

use models::weights::Weights;
use models::{Layer, ModelContract};

/// Values between two layers: an image `[channels, height, width]`, or a vector as `[values, 1, 1]`.
#[derive(Clone)]
struct Values {
    shape: [usize; 3],
    values: Vec<f32>,
}

/// An activation in bytes, with its scale and its zero point.
struct Quantised {
    bytes: Vec<i64>,
    scale: f32,
    zero_point: i64,
}

/// A weight in whole numbers from -127 to 127, a row of products an output channel, and the scale of each.
struct Weight {
    rows: Vec<Vec<i64>>,
    scales: Vec<f32>,
}

/// Computes the logits `[classes]` of one input f32 `[channels, height, width]` with a scale that is computed from each
/// activation, as a file in int8 with dynamic activations does. Batch norms and branches must be folded.
#[must_use]
pub fn logits(weights: &Weights, input: &[f32]) -> Vec<f32> {
    let tensors: Vec<&[f32]> = weights.tensors().map(|(_, values)| values).collect();
    let mut pass = Pass { tensors: tensors.into_iter() };
    let image = Values { shape: weights.network.input, values: input.to_vec() };
    // The range of a picture is known from the contract, until something is done to it.
    pass.layers(&weights.network.layers, (image, Some(range_of_image(&weights.contract)))).0.values
}

/// Values between two layers, with their range where it is known beforehand.
type Ranged = (Values, Option<[f32; 2]>);

/// The walk through the layers of a network.
struct Pass<'a> {
    /// The parameters of the layers that are still to come.
    tensors: std::vec::IntoIter<&'a [f32]>,
}

impl Pass<'_> {
    fn layers(&mut self, layers: &[Layer], input: Ranged) -> Ranged {
        layers.iter().fold(input, |input, layer| self.layer(layer, input))
    }

    fn layer(&mut self, layer: &Layer, (x, known): Ranged) -> Ranged {
        match layer {
            Layer::Convolution { .. } | Layer::Linear { .. } => (self.sums(layer, &x, known), None),
            Layer::MaxPool { kernel, stride } => {
                let largest = |window: &[f32]| window.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                (pool(&x, *kernel, *stride, largest), known)
            }
            Layer::AveragePool { kernel, stride } => (pool(&x, *kernel, *stride, mean), known),
            Layer::GlobalAveragePool => {
                let whole = [x.shape[1], x.shape[2]];
                (pool(&x, whole, whole, mean), known)
            }
            Layer::Relu => {
                (Values { values: x.values.iter().map(|value| value.max(0.0)).collect(), ..x }, None)
            }
            Layer::Flatten => (Values { shape: [x.values.len(), 1, 1], ..x }, known),
            Layer::Residual { body, shortcut } => {
                let (of_body, _) = self.layers(body, (x.clone(), known));
                let (of_shortcut, _) = self.layers(shortcut, (x, known));
                let pairs = of_body.values.iter().zip(&of_shortcut.values);
                (Values { shape: of_body.shape, values: pairs.map(|(a, b)| a + b).collect() }, None)
            }
            Layer::Dropout { .. } => (x, known),
            Layer::BatchNorm { .. } | Layer::Branches { .. } => panic!("{} is not folded", layer.kind()),
        }
    }

    /// What a layer of products makes.
    fn sums(&mut self, layer: &Layer, x: &Values, known: Option<[f32; 2]>) -> Values {
        let quantised = match known {
            Some(range) => quantise(&x.values, range, |value, scale| value * (1.0 / scale)),
            None => quantise(&x.values, range_of(&x.values), |value, scale| value / scale),
        };
        let (weight, bias) =
            (self.tensors.next().unwrap_or_default(), self.tensors.next().unwrap_or_default());
        let weight = quantise_weight(weight, bias.len());
        match layer {
            Layer::Convolution { kernel, stride, padding, groups, .. } => {
                let window = [*kernel, *stride, *padding];
                convolution(x.shape, &quantised, &weight, bias, (window, *groups))
            }
            _ => linear(&quantised, &weight, bias),
        }
    }
}

fn mean(window: &[f32]) -> f32 {
    window.iter().sum::<f32>() / window.len() as f32
}

/// The range of black and white in every channel, and 0.
fn range_of_image(contract: &ModelContract) -> [f32; 2] {
    let input = &contract.input;
    let mut ends = Vec::new();
    for channel in 0..input.channels {
        for end in input.value_range {
            ends.push((end - input.mean[channel]) / input.standard_deviation[channel]);
        }
    }
    range_of(&ends)
}

/// The range from the smallest of `values` to the largest, 0 among them.
fn range_of(values: &[f32]) -> [f32; 2] {
    [values.iter().copied().fold(0.0, f32::min), values.iter().copied().fold(0.0, f32::max)]
}

/// Rounds `values` to bytes. Where the scale is known beforehand, tract 0.23.9 multiplies by its reciprocal where ONNX divides: half-way between two
/// bytes the one may come out for the other.
fn quantise(values: &[f32], [smallest, largest]: [f32; 2], divide: impl Fn(f32, f32) -> f32) -> Quantised {
    let scale = (largest - smallest) / 255.0;
    if scale == 0.0 {
        return Quantised { bytes: vec![0; values.len()], scale: 1.0, zero_point: 0 };
    }
    let zero_point = (-smallest / scale).round_ties_even().clamp(0.0, 255.0) as i64;
    let byte = |value: &f32| (divide(*value, scale).round_ties_even() as i64 + zero_point).clamp(0, 255);
    Quantised { bytes: values.iter().map(byte).collect(), scale, zero_point }
}

fn quantise_weight(values: &[f32], outputs: usize) -> Weight {
    let mut weight = Weight { rows: vec![], scales: vec![] };
    for row in values.chunks(values.len() / outputs) {
        let largest = row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        let scale = if largest == 0.0 { 1.0 } else { largest / 127.0 };
        weight.rows.push(row.iter().map(|value| (value / scale).round_ties_even() as i64).collect());
        weight.scales.push(scale);
    }
    weight
}

fn linear(x: &Quantised, weight: &Weight, bias: &[f32]) -> Values {
    let mut values = Vec::new();
    for (output, bias) in bias.iter().enumerate() {
        let mut sum = 0i64;
        for (byte, step) in x.bytes.iter().zip(&weight.rows[output]) {
            sum += (byte - x.zero_point) * step;
        }
        values.push(rescaled(sum, x.scale, weight.scales[output], *bias));
    }
    Values { shape: [values.len(), 1, 1], values }
}

fn rescaled(sum: i64, input_scale: f32, weight_scale: f32, bias: f32) -> f32 {
    sum as f32 * (weight_scale * input_scale) + bias
}

fn convolution(
    [channels, height, width]: [usize; 3],
    x: &Quantised,
    weight: &Weight,
    bias: &[f32],
    ([kernel, stride, padding], groups): ([[usize; 2]; 3], usize),
) -> Values {
    let of_group = channels / groups;
    let out_height = (height + 2 * padding[0] - kernel[0]) / stride[0] + 1;
    let out_width = (width + 2 * padding[1] - kernel[1]) / stride[1] + 1;
    let outputs_of_group = bias.len() / groups;
    let mut values = Vec::new();
    for (output, bias) in bias.iter().enumerate() {
        for row in 0..out_height {
            for column in 0..out_width {
                let mut sum = 0i64;
                let first = output / outputs_of_group * of_group;
                for channel in 0..of_group {
                    for down in 0..kernel[0] {
                        for right in 0..kernel[1] {
                            let (y, x_) = (row * stride[0] + down, column * stride[1] + right);
                            // Padding is the byte that stands for 0.
                            if y < padding[0] || x_ < padding[1] {
                                continue;
                            }
                            let (y, x_) = (y - padding[0], x_ - padding[1]);
                            if y < height && x_ < width {
                                let byte = x.bytes[((first + channel) * height + y) * width + x_];
                                let step =
                                    weight.rows[output][(channel * kernel[0] + down) * kernel[1] + right];
                                sum += (byte - x.zero_point) * step;
                            }
                        }
                    }
                }
                values.push(rescaled(sum, x.scale, weight.scales[output], *bias));
            }
        }
    }
    Values { shape: [bias.len(), out_height, out_width], values }
}

/// What `of_window` makes of each window, for each channel by itself; a last row or column that fills no window is left
/// out.
fn pool(x: &Values, kernel: [usize; 2], stride: [usize; 2], of_window: impl Fn(&[f32]) -> f32) -> Values {
    let [channels, height, width] = x.shape;
    let (out_height, out_width) = ((height - kernel[0]) / stride[0] + 1, (width - kernel[1]) / stride[1] + 1);
    let mut values = Vec::new();
    for channel in 0..channels {
        for row in 0..out_height {
            for column in 0..out_width {
                let mut window = Vec::new();
                for down in 0..kernel[0] {
                    for right in 0..kernel[1] {
                        let (y, x_) = (row * stride[0] + down, column * stride[1] + right);
                        window.push(x.values[(channel * height + y) * width + x_]);
                    }
                }
                values.push(of_window(&window));
            }
        }
    }
    Values { shape: [channels, out_height, out_width], values }
}

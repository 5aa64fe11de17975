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
/// activation, as a file in int8 with dynamic activations does. Batch norm must be folded.
#[must_use]
pub fn logits(weights: &Weights, input: &[f32]) -> Vec<f32> {
    let mut tensors = weights.tensors();
    let mut values = Values { shape: weights.network.input, values: input.to_vec() };
    // The range of a picture is known from the contract, until something is done to it.
    let mut known = Some(range_of_image(&weights.contract));
    for layer in &weights.network.layers {
        if let (Layer::Convolution { .. } | Layer::Linear { .. }, Some((_, weight)), Some((_, bias))) =
            (layer, layer.name().and_then(|_| tensors.next()), layer.name().and_then(|_| tensors.next()))
        {
            let quantised = match known.take() {
                Some(range) => quantise(&values.values, range, |value, scale| value * (1.0 / scale)),
                None => quantise(&values.values, range_of(&values.values), |value, scale| value / scale),
            };
            let weight = quantise_weight(weight, bias.len());
            values = match layer {
                Layer::Convolution { kernel, stride, padding, .. } => {
                    convolution(values.shape, &quantised, &weight, bias, [*kernel, *stride, *padding])
                }
                _ => linear(&quantised, &weight, bias),
            };
            continue;
        }
        values = match layer {
            Layer::MaxPool { kernel, stride } => pool(&values, *kernel, *stride, |window| {
                window.iter().copied().fold(f32::NEG_INFINITY, f32::max)
            }),
            Layer::AveragePool { kernel, stride } => {
                pool(&values, *kernel, *stride, |window| window.iter().sum::<f32>() / window.len() as f32)
            }
            Layer::Relu => {
                known = None;
                Values { values: values.values.iter().map(|value| value.max(0.0)).collect(), ..values }
            }
            Layer::Flatten => Values { shape: [values.values.len(), 1, 1], ..values },
            _ => values,
        };
    }
    values.values
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
    [kernel, stride, padding]: [[usize; 2]; 3],
) -> Values {
    let out_height = (height + 2 * padding[0] - kernel[0]) / stride[0] + 1;
    let out_width = (width + 2 * padding[1] - kernel[1]) / stride[1] + 1;
    let mut values = Vec::new();
    for (output, bias) in bias.iter().enumerate() {
        for row in 0..out_height {
            for column in 0..out_width {
                let mut sum = 0i64;
                for channel in 0..channels {
                    for down in 0..kernel[0] {
                        for right in 0..kernel[1] {
                            let (y, x_) = (row * stride[0] + down, column * stride[1] + right);
                            // Padding is the byte that stands for 0.
                            if y < padding[0] || x_ < padding[1] {
                                continue;
                            }
                            let (y, x_) = (y - padding[0], x_ - padding[1]);
                            if y < height && x_ < width {
                                let byte = x.bytes[(channel * height + y) * width + x_];
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

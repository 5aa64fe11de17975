//! A network in plain loops and f64: slow, and too simple to be wrong in the way that fast code is.

use models::weights::Weights;
use models::{Layer, ParameterSpec};

/// Values between two layers: an image `[channels, height, width]`, or a vector as `[values, 1, 1]`.
struct Values {
    shape: [usize; 3],
    values: Vec<f64>,
}

impl Values {
    fn at(&self, channel: usize, row: usize, column: usize) -> f64 {
        let [_, height, width] = self.shape;
        self.values[(channel * height + row) * width + column]
    }
}

/// The logits `[classes]` of one input `[channels, height, width]`.
#[must_use]
pub fn logits(weights: &Weights, input: &[f32]) -> Vec<f64> {
    let parameters: Vec<(ParameterSpec, &[f32])> = weights.tensors().collect();
    let mut values =
        Values { shape: weights.network.input, values: input.iter().copied().map(f64::from).collect() };
    let parameter = |name: &str, kind: &str| -> Vec<f64> {
        let name = format!("{name}.{kind}");
        let found = parameters.iter().find(|(spec, _)| spec.name == name);
        found.map_or_else(Vec::new, |(_, values)| values.iter().copied().map(f64::from).collect())
    };
    for layer in &weights.network.layers {
        values = match layer {
            Layer::Convolution { name, .. } => {
                convolution(&values, layer, &parameter(name, "weight"), &parameter(name, "bias"))
            }
            Layer::Linear { name, .. } => {
                linear(&values, &parameter(name, "weight"), &parameter(name, "bias"))
            }
            Layer::MaxPool { kernel, stride } => pool(&values, *kernel, *stride, |window| {
                window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            }),
            Layer::AveragePool { kernel, stride } => {
                pool(&values, *kernel, *stride, |window| window.iter().sum::<f64>() / window.len() as f64)
            }
            Layer::BatchNorm { name, epsilon, .. } => {
                let [weight, bias] = ["weight", "bias"].map(|kind| parameter(name, kind));
                let [mean, variance] = ["running_mean", "running_variance"].map(|kind| parameter(name, kind));
                let channel_len = values.values.len() / weight.len();
                let normalised = values.values.iter().enumerate().map(|(index, value)| {
                    let channel = index / channel_len;
                    let deviation = (variance[channel] + f64::from(*epsilon)).sqrt();
                    weight[channel] * (value - mean[channel]) / deviation + bias[channel]
                });
                Values { values: normalised.collect(), ..values }
            }
            Layer::Relu => {
                Values { values: values.values.iter().map(|value| value.max(0.0)).collect(), ..values }
            }
            Layer::Flatten => Values { shape: [values.values.len(), 1, 1], ..values },
            Layer::Dropout { .. } => values,
        };
    }
    values.values
}

/// The class probabilities at `temperature`.
#[must_use]
pub fn probabilities(logits: &[f64], temperature: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = logits.iter().map(|logit| ((logit - largest) / temperature).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|exponential| exponential / sum).collect()
}

fn convolution(x: &Values, layer: &Layer, weight: &[f64], bias: &[f64]) -> Values {
    let Layer::Convolution { in_channels, out_channels, kernel, stride, padding, .. } = layer else {
        unreachable!("called for convolutions alone")
    };
    let [_, height, width] = x.shape;
    let out_height = (height + 2 * padding[0] - kernel[0]) / stride[0] + 1;
    let out_width = (width + 2 * padding[1] - kernel[1]) / stride[1] + 1;
    let mut values = Vec::new();
    for (out, bias) in bias.iter().enumerate() {
        for row in 0..out_height {
            for column in 0..out_width {
                let mut sum = *bias;
                for channel in 0..*in_channels {
                    for down in 0..kernel[0] {
                        for right in 0..kernel[1] {
                            let (y, x_) = (row * stride[0] + down, column * stride[1] + right);
                            let inside = (padding[0]..height + padding[0]).contains(&y)
                                && (padding[1]..width + padding[1]).contains(&x_);
                            if inside {
                                let index =
                                    ((out * in_channels + channel) * kernel[0] + down) * kernel[1] + right;
                                sum += weight[index] * x.at(channel, y - padding[0], x_ - padding[1]);
                            }
                        }
                    }
                }
                values.push(sum);
            }
        }
    }
    Values { shape: [*out_channels, out_height, out_width], values }
}

fn pool(x: &Values, kernel: [usize; 2], stride: [usize; 2], of_window: impl Fn(&[f64]) -> f64) -> Values {
    let (shape, values) = pool_windows(x.shape, &x.values, [kernel, stride], of_window);
    Values { shape, values }
}

/// What `of_window` says of each window of an image `[channels, height, width]`.
pub(crate) fn pool_windows<T: Copy>(
    [channels, height, width]: [usize; 3],
    values: &[T],
    [kernel, stride]: [[usize; 2]; 2],
    of_window: impl Fn(&[T]) -> T,
) -> ([usize; 3], Vec<T>) {
    let (out_height, out_width) = ((height - kernel[0]) / stride[0] + 1, (width - kernel[1]) / stride[1] + 1);
    let mut pooled = Vec::new();
    for channel in 0..channels {
        for row in 0..out_height {
            for column in 0..out_width {
                let mut window = Vec::new();
                for down in 0..kernel[0] {
                    for right in 0..kernel[1] {
                        let (y, x) = (row * stride[0] + down, column * stride[1] + right);
                        window.push(values[(channel * height + y) * width + x]);
                    }
                }
                pooled.push(of_window(&window));
            }
        }
    }
    ([channels, out_height, out_width], pooled)
}

fn linear(x: &Values, weight: &[f64], bias: &[f64]) -> Values {
    let inputs = x.values.len();
    let mut values = Vec::new();
    for (output, bias) in bias.iter().enumerate() {
        let mut sum = *bias;
        for input in 0..inputs {
            sum += weight[output * inputs + input] * x.values[input];
        }
        values.push(sum);
    }
    Values { shape: [values.len(), 1, 1], values }
}

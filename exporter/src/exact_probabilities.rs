//! A network's class probabilities in f64 and plain loops.
//!
//! The golden vectors are made with it: an engine in f32 sums in the order that suits the processor, and the last digits
//! of its answers differ from machine to machine; f64 rounded to f32 gives the same bytes everywhere. The gate compares
//! the trainer's own answers with them.

use models::weights::Weights;
use models::{Layer, Network};

/// Values between two layers: an image `[channels, height, width]`, or a vector as `[values, 1, 1]`.
struct Values {
    shape: [usize; 3],
    values: Vec<f64>,
}

/// The probabilities `[classes]` at temperature 1 of one input `[channels, height, width]`. The network must fit
/// together, and its batch normalisation be folded.
pub(crate) fn exact_probabilities(weights: &Weights, input: &[f32]) -> Vec<f32> {
    let logits = logits(weights, input);
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|exponential| (exponential / sum) as f32).collect()
}

fn logits(weights: &Weights, input: &[f32]) -> Vec<f64> {
    let Network { input: shape, layers, .. } = &weights.network;
    let mut values = Values { shape: *shape, values: input.iter().copied().map(f64::from).collect() };
    let mut tensors = weights.tensors().map(|(_, tensor)| tensor);
    let mut parameters = || tensors.next().unwrap_or_default();
    for layer in layers {
        values = match layer {
            Layer::Convolution { kernel, stride, padding, .. } => {
                let window = Window { kernel: *kernel, stride: *stride, padding: *padding };
                convolution(&values, &window, parameters(), parameters())
            }
            Layer::Linear { inputs, .. } => linear(&values, *inputs, parameters(), parameters()),
            Layer::MaxPool { kernel, stride } => {
                let window = Window { kernel: *kernel, stride: *stride, padding: [0, 0] };
                pool(&values, &window, |places| places.fold(f64::NEG_INFINITY, f64::max))
            }
            Layer::AveragePool { kernel, stride } => {
                let window = Window { kernel: *kernel, stride: *stride, padding: [0, 0] };
                let places = (kernel[0] * kernel[1]) as f64;
                pool(&values, &window, |window| window.sum::<f64>() / places)
            }
            Layer::Relu => {
                Values { values: values.values.iter().map(|value| value.max(0.0)).collect(), ..values }
            }
            Layer::Flatten => Values { shape: [values.values.len(), 1, 1], ..values },
            Layer::Dropout { .. } | Layer::BatchNorm { .. } => values,
        };
    }
    values.values
}

/// `[vertical, horizontal]` each.
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Window {
    /// How many fit.
    fn count(&self, shape: [usize; 3]) -> [usize; 2] {
        let along = |axis: usize| {
            (shape[axis + 1] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
        };
        [along(0), along(1)]
    }

    /// The places `[kernel offset, position in a channel]` of the window at `row` and `column` that lie in the image.
    fn places(
        &self,
        [_, height, width]: [usize; 3],
        row: usize,
        column: usize,
    ) -> impl Iterator<Item = [usize; 2]> {
        let [kernel_height, kernel_width] = self.kernel;
        let (top, left) = (row * self.stride[0], column * self.stride[1]);
        let [above, before] = self.padding;
        (0..kernel_height * kernel_width).filter_map(move |offset| {
            let y = (top + offset / kernel_width).checked_sub(above).filter(|y| *y < height)?;
            let x = (left + offset % kernel_width).checked_sub(before).filter(|x| *x < width)?;
            Some([offset, y * width + x])
        })
    }
}

fn convolution(input: &Values, window: &Window, weight: &[f32], bias: &[f32]) -> Values {
    let [channels, height, width] = input.shape;
    let [rows, columns] = window.count(input.shape);
    let kernel = window.kernel[0] * window.kernel[1];
    let mut values = Vec::with_capacity(bias.len() * rows * columns);
    for (kernels, bias) in weight.chunks(channels * kernel).zip(bias) {
        for place in 0..rows * columns {
            let mut sum = f64::from(*bias);
            for [offset, position] in window.places(input.shape, place / columns, place % columns) {
                for channel in 0..channels {
                    let pixel = input.values[channel * height * width + position];
                    sum += f64::from(kernels[channel * kernel + offset]) * pixel;
                }
            }
            values.push(sum);
        }
    }
    Values { shape: [bias.len(), rows, columns], values }
}

fn pool(input: &Values, window: &Window, of: impl Fn(&mut dyn Iterator<Item = f64>) -> f64) -> Values {
    let [channels, height, width] = input.shape;
    let [rows, columns] = window.count(input.shape);
    let mut values = Vec::with_capacity(channels * rows * columns);
    for channel in input.values.chunks(height * width) {
        for place in 0..rows * columns {
            let places = window.places(input.shape, place / columns, place % columns);
            values.push(of(&mut places.map(|[_, position]| channel[position])));
        }
    }
    Values { shape: [channels, rows, columns], values }
}

fn linear(input: &Values, inputs: usize, weight: &[f32], bias: &[f32]) -> Values {
    let row = |row: &[f32]| row.iter().zip(&input.values).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
    let values: Vec<f64> =
        weight.chunks(inputs).zip(bias).map(|(weights, bias)| f64::from(*bias) + row(weights)).collect();
    Values { shape: [values.len(), 1, 1], values }
}

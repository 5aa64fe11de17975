//! The layers that compute something, each as its definition reads: an [`Activation`] in, an [`Activation`] out.

use super::activation::Activation;
use super::window::Window;

/// Convolution, as networks call the cross-correlation: for output channel o at position p,
/// `bias[o] + Σ weight[o, channel, cell] · input[first + channel, pixel under the cell at p]`, where `first` is the first
/// input channel of the group that o belongs to.
///
/// `weight` is `[out_channels, in_channels / groups, kernel_height, kernel_width]`, `bias` is `[out_channels]`.
pub(super) fn convolution(
    input: &Activation,
    window: &Window,
    groups: usize,
    weight: &[f32],
    bias: &[f32],
) -> Activation {
    let channels = input.shape[0] / groups;
    let [rows, columns] = window.positions(input.shape);
    let kernel = window.kernel[0] * window.kernel[1];
    let mut values = Vec::with_capacity(bias.len() * rows * columns);
    for (out, (kernels, &of_out)) in weight.chunks(channels * kernel).zip(bias).enumerate() {
        let first = out / (bias.len() / groups) * channels;
        for row in 0..rows {
            // A row of sums at once: each still adds its products cell after cell, and channel after channel.
            let mut sums = vec![f64::from(of_out); columns];
            for (cell, y) in window.rows_under(input.shape, row) {
                for channel in 0..channels {
                    let pixels = input.row(first + channel, y);
                    let factor = f64::from(kernels[channel * kernel + cell]);
                    let (covered, start) = window.columns_under(input.shape, cell, columns);
                    let pixels = pixels.iter().skip(start).step_by(window.stride[1]);
                    sums[covered].iter_mut().zip(pixels).for_each(|(sum, pixel)| *sum += factor * pixel);
                }
            }
            values.extend(sums);
        }
    }
    Activation { shape: [bias.len(), rows, columns], values }
}

/// The sum of two activations of one shape, value by value.
pub(super) fn sum(a: &Activation, b: &Activation) -> Activation {
    Activation { shape: a.shape, values: a.values.iter().zip(&b.values).map(|(a, b)| a + b).collect() }
}

/// The largest value of each window, for each channel by itself.
pub(super) fn max_pool(input: &Activation, window: &Window) -> Activation {
    pool(input, window, |values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// The mean of each window, for each channel by itself.
pub(super) fn average_pool(input: &Activation, window: &Window) -> Activation {
    pool(input, window, |values| values.iter().sum::<f64>() / values.len() as f64)
}

fn pool(input: &Activation, window: &Window, of: impl Fn(&[f64]) -> f64) -> Activation {
    let channels = input.shape[0];
    let [rows, columns] = window.positions(input.shape);
    let mut values = Vec::with_capacity(channels * rows * columns);
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let cells = window.cells(input.shape, [row, column]).into_iter();
                let pixels: Vec<f64> = cells.map(|(_, [y, x])| input.at(channel, y, x)).collect();
                values.push(of(&pixels));
            }
        }
    }
    Activation { shape: [channels, rows, columns], values }
}

/// `bias[o] + Σ weight[o, i] · input[i]`; `weight` is `[outputs, inputs]`, `bias` is `[outputs]`.
pub(super) fn linear(input: &Activation, weight: &[f32], bias: &[f32]) -> Activation {
    let products = |row: &[f32]| row.iter().zip(&input.values).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
    let rows = weight.chunks(input.values.len()).zip(bias);
    Activation::vector(rows.map(|(row, bias)| f64::from(*bias) + products(row)).collect())
}

/// The parameters of a batch norm, `[channels]` each.
pub(super) struct BatchNorm<'a> {
    pub(super) weight: &'a [f32],
    pub(super) bias: &'a [f32],
    pub(super) running_mean: &'a [f32],
    pub(super) running_variance: &'a [f32],
    pub(super) epsilon: f32,
}

/// Batch norm as it is after training, for each channel by itself:
/// `weight · (x - running_mean) / √(running_variance + epsilon) + bias` (Ioffe and Szegedy 2015, algorithm 2).
pub(super) fn batch_norm(input: &Activation, norm: &BatchNorm<'_>) -> Activation {
    let [_, height, width] = input.shape;
    let normalised = input.values.iter().enumerate().map(|(index, value)| {
        let of_channel = |parameter: &[f32]| f64::from(parameter[index / (height * width)]);
        let deviation = (of_channel(norm.running_variance) + f64::from(norm.epsilon)).sqrt();
        of_channel(norm.weight) * (value - of_channel(norm.running_mean)) / deviation + of_channel(norm.bias)
    });
    Activation { shape: input.shape, values: normalised.collect() }
}

/// max(0, x) of each value.
pub(super) fn relu(input: &Activation) -> Activation {
    input.map(|value| value.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum over the window at each position by itself, cell after cell and channel after channel.
    fn position_by_position(
        input: &Activation,
        window: &Window,
        groups: usize,
        weight: &[f32],
        bias: &[f32],
    ) -> Vec<f64> {
        let channels = input.shape[0] / groups;
        let kernel = window.kernel[0] * window.kernel[1];
        let [rows, columns] = window.positions(input.shape);
        let positions = || (0..rows).flat_map(|row| (0..columns).map(move |column| [row, column]));
        let sum = |out: usize, position| {
            let first = out / (bias.len() / groups) * channels;
            let mut sum = f64::from(bias[out]);
            for (cell, [y, x]) in window.cells(input.shape, position) {
                for channel in 0..channels {
                    let factor = f64::from(weight[(out * channels + channel) * kernel + cell]);
                    sum += factor * input.at(first + channel, y, x);
                }
            }
            sum
        };
        (0..bias.len()).flat_map(|out| positions().map(move |position| sum(out, position))).collect()
    }

    /// Golden vectors and the ranges of calibrated activations are these bits.
    #[test]
    fn rows_of_sums_have_the_bits_of_sums_one_by_one() {
        let mut random = crate::random::Generator::new(3, crate::random::Purpose::Sample, 0, 0);
        for round in 0..60 {
            let mut below = |count: u32| random.below(count) as usize;
            let groups = 1 + below(3);
            let (of_group, out_of_group) = (1 + below(3), 1 + below(2));
            let shape = [groups * of_group, 4 + below(5), 4 + below(9)];
            let kernel = [1 + below(4), 1 + below(4)];
            let padding = [below(kernel[0] as u32), below(kernel[1] as u32)];
            let window = Window { kernel, stride: [1 + below(3), 1 + below(3)], padding };
            let mut values = |count: usize| (0..count).map(|_| random.symmetric(1.0)).collect::<Vec<f32>>();
            let input = values(shape.iter().product()).into_iter().map(f64::from).collect();
            let input = Activation { shape, values: input };
            let outputs = groups * out_of_group;
            let (weight, bias) = (values(outputs * of_group * kernel[0] * kernel[1]), values(outputs));
            let found = convolution(&input, &window, groups, &weight, &bias);
            let expected = position_by_position(&input, &window, groups, &weight, &bias);
            assert_eq!(found.values, expected, "round {round}");
        }
    }

    /// Two channels of 2×3: neither square nor grey.
    fn image() -> Activation {
        let channels = [[1., 2., 3., 4., 5., 6.], [1., 0., 1., 0., 1., 0.]];
        Activation { shape: [2, 2, 3], values: channels.concat() }
    }

    /// By hand: a window of 1×2 with stride 1×2 and a column of zeros on both sides. The rows of the first channel are
    /// then (0 1 2 3 0) and (0 4 5 6 0), of the second (0 1 0 1 0) and (0 0 1 0 0); the weights are (1 10) and
    /// (100 1000), the bias is 0.5.
    #[test]
    fn a_convolution_matches_hand_computed_sums() {
        let window = Window { kernel: [1, 2], stride: [1, 2], padding: [0, 1] };
        let found = convolution(&image(), &window, 1, &[1., 10., 100., 1000.], &[0.5]);
        assert_eq!(found, Activation { shape: [1, 2, 2], values: vec![1010.5, 1032.5, 40.5, 165.5] });
    }

    /// By hand: as above, with each channel for an output of its own: (1 10) over the first, (100 1000) over the second.
    #[test]
    fn a_depthwise_convolution_keeps_the_channels_apart() {
        let window = Window { kernel: [1, 2], stride: [1, 2], padding: [0, 1] };
        let found = convolution(&image(), &window, 2, &[1., 10., 100., 1000.], &[0.5, 0.]);
        let values = vec![10.5, 32.5, 40.5, 65.5, 1000., 1000., 0., 100.];
        assert_eq!(found, Activation { shape: [2, 2, 2], values });
    }

    /// By hand: windows of 2×1 in the first and the third column.
    #[test]
    fn pools_match_hand_computed_windows() {
        let window = Window::without_padding([2, 1], [1, 2]);
        let shape = [2, 1, 2];
        assert_eq!(max_pool(&image(), &window), Activation { shape, values: vec![4., 6., 1., 1.] });
        assert_eq!(average_pool(&image(), &window), Activation { shape, values: vec![2.5, 4.5, 0.5, 0.5] });
    }

    #[test]
    fn the_last_column_that_fills_no_window_is_left_out() {
        let window = Window::without_padding([2, 2], [2, 2]);
        assert_eq!(max_pool(&image(), &window), Activation { shape: [2, 1, 1], values: vec![5., 1.] });
    }

    /// By hand: 0.5 + 1 · 2 + 10 · 3 and -1 + 100 · 2 + 1000 · 3.
    #[test]
    fn a_linear_layer_matches_hand_computed_sums() {
        let input = Activation::vector(vec![2., 3.]);
        assert_eq!(linear(&input, &[1., 10., 100., 1000.], &[0.5, -1.]).values, [32.5, 3199.]);
    }

    /// By hand: 4 · (x - 2) / √(3 + 1) + 1 in the first channel, -(x - 1) / √(0 + 1) + 0.5 in the second.
    #[test]
    fn a_batch_norm_matches_hand_computed_numbers() {
        let (weight, bias) = ([4., -1.].as_slice(), [1., 0.5].as_slice());
        let (running_mean, running_variance) = ([2., 1.].as_slice(), [3., 0.].as_slice());
        let norm = BatchNorm { weight, bias, running_mean, running_variance, epsilon: 1.0 };
        let expected = [[-1., 1., 3., 5., 7., 9.], [0.5, 1.5, 0.5, 1.5, 0.5, 1.5]].concat();
        assert_eq!(batch_norm(&image(), &norm), Activation { shape: [2, 2, 3], values: expected });
    }
}

//! Batch norm with an optional ReLU, forward and backward (Ioffe and Szegedy 2015, algorithm 1).
//!
//! In comes x `[rows, channels]`, where a row is an image or a pixel of one; out goes y of the same shape, and backward
//! the gradients of x, of the scale γ and of the shift β:
//!
//! x̂ = (x - μ) / √(σ² + ε), y = activation(γ x̂ + β), with μ and σ² the mean and the (biased) variance of the batch;
//! dγ = Σ dy x̂, dβ = Σ dy, dx = γ / √(σ² + ε) · (dy - dβ / rows - x̂ dγ / rows).
//!
//! The kernel needs the whole batch twice, which is why it is a stage of its own and no layer of an image chain.

use kernels::{Activation, vectorised};
use rayon::prelude::*;

use super::batch_parts::BATCH_PARTS;

/// The sizes of a batch norm and the activation that it applies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BatchNorm {
    /// The number of channels.
    pub channels: usize,
    /// The number over 0 that is added to the variance.
    pub epsilon: f32,
    /// The activation that is applied to each value.
    pub activation: Activation,
}

/// The mean and the variance that a batch norm found in a batch, for the backward pass and for the running values.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchStatistics {
    /// The mean of each channel, `[channels]`.
    pub mean: Vec<f32>,
    /// The biased variance of each channel, `[channels]`: the squared differences divided by the number of rows.
    pub variance: Vec<f32>,
    /// The number of rows of the batch: images, or pixels of all images.
    pub rows: usize,
}

impl BatchStatistics {
    /// Returns the estimate of the variance over all images, `[channels]`: the squared differences divided by rows - 1.
    pub fn unbiased_variance(&self) -> Vec<f32> {
        let factor = self.rows as f32 / (self.rows.max(2) - 1) as f32;
        self.variance.iter().map(|variance| variance * factor).collect()
    }
}

/// What a forward pass of a batch norm leaves for the backward pass, with the gradient `dy` of its output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchNormPass<'a> {
    /// The input of the forward pass, `[rows, channels]`.
    pub x: &'a [f32],
    /// The output of the forward pass, `[rows, channels]`.
    pub y: &'a [f32],
    /// The gradient of the output, `[rows, channels]`.
    pub dy: &'a [f32],
    /// The mean and the variance that the forward pass found.
    pub statistics: &'a BatchStatistics,
    /// The scale γ, `[channels]`.
    pub scale: &'a [f32],
}

impl BatchNorm {
    /// Writes the activation of the batch norm of `x` into `y`, of the same shape, and returns the batch's mean and
    /// variance.
    pub(crate) fn forward(&self, x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) -> BatchStatistics {
        let statistics = self.statistics(x);
        let (factors, offsets) = self.affine(&statistics, scale, shift);
        let part = self.part_len(x.len());
        y.par_chunks_mut(part).zip(x.par_chunks(part)).for_each(|(y, x)| {
            vectorised(|| {
                let rows = y.chunks_exact_mut(self.channels).zip(x.chunks_exact(self.channels));
                for (y, x) in rows {
                    for (((y, x), factor), offset) in y.iter_mut().zip(x).zip(&factors).zip(&offsets) {
                        *y = x * factor + offset;
                    }
                }
                self.activation.apply(y);
            });
        });
        statistics
    }

    /// Returns dγ and dβ, `[channels]` each, and writes the gradient of the input into `dx`.
    pub(crate) fn backward(&self, pass: BatchNormPass<'_>, dx: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
        let BatchNormPass { x, y, dy, statistics, scale } = pass;
        let masked = |y: f32, dy: f32| if self.activation == Activation::Relu && y <= 0.0 { 0.0 } else { dy };
        let deviations = self.deviations(statistics);
        let sums = self.sum_of_parts(x.len(), |part, sums| {
            let (by_x, plain) = sums.split_at_mut(self.channels);
            for ((x, y), dy) in self.rows(x, &part).zip(self.rows(y, &part)).zip(self.rows(dy, &part)) {
                for (channel, ((x, y), dy)) in x.iter().zip(y).zip(dy).enumerate() {
                    let dy = f64::from(masked(*y, *dy));
                    by_x[channel] += dy * f64::from((x - statistics.mean[channel]) / deviations[channel]);
                    plain[channel] += dy;
                }
            }
        });
        let sums: Vec<f32> = sums.into_iter().map(|sum| sum as f32).collect();
        let (scale_gradient, shift_gradient) = sums.split_at(self.channels);
        let rows = statistics.rows as f32;
        let part = self.part_len(x.len());
        let inputs = x.par_chunks(part).zip(y.par_chunks(part)).zip(dy.par_chunks(part));
        dx.par_chunks_mut(part).zip(inputs).for_each(|(dx, ((x, y), dy))| {
            vectorised(|| {
                let values = x.iter().zip(y).zip(dy);
                for (index, (dx, ((x, y), dy))) in dx.iter_mut().zip(values).enumerate() {
                    let channel = index % self.channels;
                    let normalised = (x - statistics.mean[channel]) / deviations[channel];
                    let centred = masked(*y, *dy)
                        - (shift_gradient[channel] + normalised * scale_gradient[channel]) / rows;
                    *dx = scale[channel] / deviations[channel] * centred;
                }
            });
        });
        (scale_gradient.to_vec(), shift_gradient.to_vec())
    }

    /// Returns the batch's mean and variance, in two passes, so that a mean far from 0 costs the variance no digits.
    fn statistics(&self, x: &[f32]) -> BatchStatistics {
        let rows = x.len() / self.channels;
        let mean_of = |sums: Vec<f64>| -> Vec<f32> {
            sums.iter().take(self.channels).map(|sum| (sum / rows as f64) as f32).collect()
        };
        let mean = mean_of(self.sum_of_parts(x.len(), |part, sums| {
            for row in self.rows(x, &part) {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
            }
        }));
        let variance = mean_of(self.sum_of_parts(x.len(), |part, sums| {
            for row in self.rows(x, &part) {
                for ((sum, x), mean) in sums.iter_mut().zip(row).zip(&mean) {
                    let difference = f64::from(x - mean);
                    *sum += difference * difference;
                }
            }
        }));
        BatchStatistics { mean, variance, rows }
    }

    /// Returns the factors and the offsets of each channel with which `y = x · factor + offset`.
    fn affine(&self, statistics: &BatchStatistics, scale: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let deviations = self.deviations(statistics);
        let factors: Vec<f32> =
            scale.iter().zip(&deviations).map(|(scale, deviation)| scale / deviation).collect();
        let offset = |channel: usize| shift[channel] - statistics.mean[channel] * factors[channel];
        let offsets = (0..self.channels).map(offset).collect();
        (factors, offsets)
    }

    fn deviations(&self, statistics: &BatchStatistics) -> Vec<f32> {
        statistics.variance.iter().map(|variance| (variance + self.epsilon).sqrt()).collect()
    }

    /// Returns the number of values of a part of the batch, which is whole rows.
    fn part_len(&self, values: usize) -> usize {
        (values / self.channels).div_ceil(BATCH_PARTS).max(1) * self.channels
    }

    fn rows<'a>(&self, values: &'a [f32], part: &std::ops::Range<usize>) -> std::slice::ChunksExact<'a, f32> {
        values[part.clone()].chunks_exact(self.channels)
    }

    /// Returns sums over all rows, made by parts and added in their order: no number of threads changes a bit. A sum
    /// has twice as many values as channels; who needs fewer leaves the others 0.
    fn sum_of_parts(
        &self,
        values: usize,
        add_part: impl Fn(std::ops::Range<usize>, &mut [f64]) + Sync,
    ) -> Vec<f64> {
        let part = self.part_len(values);
        let sums: Vec<Vec<f64>> = (0..values.div_ceil(part))
            .into_par_iter()
            .map(|index| {
                let mut sums = vec![0f64; 2 * self.channels];
                vectorised(|| add_part(index * part..values.min((index + 1) * part), &mut sums));
                sums
            })
            .collect();
        let mut total = vec![0f64; 2 * self.channels];
        for sums in sums {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        total
    }
}

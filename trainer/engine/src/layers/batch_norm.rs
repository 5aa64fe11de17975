//! Batch norm with an optional ReLU, forward and backward (Ioffe and Szegedy 2015, algorithm 1).
//!
//! In comes x `[rows, channels]`, where a row is an image or a pixel of one; out goes y of the same shape, and backward
//! the gradients of x, of the scale γ and of the shift β:
//!
//! x̂ = (x - μ) / √(σ² + ε), y = activation(γ x̂ + β), with μ and σ² the mean and the (biased) variance of the batch;
//! dγ = Σ dy x̂, dβ = Σ dy, dx = γ / √(σ² + ε) · (dy - dβ / rows - x̂ dγ / rows).
//!
//! Only μ, σ², dγ and dβ need the whole batch. With them, y and dx are computed wherever a few rows are in the cache anyway:
//! y by the layers that read it, dx by the layer that made x.

use kernels::Activation;
use rayon::prelude::*;

use super::batch_norm_rows::{
    add_gradient_sums, add_rows, add_squared_differences, apply, input_gradient, mask,
};
use super::batch_norm_state::{BatchStatistics, NormState};
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

impl BatchNorm {
    /// The number of sums that each channel has in the backward pass: dγ of all channels, then dβ of all channels.
    pub(crate) const SUMS: usize = 2;

    /// Returns the state of a batch whose x is given, `[rows, channels]`, with the scale γ and the shift β.
    pub(crate) fn state(&self, x: &[f32], scale: &[f32], shift: &[f32]) -> NormState {
        let statistics = self.statistics(x);
        let deviations: Vec<f32> =
            statistics.variance.iter().map(|variance| (variance + self.epsilon).sqrt()).collect();
        let factors: Vec<f32> =
            scale.iter().zip(&deviations).map(|(scale, deviation)| scale / deviation).collect();
        let offset = |channel: usize| shift[channel] - statistics.mean[channel] * factors[channel];
        let offsets = (0..self.channels).map(offset).collect();
        let reciprocals = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let gradients = [Vec::new(), Vec::new()];
        NormState { statistics, deviations, reciprocals, factors, offsets, gradients }
    }

    /// Writes the activation of the batch norm of some rows `x` into `y`.
    pub(crate) fn apply(&self, state: &NormState, x: &[f32], y: &mut [f32]) {
        apply(self.activation, state, x, y);
    }

    /// Turns the gradient `dy` behind the ReLU, whose output is `y`, into that before it.
    pub(crate) fn mask(&self, y: &[f32], dy: &mut [f32]) {
        mask(y, dy);
    }

    /// Adds the share of some rows in dγ and dβ to `sums`, from x and from the gradient before the activation.
    pub(crate) fn add_gradient_sums(&self, state: &NormState, [x, dy]: [&[f32]; 2], sums: &mut [f64]) {
        add_gradient_sums(state, x, dy, sums);
    }

    /// Keeps dγ and dβ, the sums over all rows.
    pub(crate) fn set_gradients(&self, state: &mut NormState, sums: &[f64]) {
        let (by_x, plain) = sums.split_at(self.channels);
        state.gradients = [by_x, plain].map(|sums| sums.iter().map(|sum| *sum as f32).collect());
    }

    /// Writes the gradient of some rows of x into `dx`, from x, from the gradient before the activation, and from the sums
    /// over all rows that [`BatchNorm::set_gradients`] kept.
    pub(crate) fn input_gradient(&self, state: &NormState, [x, dy]: [&[f32]; 2], dx: &mut [f32]) {
        input_gradient(state, x, dy, dx);
    }

    /// Returns the batch's mean and variance, in two passes, so that a mean far from 0 costs the variance no digits.
    fn statistics(&self, x: &[f32]) -> BatchStatistics {
        let rows = x.len() / self.channels;
        let mean_of =
            |sums: Vec<f64>| -> Vec<f32> { sums.iter().map(|sum| (sum / rows as f64) as f32).collect() };
        // The function itself has one lifetime for both slices.
        #[allow(clippy::redundant_closure)]
        let mean = mean_of(self.sum_of_parts(x, |x, sums| add_rows(x, sums)));
        let variance = mean_of(self.sum_of_parts(x, |x, sums| add_squared_differences(&mean, x, sums)));
        BatchStatistics { mean, variance, rows }
    }

    /// Returns sums over all rows, made by parts and added in their order: no number of threads changes a bit.
    fn sum_of_parts(&self, x: &[f32], add_part: impl Fn(&[f32], &mut [f64]) + Sync) -> Vec<f64> {
        let part = (x.len() / self.channels).div_ceil(BATCH_PARTS).max(1) * self.channels;
        let sums: Vec<Vec<f64>> = x
            .par_chunks(part)
            .map(|x| {
                let mut sums = vec![0f64; self.channels];
                add_part(x, &mut sums);
                sums
            })
            .collect();
        let mut total = vec![0f64; self.channels];
        for sums in sums {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        total
    }
}

//! What is known of a batch norm for one batch: its mean and variance, and what follows from them for each channel.
//!
//! It lies beneath the norm and its loops over rows, which both read it.

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

/// What is known of a batch norm for one batch.
#[derive(Debug, Clone)]
pub(crate) struct NormState {
    pub(crate) statistics: BatchStatistics,
    /// √(σ² + ε) of each channel.
    pub(super) deviations: Vec<f32>,
    /// 1 / √(σ² + ε) of each channel, with which x̂ is computed without dividing.
    pub(super) reciprocals: Vec<f32>,
    /// The factors and the offsets with which y = x · factor + offset, before the activation.
    pub(super) factors: Vec<f32>,
    pub(super) offsets: Vec<f32>,
    /// dγ and dβ, `[channels]` each, once the gradients of all rows are summed.
    pub(crate) gradients: [Vec<f32>; 2],
}

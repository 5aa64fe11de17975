//! The errors of a training: why it ended early, in one line for whoever started it.

use models::weights::WeightsProblem;

use crate::augmentation::cached_tensor::CacheError;
use crate::data::transfer_set::TransferError;
use crate::distillation::bias_error::BiasError;
use crate::run::run_error::RunError;
use crate::teacher::teacher::TeacherError;

/// A training that ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// An operation on tensors failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A file of the augmentation cache cannot be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The run's directory cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A teacher cannot teach this student.
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    /// The weights do not fit the network.
    #[error(transparent)]
    Weights(#[from] WeightsProblem),
    /// The biases cannot be corrected.
    #[error(transparent)]
    Bias(#[from] BiasError),
    /// The data set or the transfer set cannot be used.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The loss or a weight became infinite or NaN.
    #[error("epoch {epoch}: {what} became {value}; a lower --learning-rate or --clip-norm may help")]
    Diverged {
        /// The epoch in which the training diverged, counted from 1.
        epoch: usize,
        /// What is no number any more: `the loss` or `a weight`.
        what: &'static str,
        /// The value, which is infinite or NaN.
        value: f64,
    },
}

//! Why a training ended early.

use models::weights::WeightsProblem;

use crate::augmentation::cached_tensor::CacheError;
use crate::data::transfer_set::TransferError;
use crate::distillation::bias_error::BiasError;
use crate::run::run_error::RunError;
use crate::teacher::teacher::TeacherError;

/// A training that ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The tensors fail.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A file of the augmentation cache cannot be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The run's directory fails.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A teacher cannot teach this student.
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    /// The weights are not those of the network.
    #[error(transparent)]
    Weights(#[from] WeightsProblem),
    /// The biases cannot be corrected.
    #[error(transparent)]
    Bias(#[from] BiasError),
    /// The transfer set cannot be used.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The loss is no number any more.
    #[error("epoch {epoch}: the loss became {loss}; a lower --learning-rate or --clip-norm may help")]
    Diverged {
        /// Counted from 1.
        epoch: usize,
        /// NaN or infinite.
        loss: f64,
    },
}

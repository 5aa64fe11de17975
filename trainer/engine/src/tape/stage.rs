//! The stages of a tape, each over the whole batch.
//!
//! In comes a batch of `[batch, values]`, out goes another. What needs the whole batch at once is a stage; what sees
//! one image at a time is a layer of an image chain within a stage.

use kernels::Linear;

use super::image_chain::ImageChain;
use crate::layers::batch_norm::BatchNorm;

/// A stage of the computation; `parameter` is the position of its first parameter in the network's parameters.
#[derive(Debug)]
pub(super) enum Stage {
    Images(ImageChain),
    Linear { layer: Linear, parameter: usize },
    BatchNorm { layer: BatchNorm, len: usize, parameter: usize },
}

impl Stage {
    /// Returns the number of values of the stage's output for one image.
    pub(super) fn output_len(&self) -> usize {
        match self {
            Self::Images(chain) => chain.output_len(),
            Self::Linear { layer, .. } => layer.outputs,
            Self::BatchNorm { len, .. } => *len,
        }
    }

    /// Returns whether the stage has parameters that are trained.
    pub(super) fn has_parameters(&self) -> bool {
        match self {
            Self::Images(chain) => chain.has_parameters(),
            _ => true,
        }
    }
}

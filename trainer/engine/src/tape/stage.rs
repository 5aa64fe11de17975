//! The stages of a tape, each over the whole batch.

use kernels::Linear;

use super::image_chain::ImageChain;
use crate::layers::batch_norm::BatchNorm;

/// A step of the computation; `parameter` is the position of its first parameter.
#[derive(Debug)]
pub(super) enum Stage {
    Images(ImageChain),
    Linear { layer: Linear, parameter: usize },
    BatchNorm { layer: BatchNorm, len: usize, parameter: usize },
}

impl Stage {
    pub(super) fn output_len(&self) -> usize {
        match self {
            Self::Images(chain) => chain.output_len(),
            Self::Linear { layer, .. } => layer.outputs,
            Self::BatchNorm { len, .. } => *len,
        }
    }

    pub(super) fn has_parameters(&self) -> bool {
        match self {
            Self::Images(chain) => chain.has_parameters(),
            _ => true,
        }
    }
}

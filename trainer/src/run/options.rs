//! What a training runs on; none of it changes the result.

use std::path::PathBuf;
use std::time::Duration;

use candle_core::Device;

use crate::process::interrupt::Interrupt;

/// What a training runs on and listens to; none of it changes its result.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// What computes.
    pub device: Device,
    /// Asks it to stop.
    pub interrupt: Interrupt,
    /// The time between checkpoints; as often as a hundredth of the time allows where there is none.
    pub checkpoint_interval: Option<Duration>,
    /// Where teachers' logits are kept, so that each augmented image is shown to a teacher once.
    pub logit_cache: Option<PathBuf>,
    /// Where augmented images are kept, so that each is drawn once.
    pub augmentation_cache: Option<PathBuf>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            interrupt: Interrupt::default(),
            checkpoint_interval: None,
            logit_cache: None,
            augmentation_cache: None,
        }
    }
}

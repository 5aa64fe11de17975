//! The run options: where and how a training runs. They stand apart from the configuration because none of them changes
//! the result.

use std::path::PathBuf;
use std::time::Duration;

use candle_core::Device;

use crate::process::interrupt::Interrupt;

/// The run options: the device, the interrupt and the caches of a training, none of which changes its result. The
/// default is the CPU, an interrupt that nobody has requested, and no caches.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The device that computes.
    pub device: Device,
    /// The interrupt through which others request that the training stop.
    pub interrupt: Interrupt,
    /// The time between checkpoints; where there is none, checkpoints are as frequent as a hundredth of the time
    /// allows.
    pub checkpoint_interval: Option<Duration>,
    /// The directory in which teachers' logits are kept, so that each augmented image is shown to a teacher once;
    /// logits are not kept where there is none.
    pub logit_cache: Option<PathBuf>,
    /// The directory in which augmented images are kept, so that each is drawn once; images are not kept where there is
    /// none.
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

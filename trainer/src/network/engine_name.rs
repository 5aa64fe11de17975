//! The choice of what computes a network's layers and gradients: Imago's kernels, or candle.
//!
//! In comes a word of the command line or of a run's configuration, or a device; out goes the engine. Two engines that
//! share no arithmetic check each other, on one CPU.

use candle_core::{Device, Error, Result};
use serde::{Deserialize, Serialize};

/// What computes the layers of a network and their gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum EngineName {
    /// Imago's kernels, on the CPU alone: the same bits with any number of threads.
    Imago,
    /// candle-nn's layers with candle's differentiation, on any device.
    Candle,
}

impl EngineName {
    /// Returns the engine that computes on a device where nobody asks for one.
    #[must_use]
    pub fn of_device(device: &Device) -> Self {
        if device.is_cpu() { Self::Imago } else { Self::Candle }
    }

    /// Checks that the engine runs on `device`.
    pub(crate) fn expect_on(self, device: &Device) -> Result<()> {
        match (self, device.is_cpu()) {
            (Self::Imago, false) => {
                Err(Error::Msg("--engine imago: expected the CPU, found another device".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

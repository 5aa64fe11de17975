//! The arguments that change no result: where and how a training runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::arguments::values::seconds;
use crate::network::device::DeviceChoice;
use crate::process::console::say;
use crate::process::interrupt::Interrupt;
use crate::run::options::RunOptions;

/// What changes no result.
#[derive(Debug, Clone, Args)]
pub struct RunOptionsArguments {
    /// What computes: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
    /// Seconds between checkpoints [default: as often as 1 % of the time allows, at least 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub checkpoint_interval: Option<Duration>,
    /// Keep augmented images in this directory: with --augment-pool each is drawn once; a byte a pixel
    #[arg(long = "augment-cache", alias = "view-cache", value_name = "DIR")]
    pub augmentation_cache: Option<PathBuf>,
}

/// The device is opened here: a missing one is found before anything is written.
pub(crate) fn run_options(
    arguments: &RunOptionsArguments,
    logit_cache: Option<&Path>,
) -> anyhow::Result<RunOptions> {
    Ok(RunOptions {
        device: open_device(arguments.device)?,
        interrupt: Interrupt::by_signal(),
        checkpoint_interval: arguments.checkpoint_interval,
        logit_cache: logit_cache.map(Path::to_owned),
        augmentation_cache: arguments.augmentation_cache.clone(),
    })
}

/// Opens the device that `choice` names, and says which one it is, where that is not the CPU.
pub(crate) fn open_device(choice: DeviceChoice) -> anyhow::Result<candle_core::Device> {
    let device = choice.open()?;
    if !device.is_cpu() {
        say(format_args!(
            "computing on {}",
            if choice == DeviceChoice::Auto { "cuda:0".into() } else { choice.to_string() }
        ));
    }
    Ok(device)
}

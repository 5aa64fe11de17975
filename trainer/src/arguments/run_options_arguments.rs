//! The arguments that become run options: where and how a training runs, with the device opened. They stand apart from
//! the others because none of them changes a result.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::arguments::values::seconds;
use crate::arguments::words::device;
use crate::network::device::DeviceChoice;
use crate::network::engine_name::EngineName;
use crate::process::console::say;
use crate::process::interrupt::Interrupt;
use crate::run::options::RunOptions;

/// The arguments that say where and how a training runs; none of them changes its result.
#[derive(Debug, Clone, Args)]
pub struct RunOptionsArguments {
    /// Device to compute on: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto, value_parser = device)]
    pub device: DeviceChoice,
    /// Seconds between checkpoints [default: as often as 1 % of the time allows, at least 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub checkpoint_interval: Option<Duration>,
    /// Keep augmented images in this directory: with --augment-pool each is drawn once; one byte per pixel
    #[arg(long = "augment-cache", alias = "view-cache", value_name = "DIR")]
    pub augmentation_cache: Option<PathBuf>,
}

/// Returns the run options that `arguments` ask for, for a training by `engine` where one was asked for. The device is opened here, so that a missing one is found before
/// anything is written.
pub(crate) fn run_options(
    arguments: &RunOptionsArguments,
    engine: Option<EngineName>,
    logit_cache: Option<&Path>,
) -> anyhow::Result<RunOptions> {
    Ok(RunOptions {
        device: open_device_for(engine, arguments.device)?,
        interrupt: Interrupt::by_signal(),
        checkpoint_interval: arguments.checkpoint_interval,
        logit_cache: logit_cache.map(Path::to_owned),
        augmentation_cache: arguments.augmentation_cache.clone(),
    })
}

/// Opens the device that `choice` names, for a network that `engine` computes where one was asked for: Imago's kernels make
/// `auto` the CPU.
pub(crate) fn open_device_for(
    engine: Option<EngineName>,
    choice: DeviceChoice,
) -> anyhow::Result<candle_core::Device> {
    match (engine, choice) {
        (Some(EngineName::Imago), DeviceChoice::Auto) => open_device(DeviceChoice::Cpu),
        (Some(EngineName::Imago), DeviceChoice::Cuda(_)) => {
            bail!("--engine imago: expected --device cpu, found {choice}")
        }
        _ => open_device(choice),
    }
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

//! `trainer bench`: options in, a table or JSON out that says how fast this machine trains: the shipped teacher and
//! student, or a network that was asked for.

use std::io::Write;

use clap::Args;

use crate::arguments::format::Format;
use crate::arguments::input_shape::input_shape;
use crate::arguments::network_choice::{NetworkChoice, network_choice};
use crate::arguments::run_options_arguments::open_device_for;
use crate::arguments::values::{at_least_one, classes};
use crate::arguments::words::device;
use crate::command::bench::loss_curve::{self, LossCurve};
use crate::command::bench::named_network::{self, NamedNetwork, NetworkBenchmark};
use crate::command::bench::shipped_networks::{self, Benchmark};
use crate::command::bench::timed_network::Batch;
use crate::network::device::DeviceChoice;
use crate::network::engine_name::EngineName;

/// The most values that the images of a batch may have together, 1 GiB of them.
const MOST_VALUES: usize = 1 << 28;

/// The arguments of `trainer bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Network to time: a preset, such as resnet8, or a TOML file [default: the shipped teacher and student]
    #[arg(long, value_name = "PRESET|FILE", value_parser = network_choice)]
    pub network: Option<NetworkChoice>,
    /// Channels, height and width of its images
    #[arg(long, value_name = "CxHxW", default_value = "1x28x28", value_parser = input_shape, requires = "network")]
    pub input: [usize; 3],
    /// Number of classes that it tells apart
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = classes, requires = "network", allow_negative_numbers = true)]
    pub classes: usize,
    /// Images per training step
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch_size: usize,
    /// Steps to time; of the shipped student thirty times as many
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = at_least_one, allow_negative_numbers = true)]
    pub steps: usize,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Device to compute on: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto, value_parser = device)]
    pub device: DeviceChoice,
    /// What computes the layers: Imago's kernels, on the CPU, or candle [default: imago on the CPU, candle elsewhere]
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub engine: Option<EngineName>,
    /// Print the losses of N training steps on one seeded batch instead, to compare devices and engines by
    #[arg(long, value_name = "N", value_parser = at_least_one, requires = "network", conflicts_with = "steps", allow_negative_numbers = true)]
    pub losses: Option<usize>,
}

pub(crate) fn bench(arguments: &BenchArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let device = open_device_for(arguments.engine, arguments.device)?;
    let engine = arguments.engine.unwrap_or(EngineName::of_device(&device));
    let batch = Batch { device: &device, engine, batch_size: arguments.batch_size };
    let Some(choice) = &arguments.network else {
        let found = shipped_networks::run(batch, arguments.steps)?;
        return print(arguments.format, &found, print_shipped, out);
    };
    let named = NamedNetwork { choice, input: arguments.input, classes: arguments.classes };
    let values = arguments.input.iter().product::<usize>();
    let most = MOST_VALUES / values.max(1);
    anyhow::ensure!(
        arguments.batch_size <= most,
        "--batch-size: expected at most {most} images of this size, found {}",
        arguments.batch_size
    );
    if let Some(steps) = arguments.losses {
        return print(arguments.format, &loss_curve::run(&named, batch, steps)?, print_losses, out);
    }
    let found = named_network::run(&named, batch, arguments.steps)?;
    print(arguments.format, &found, print_named, out)
}

fn print<Found: serde::Serialize>(
    format: Format,
    found: &Found,
    as_text: fn(&Found, &mut dyn Write) -> std::io::Result<()>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", serde_json::to_string(found)?)?,
        Format::Text => as_text(found, out)?,
    }
    Ok(())
}

fn print_shipped(found: &Benchmark, out: &mut dyn Write) -> std::io::Result<()> {
    let mut row = |name: &str, milliseconds: f64| print_row(name, milliseconds, found.batch_size, out);
    row("teacher, training step", found.teacher_step_ms)?;
    row("teacher, forward", found.teacher_forward_ms)?;
    row("student, distillation step", found.student_step_ms)?;
    row("student, forward", found.student_forward_ms)?;
    row("teacher, epoch, elastic augmentation", found.teacher_elastic_epoch_ms)?;
    row("student, epoch", found.student_epoch_ms)?;
    row("student, epoch, elastic augmentation", found.student_elastic_epoch_ms)?;
    row("student, epoch, elastic augmentation kept", found.student_kept_augmentation_epoch_ms)?;
    print_memory("teacher, most resident memory", found.teacher_peak_bytes, out)?;
    print_machine(&found.device, found.threads, found.batch_size, out)
}

fn print_named(found: &NetworkBenchmark, out: &mut dyn Write) -> std::io::Result<()> {
    let [channels, height, width] = found.input;
    writeln!(
        out,
        "{} for {channels}x{height}x{width} and {} classes: {} parameters, {} multiply-adds an image",
        found.network, found.classes, found.parameters, found.multiply_adds
    )?;
    let mut row = |name: &str, milliseconds: f64| print_row(name, milliseconds, found.batch_size, out);
    row("training step", found.step_ms)?;
    row("forward", found.forward_ms)?;
    row("epoch", found.epoch_ms)?;
    row("epoch, augmented as photos", found.photos_epoch_ms)?;
    print_memory("most resident memory", found.peak_bytes, out)?;
    print_machine(&found.device, found.threads, found.batch_size, out)
}

fn print_losses(found: &LossCurve, out: &mut dyn Write) -> std::io::Result<()> {
    let mut losses = found.losses.iter().enumerate();
    losses.try_for_each(|(step, loss)| writeln!(out, "{:>5} {loss:.6}", step + 1))
}

fn print_row(name: &str, milliseconds: f64, batch_size: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let images_per_second = batch_size as f64 / milliseconds * 1e3;
    writeln!(out, "{name:<42} {milliseconds:>9.2} ms {images_per_second:>11.0} images/s")
}

fn print_memory(name: &str, bytes: Option<u64>, out: &mut dyn Write) -> std::io::Result<()> {
    bytes.map_or(Ok(()), |bytes| writeln!(out, "{name:<42} {:>9.0} MB", bytes as f64 / 1e6))
}

fn print_machine(
    device: &str,
    threads: usize,
    batch_size: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    writeln!(
        out,
        "per step of {batch_size} images, f32; {device}, {threads} threads; epochs: means, else medians"
    )
}

//! `trainer bench`: options in, a table or JSON out that says how fast this machine trains a teacher and a student.

use std::io::Write;

use clap::Args;

use crate::arguments::format::Format;
use crate::arguments::run_options_arguments::open_device;
use crate::arguments::values::at_least_one;
use crate::arguments::words::device;
use crate::command::bench::measurement;
use crate::network::device::DeviceChoice;

/// The arguments of `trainer bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Images per training step
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch_size: usize,
    /// Steps of the teacher to time; of the student thirty times as many
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = at_least_one, allow_negative_numbers = true)]
    pub steps: usize,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Device to compute on: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto, value_parser = device)]
    pub device: DeviceChoice,
}

pub(crate) fn bench(arguments: &BenchArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let device = open_device(arguments.device)?;
    let found = measurement::run(&device, arguments.batch_size, arguments.steps)?;
    if arguments.format == Format::Json {
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
        return Ok(());
    }
    let images_per_second = |milliseconds: f64| found.batch_size as f64 / milliseconds * 1e3;
    let mut row = |name: &str, milliseconds: f64| {
        writeln!(out, "{name:<42} {milliseconds:>9.2} ms {:>11.0} images/s", images_per_second(milliseconds))
    };
    row("teacher, training step", found.teacher_step_ms)?;
    row("teacher, forward", found.teacher_forward_ms)?;
    row("student, distillation step", found.student_step_ms)?;
    row("student, forward", found.student_forward_ms)?;
    row("teacher, epoch, elastic augmentation", found.teacher_elastic_epoch_ms)?;
    row("student, epoch", found.student_epoch_ms)?;
    row("student, epoch, elastic augmentation", found.student_elastic_epoch_ms)?;
    row("student, epoch, elastic augmentation kept", found.student_kept_augmentation_epoch_ms)?;
    if let Some(bytes) = found.teacher_peak_bytes {
        writeln!(out, "{:<42} {:>9.0} MB", "teacher, most resident memory", bytes as f64 / 1e6)?;
    }
    let (device, threads, batch_size) = (&found.device, found.threads, found.batch_size);
    writeln!(
        out,
        "per step of {batch_size} images, f32; {device}, {threads} threads; epochs: means, else medians"
    )?;
    Ok(())
}

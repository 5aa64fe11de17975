//! `trainer correct-bias`: a student and images in, whose labels are not looked at, the student with shifted biases
//! out, whose mean probabilities match class frequencies.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use models::storage::printable::{PrintablePath, printable};

use crate::arguments::run_options_arguments::open_device;
use crate::arguments::words;
use crate::command::fitted_images::fitted_images;
use crate::data::transfer_set::{classes, shifted_classes};
use crate::distillation::bias_correction::{BiasPrior, ClassShift, correct, frequencies};
use crate::evaluation::input_check::NamedSet;
use crate::network::device::DeviceChoice;
use crate::process::console::say;
use crate::run::directory::{RunDirectory, load_weights};
use crate::run::run_data::directory_for;
use crate::run::teachers::{load_teachers, reload_teachers};

/// The arguments of `trainer correct-bias`.
#[derive(Debug, Args)]
#[command(after_help = "\
A student that never saw a class in training answers with it too rarely. Biases
of the last layer are shifted until each class has the mean probability over
the training images of --data that the prior says (to 1e-9, by Newton's
method). No label and no test image is looked at.

  trainer distill --data mnist --teacher runs/teacher --without 3 --out runs/no3
  trainer correct-bias runs/no3 --data mnist --out no3-corrected.safetensors")]
pub struct CorrectBiasArguments {
    /// Finished run or safetensors file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// Data set: a name that `fetch` knows, a folder of pictures by class or of IDX files, or a manifest
    #[arg(long, value_name = "NAME|DIR|MANIFEST")]
    pub data: String,
    /// New safetensors file for the corrected student
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How often each class is expected
    #[arg(long, value_enum, default_value_t = BiasPrior::Teacher)]
    pub prior: BiasPrior,
    /// Runs or safetensors files of the teachers for the prior `teacher` [default: the run's own]
    #[arg(long, value_name = "RUN|FILE", num_args = 1..)]
    pub teacher: Vec<PathBuf>,
    /// Shift these classes alone [default: those that the run's training left out, else all]
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Device to compute on: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto, value_parser = words::device)]
    pub device: DeviceChoice,
}

pub(super) fn correct_bias(arguments: &CorrectBiasArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let CorrectBiasArguments { model, data, out: file, prior, teacher, classes: names, device } = arguments;
    if file.exists() {
        bail!("{}: expected a new file, found one", file.printable());
    }
    let weights = load_weights(model)?;
    let config = if model.is_dir() { Some(RunDirectory::open(model)?.1) } else { None };
    let device = open_device(*device)?;
    let teachers = match &config {
        _ if *prior == BiasPrior::Uniform => Vec::new(),
        Some(config) if teacher.is_empty() => reload_teachers(config, &device)?,
        _ => load_teachers(teacher, &device)?,
    };
    if *prior == BiasPrior::Teacher && teachers.is_empty() {
        bail!("{}: expected --teacher, since no run says whose student it is", model.printable());
    }
    let (contract, name) = (&weights.contract, model.printable());
    let labels = &contract.labels;
    teachers.iter().try_for_each(|teacher| teacher.check(&name, contract))?;
    let directory = directory_for(model, data).seen_by(&contract.input);
    let set = NamedSet { name: data, directory: &directory };
    for teacher in &teachers {
        let path = teacher.file.path.printable();
        if let Some(note) = teacher.order(&name, labels)?.note(&path, &name) {
            say(format_args!("{note}"));
        }
    }
    let images = fitted_images(model, contract, set, directory.training_data()?.training)?;
    let shifted = match names.as_slice() {
        [] => shifted_classes(config.as_ref().and_then(|config| config.transfer.as_ref()), labels)?,
        names => classes("classes", names, labels)?,
    };
    let frequencies = frequencies(*prior, &teachers, &images, labels)?;
    let (corrected, shifts) =
        correct(&weights, &images, &frequencies, &shifted, &device).with_context(|| model.printable())?;
    corrected.save(file)?;
    print_shifts(&shifts, out)?;
    Ok(())
}

fn print_shifts(shifts: &[ClassShift], out: &mut dyn Write) -> std::io::Result<()> {
    let longest =
        shifts.iter().map(|shift| printable(&shift.label).chars().count()).fold("class".len(), usize::max);
    writeln!(
        out,
        "{:longest$}  {:>9}  {:>9}  {:>9}  {:>8}",
        "class", "before", "expected", "after", "shift"
    )?;
    for ClassShift { label, before, frequency, after, shift } in shifts {
        let label = printable(label);
        let [before, frequency, after] = [before, frequency, after].map(|share| 100.0 * share);
        writeln!(
            out,
            "{label:longest$}  {before:>7.3} %  {frequency:>7.3} %  {after:>7.3} %  {shift:>+8.3}"
        )?;
    }
    Ok(())
}

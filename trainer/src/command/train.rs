//! `trainer teacher`, `trainer student` and `trainer distill`: the arguments of one training in, a run's directory with
//! its weights out.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use models::storage::printable::PrintablePath;

use crate::arguments::distill_arguments::{DistillArguments, distill_config};
use crate::arguments::network_choice::NetworkChoice;
use crate::arguments::run_options_arguments::run_options;
use crate::arguments::student_arguments::student_config;
use crate::arguments::teacher_arguments::teacher_config;
use crate::arguments::training_arguments::{DescribedSet, TrainingArguments, chosen_lines};
use crate::arguments::training_command::TrainingCommand;
use crate::command::hard_labels;
use crate::data::folder_report::SkippingRules;
use crate::data::training_data::TrainingData;
use crate::network::engine_name::EngineName;
use crate::process::console::say;
use crate::run::config::RunConfig;
use crate::run::directory::{RunDirectory, is_run};
use crate::run::epoch_line::print_epoch;
use crate::run::finding::finding_line;
use crate::run::options::RunOptions;
use crate::run::outcome::Ending;
use crate::run::run_error::RunError;
use crate::run::skipped_pictures::summary;
use crate::run::teachers::{check_teachers, load_teachers, teacher_notes};
use crate::run::training_defaults::Purpose;
use crate::run::{run_data, series, training};
use crate::teacher::teacher::Teacher;

/// What a training starts from.
struct Prepared<'a> {
    config: &'a RunConfig,
    data: &'a TrainingData,
    teachers: &'a [Teacher],
    options: &'a RunOptions,
}

/// Trains the network that `command` asks for and writes a line about the result to `out`.
pub(super) fn train(command: &TrainingCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        TrainingCommand::Teacher(arguments) => {
            let options = run_options(&arguments.training.options, arguments.training.engine, None)?;
            expect_free_place(&arguments.training.out)?;
            let set = arguments.training.data_set(&[])?;
            let chosen = chosen(&arguments.training, arguments.network.asked(), Purpose::Teacher, &set);
            train_on_labels(&arguments.training, teacher_config(arguments, &set)?, &chosen, &options, out)
        }
        TrainingCommand::Student(arguments) => {
            let options = run_options(&arguments.training.options, arguments.training.engine, None)?;
            expect_free_place(&arguments.training.out)?;
            let set = arguments.training.data_set(&[])?;
            let asked = arguments.network.choice.asked();
            let chosen = chosen(&arguments.training, asked, Purpose::Student, &set);
            train_on_labels(&arguments.training, student_config(arguments, &set)?, &chosen, &options, out)
        }
        TrainingCommand::Distill(arguments) => distill(arguments, out),
    }
}

fn distill(arguments: &DistillArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let options = run_options(
        &arguments.training.options,
        arguments.training.engine,
        arguments.logit_cache.as_deref(),
    )?;
    let teachers = load_teachers(&arguments.teacher, &options.device)?;
    let path = &arguments.training.out;
    let baseline = arguments.baseline.then(|| hard_labels::directory(path));
    // With a baseline the command may be given again, and goes on with what is there.
    let places = std::iter::once(path).chain(&baseline);
    places
        .filter(|place| baseline.is_none() || !is_run(place))
        .try_for_each(|place| expect_free_place(place))?;
    let set = arguments.training.data_set(&teachers)?;
    let asked = arguments.network.choice.asked();
    let chosen = chosen(&arguments.training, asked, Purpose::DistilledStudent, &set);
    let mut config = distill_config(arguments, &teachers, &set)?;
    let data = prepare(&mut config, &teachers, arguments.training.description.skipping())?;
    imply_soft_weight(&mut config, arguments);
    let student = Prepared { config: &config, data: &data, teachers: &teachers, options: &options };
    match &baseline {
        None => start(path, &student, &chosen, out)?,
        Some(baseline) => with_baseline((path, baseline), &student, &chosen, out)?,
    }
    hard_labels::compare(&RunDirectory::open(path)?.0, &config, data.validation.len(), out)
}

/// Trains the student at the first path and the same network on hard labels at the second one, or what is left of both.
fn with_baseline(
    (path, baseline): (&Path, &Path),
    student: &Prepared<'_>,
    chosen: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let config = hard_labels::config(student.config);
    config.validate().map_err(|problem| anyhow!("--baseline: {problem}"))?;
    series::check(path, student.config)?;
    series::check(baseline, &config)?;
    start_or_go_on(path, student, chosen, out)?;
    say(format_args!("the same network on hard labels: {}", baseline.printable()));
    start_or_go_on(baseline, &Prepared { config: &config, teachers: &[], ..*student }, &[], out)
}

/// Trains a run, or what is left of it where it has begun.
fn start_or_go_on(
    path: &Path,
    prepared: &Prepared<'_>,
    chosen: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !is_run(path) {
        return start(path, prepared, chosen, out);
    }
    let (run, _) = RunDirectory::open(path)?;
    match run.has_finished() {
        true => Ok(writeln!(out, "{}: the run has finished already", path.printable())?),
        false => train_to_its_end(&run, prepared, out),
    }
}

/// Checks the place of the run before pictures are decoded, which may take long. A directory that cannot be read is named when
/// the run begins.
fn expect_free_place(path: &Path) -> anyhow::Result<()> {
    match RunDirectory::expect_free(path) {
        Err(error @ RunError::NotEmpty { .. }) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Sets the soft weight to 1 for images without labels, where none was asked for: no other is possible.
fn imply_soft_weight(config: &mut RunConfig, arguments: &DistillArguments) {
    let is_labelled = config.transfer.as_ref().is_none_or(|transfer| transfer.labelled);
    if let (false, None, Some(distillation)) = (is_labelled, arguments.soft_weight, &mut config.distillation)
    {
        distillation.soft_weight = 1.0;
    }
}

fn train_on_labels(
    arguments: &TrainingArguments,
    mut config: RunConfig,
    chosen: &[String],
    options: &RunOptions,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let data = prepare(&mut config, &[], arguments.description.skipping())?;
    let prepared = Prepared { config: &config, data: &data, teachers: &[], options };
    start(&arguments.out, &prepared, chosen, out)
}

/// Returns lines about what is chosen for a training that nobody has said, with the reasons.
fn chosen(
    arguments: &TrainingArguments,
    network: Option<NetworkChoice>,
    purpose: Purpose,
    set: &DescribedSet,
) -> Vec<String> {
    chosen_lines(arguments, network.as_ref(), set, &arguments.defaults(purpose, set))
}

/// Checks what can be checked before anything is read, then reads the images of the run.
fn prepare(
    config: &mut RunConfig,
    teachers: &[Teacher],
    rules: SkippingRules,
) -> anyhow::Result<TrainingData> {
    config.validate().map_err(anyhow::Error::msg)?;
    check_teachers(config, teachers)?;
    Ok(run_data::load(config, rules)?)
}

/// Starts the run, says what was `chosen` for it, and trains it. Everything is checked first: a run that cannot begin leaves
/// no directory behind, and has one line to say.
fn start(path: &Path, prepared: &Prepared<'_>, chosen: &[String], out: &mut dyn Write) -> anyhow::Result<()> {
    let Prepared { data, teachers, options, .. } = *prepared;
    let config = &with_engine(prepared.config, options);
    config.validate().map_err(anyhow::Error::msg)?;
    let run = RunDirectory::create(path, config)?;
    chosen.iter().for_each(|line| say(format_args!("{line}")));
    teacher_notes(config, teachers).into_iter().for_each(|note| say(format_args!("{note}")));
    say_what_was_found(data, &run);
    train_to_its_end(&run, &Prepared { config, ..*prepared }, out)
}

fn train_to_its_end(run: &RunDirectory, prepared: &Prepared<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let Prepared { config, data, teachers, options } = *prepared;
    let print = print_epoch(config.epochs);
    report_ending(run, config, training::train(run, config, data, teachers, options, print)?, out)
}

/// Returns the configuration with the engine that another device than the CPU has: `resume` keeps it on any device.
fn with_engine(config: &RunConfig, options: &RunOptions) -> RunConfig {
    let of_device = (!options.device.is_cpu()).then(|| EngineName::of_device(&options.device));
    RunConfig { engine: config.engine.or(of_device), ..config.clone() }
}

/// Says how the transfer set is taken, and which pictures of a folder are not trained on, where there are some.
pub(super) fn say_what_was_found(data: &TrainingData, run: &RunDirectory) {
    data.transfer_note.iter().for_each(|note| say(format_args!("{note}")));
    let folders = data.folder.iter().chain(&data.transfer_folder);
    let lines = folders.flat_map(|folder| summary(folder, &run.skipped_file()));
    lines.for_each(|line| say(format_args!("{line}")));
}

/// A run that stopped on request, with a checkpoint from which it can go on.
#[derive(Debug, thiserror::Error)]
#[error("stopped after {epochs} of {of} epochs; `trainer resume {}` goes on", run.printable())]
pub struct Stopped {
    run: PathBuf,
    epochs: usize,
    of: usize,
}

/// Writes a line about the result to `out`, and one to standard error about what speaks against it.
pub(super) fn report_ending(
    run: &RunDirectory,
    config: &RunConfig,
    ending: Ending,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match ending {
        Ending::Finished(outcome) => {
            let (path, accuracy) = (run.path().printable(), outcome.validation_accuracy * 100.0);
            writeln!(out, "{path}: validation accuracy {accuracy:.2} %, from epoch {}", outcome.best_epoch)?;
            if let Some(finding) = &outcome.finding {
                say(format_args!("{}", finding_line(run.path(), finding, config)));
            }
            Ok(())
        }
        Ending::Stopped { epochs } => {
            bail!(Stopped { run: run.path().to_owned(), epochs, of: config.epochs })
        }
    }
}

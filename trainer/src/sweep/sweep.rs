//! `trainer sweep`: a grid of distillations in, one run's directory per point and a table of means over seeds out.
//!
//! Processes share a file system and nothing else: a point's directory appears whole or not at all, and the process
//! that trains there holds its lock. So any number of processes, on any number of machines, may work on one sweep, and
//! each may be stopped and started again at any moment.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use models::network::Preset;
use models::storage::printable::PrintablePath;

use crate::arguments::distill_arguments::{DistillArguments, distill_config};
use crate::arguments::network_choice::{NetworkChoice, NetworkChoiceError};
use crate::arguments::run_options_arguments::run_options;
use crate::arguments::training_arguments::DescribedSet;
use crate::augmentation::augmentation::Augmentation;
use crate::data::split::Split;
use crate::process::console::say;
use crate::report::arguments::ReportArguments;
use crate::report::report::write;
use crate::report::sources::SourceError;
use crate::run::config::RunConfig;
use crate::run::directory::{SKIPPED, model_file};
use crate::run::run_contract::contract_of_run;
use crate::run::run_data;
use crate::run::series::{SeriesEnding, SeriesStopped, TEACHER_LOGITS};
use crate::run::skipped_pictures::summary;
use crate::run::teachers::{load_teachers, teacher_notes};
use crate::run::training_defaults::Purpose;
use crate::run::training_error::TrainingError;
use crate::sweep::arguments::{SweepArguments, Training};
use crate::sweep::budget::Candidate;
use crate::sweep::grid::{Grid, Point};
use crate::sweep::point_run::PointRuns;
use crate::sweep::table::{Table, TableError};
use crate::teacher::teacher::Teacher;

/// Trains the points of a sweep that are left, then prints the table of all points that have finished to `out`.
///
/// # Errors
/// One line that names the file or the value. A point whose loss becomes infinite or NaN does not keep the others from
/// being trained: that error comes at the end.
pub fn run(arguments: &SweepArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let diverged = match &arguments.training {
        Some(training) => train(&arguments.out, training)?,
        None => Vec::new(),
    };
    match Table::of(&arguments.out, arguments.precision) {
        Ok(table) => show(&table, arguments, out)?,
        // A shard of a small grid may have no point, and may be the first to look.
        Err(TableError::Source(SourceError::NoRuns { .. })) if arguments.training.is_some() => {}
        Err(error) => return Err(error.into()),
    }
    match diverged.as_slice() {
        [] => Ok(()),
        [(first, error), ..] => {
            bail!("{} diverged; {}: {error}", points(diverged.len()), first.printable())
        }
    }
}

fn show(table: &Table, arguments: &SweepArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    table.print(arguments.format, out)?;
    if table.unfinished > 0 {
        say(format_args!("not in the table: {} without weights yet", points(table.unfinished)));
    }
    if let Some(file) = &arguments.report {
        let (runs, out_file) = (vec![arguments.out.clone()], file.clone());
        let arguments =
            ReportArguments { runs, out: out_file, data: None, split: Split::Validation, images: None };
        write(&arguments, out)?;
    }
    Ok(())
}

/// Trains the points of this process's shard and returns those that diverged. Everything is checked before the first
/// point begins.
fn train(directory: &Path, training: &Training) -> anyhow::Result<Vec<(PathBuf, TrainingError)>> {
    let mut options =
        run_options(&training.distill.training.options, training.distill.training.engine, None)?;
    let teachers = load_teachers(&training.distill.teacher, &options.device)?;
    let set = training.distill.training.data_set(&teachers)?;
    let all = grid(training, &set);
    let mut common = common_config(training, &all, &teachers, &set)?;
    common.validate().map_err(anyhow::Error::msg)?;
    // Before pictures are decoded, which may take long.
    let candidates = candidates(training, &all, &set)?;
    let fitting = training.budget.fitting(candidates, &contract_of_run(&common), directory)?;
    options.logit_cache = logit_cache(directory, &training.distill, common.augmentation);
    let data = run_data::load(&mut common, training.distill.training.description.skipping())?;
    let all = all.points();
    // Shards part the whole grid, so that they part it the same way on machines that measure other times.
    let fits = |point: &&Point| fitting.contains(&point.network);
    let chosen: Vec<Point> = training.shard.of(&all).filter(fits).cloned().collect();
    for folder in data.folder.iter().chain(&data.transfer_folder) {
        let Some(point) = first_left(directory, &chosen) else { break };
        let path = directory.join(point.name()).join(SKIPPED);
        summary(folder, &path).into_iter().for_each(|line| say(format_args!("{line}")));
    }
    data.transfer_note.iter().for_each(|note| say(format_args!("{note}")));
    let distill = &training.distill;
    let runs = PointRuns { directory, distill, data: &data, set, common, teachers: &teachers, options };
    chosen.iter().try_for_each(|point| runs.check(point))?;
    teacher_notes(&runs.common, runs.teachers).into_iter().for_each(|note| say(format_args!("{note}")));
    std::fs::create_dir_all(directory)
        .with_context(|| format!("{}: cannot be created", directory.printable()))?;
    let (mut diverged, mut trained, mut finished, mut in_use) = (Vec::new(), 0, 0, 0);
    for (position, point) in chosen.iter().enumerate() {
        let (position, of) = (position + 1, chosen.len());
        let stopped = || SeriesStopped { directory: directory.to_owned(), unit: "point", position, of };
        if runs.options.interrupt.is_requested() {
            bail!(stopped());
        }
        let run = directory.join(point.name());
        say(format_args!("point {position} of {of}: {}", run.printable()));
        match runs.train(point)? {
            SeriesEnding::Trained => trained += 1,
            SeriesEnding::FinishedBefore => finished += 1,
            SeriesEnding::InUse => in_use += 1,
            SeriesEnding::Diverged(error) => diverged.push((run, error)),
            SeriesEnding::Stopped => bail!(stopped()),
        }
    }
    say(format_args!(
        "{} of {}: {trained} trained, {finished} finished before, {in_use} in use by other processes, {} diverged",
        chosen.len(),
        points(all.len()),
        diverged.len()
    ));
    Ok(diverged)
}

/// Returns the grid, with the network that is chosen for the set where nobody says one.
fn grid(training: &Training, set: &DescribedSet) -> Grid {
    let mut grid = training.grid.clone();
    if grid.networks.is_empty() {
        let defaults = training.distill.training.defaults(Purpose::DistilledStudent, set);
        grid.networks = vec![NetworkChoice::Preset(defaults.network.value)];
    }
    grid
}

/// Returns the configuration that the points have in common, with the first network of the grid.
fn common_config(
    training: &Training,
    grid: &Grid,
    teachers: &[Teacher],
    set: &DescribedSet,
) -> Result<RunConfig, NetworkChoiceError> {
    let mut arguments = training.distill.clone();
    if let Some(network) = grid.networks.first() {
        arguments.network.choice.replace(network.clone());
    }
    distill_config(&arguments, teachers, set)
}

/// Returns the networks of the grid with their layers for the images of the set.
fn candidates(
    training: &Training,
    grid: &Grid,
    set: &DescribedSet,
) -> Result<Vec<Candidate>, NetworkChoiceError> {
    let candidate = |choice: &NetworkChoice| {
        let mut arguments = training.distill.network.clone();
        arguments.choice.replace(choice.clone());
        // A choice that is there needs no default.
        let network = arguments.network(&Preset::Kariya2018, &set.description)?.network;
        Ok(Candidate { choice: choice.clone(), network })
    };
    grid.networks.iter().map(candidate).collect()
}

/// Returns the first of the points that are yet to be trained, or else the first of all.
fn first_left<'a>(directory: &Path, points: &'a [Point]) -> Option<&'a Point> {
    let is_left = |point: &&Point| !model_file(&directory.join(point.name())).is_file();
    points.iter().find(is_left).or_else(|| points.first())
}

/// Returns the directory in which the teachers' logits are kept. All points show the teachers the same images. For
/// images as they are, the logits are a few megabytes and are always kept; for augmented images there are as many sets
/// of logits as a run has epochs, which are kept where the user asked for it.
fn logit_cache(directory: &Path, distill: &DistillArguments, augmentation: Augmentation) -> Option<PathBuf> {
    let of_sweep = || (augmentation == Augmentation::None).then(|| directory.join(TEACHER_LOGITS));
    distill.logit_cache.clone().or_else(of_sweep)
}

fn points(count: usize) -> String {
    format!("{count} {}", if count == 1 { "point" } else { "points" })
}

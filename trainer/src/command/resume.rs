//! `trainer resume`: the directory of a stopped run in, the finished run out, to the bits of a run that was never
//! stopped.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use models::storage::printable::PrintablePath;

use crate::arguments::run_options_arguments::{RunOptionsArguments, run_options};
use crate::command::hard_labels;
use crate::command::train::{report_ending, say_what_was_found};
use crate::data::data_directory::DataDirectory;
use crate::run::config::RunConfig;
use crate::run::directory::{RunDirectory, load_weights};
use crate::run::epoch_line::print_epoch;
use crate::run::teachers::reload_teachers;
use crate::run::{run_data, training};

/// The arguments of `trainer resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// Directory of the run
    pub run: PathBuf,
    /// Keep teachers' logits in this directory
    #[arg(long, value_name = "DIR")]
    pub logit_cache: Option<PathBuf>,
    /// The run options
    #[command(flatten)]
    pub options: RunOptionsArguments,
}

pub(super) fn resume(arguments: &ResumeArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let path = &arguments.run;
    let (run, config) = RunDirectory::open(path)?;
    if run.has_finished() {
        // Weights of another network are told here too.
        load_weights(path)?;
        writeln!(out, "{}: the run has finished already", path.printable())?;
        return Ok(());
    }
    let options = run_options(&arguments.options, config.engine, arguments.logit_cache.as_deref())?;
    let with_origin = |error: anyhow::Error| say_where_paths_begin(error, path, &config);
    let teachers = reload_teachers(&config, &options.device).map_err(|error| with_origin(error.into()))?;
    let data = run_data::reload(&config).map_err(|error| with_origin(error.into()))?;
    say_what_was_found(&data, &run);
    let print = print_epoch(config.epochs);
    report_ending(&run, &config, training::train(&run, &config, &data, &teachers, &options, print)?, out)?;
    hard_labels::compare(&run, &config, data.validation.len(), out)
}

/// Adds to `error` where the paths of the run's configuration begin, where it is about one of them that leads nowhere.
fn say_where_paths_begin(error: anyhow::Error, run: &Path, config: &RunConfig) -> anyhow::Error {
    let message = error.to_string();
    let is_missing =
        |path: &Path| path.is_relative() && !path.exists() && message.starts_with(&path.printable());
    match paths(config).into_iter().find(|(_, path)| is_missing(path)) {
        None => error,
        Some((key, path)) => anyhow!(
            "{error}; the path {} comes from `{key}` in {} and is relative to the folder in which the training began: go \
             on from there",
            path.printable(),
            run.join("config.toml").printable(),
        ),
    }
}

/// Returns the paths that a run reads, with their keys in its configuration; sets by name have none.
fn paths(config: &RunConfig) -> Vec<(&'static str, PathBuf)> {
    let teachers = config.distillation.iter().flat_map(|distillation| &distillation.teachers);
    let transfer = config.transfer.iter().filter_map(|transfer| transfer.directory.as_ref());
    let sets = std::iter::once(("data", &config.data));
    sets.chain(transfer.map(|directory| ("transfer.directory", directory)))
        .filter(|(_, set)| DataDirectory::find(set).name().is_none())
        .map(|(key, set)| (key, PathBuf::from(set)))
        .chain(teachers.map(|teacher| ("distillation.teachers", teacher.path.clone())))
        .collect()
}

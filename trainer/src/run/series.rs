//! A series of runs, such as a sweep or a published experiment: configurations in, finished runs out.
//!
//! The same command, given again, finds its runs and goes on with them: they are made where they are not there, skipped
//! where they have finished, and trained to their end where no other process trains them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use models::storage::printable::PrintablePath;

use crate::data::training_data::TrainingData;
use crate::process::console::say;
use crate::run::config::RunConfig;
use crate::run::difference::difference;
use crate::run::directory::{RunDirectory, is_run};
use crate::run::epoch_line::print_epoch;
use crate::run::finding::finding_line;
use crate::run::options::RunOptions;
use crate::run::outcome::Ending;
use crate::run::run_error::RunError;
use crate::run::training;
use crate::run::training_error::TrainingError;
use crate::teacher::teacher::Teacher;

/// The prefix of directories that are not complete yet and await their name; no search for runs sees them.
const NEW: &str = ".new-";

/// The directory of the teachers' logits, beside the runs of a series; no search for runs sees it.
pub(crate) const TEACHER_LOGITS: &str = ".teacher-logits";

/// A series of runs that stopped on request; a run that had begun has a checkpoint.
#[derive(Debug, thiserror::Error)]
#[error("{}: stopped at {unit} {position} of {of}; the same command goes on", directory.printable())]
pub struct SeriesStopped {
    pub(crate) directory: PathBuf,
    /// The word for a run in this series, such as `point`.
    pub(crate) unit: &'static str,
    /// The run at which the series stopped, counted from 1.
    pub(crate) position: usize,
    pub(crate) of: usize,
}

/// A run of a series that cannot be made or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// The directory of the run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The training of the run ended early.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The place of the run holds other files.
    #[error("{}: expected a run or nothing, found other files", path.printable())]
    NotARun {
        /// The directory that the run would have.
        path: PathBuf,
    },
    /// The run is there already, with other settings than those that are asked for.
    #[error("{}: {difference}; other settings need another --out", path.printable())]
    OtherSettings {
        /// The file of the configuration that was found.
        path: PathBuf,
        /// The first field that differs, with both values.
        difference: String,
    },
}

/// How the training of one run of a series ended.
pub(crate) enum SeriesEnding {
    /// The run was trained to its end just now.
    Trained,
    /// The run had finished before, and nothing was left to do.
    FinishedBefore,
    /// Another process trains the run.
    InUse,
    /// The loss or a weight of the run became infinite or NaN.
    Diverged(TrainingError),
    /// The run stopped on request, with a checkpoint.
    Stopped,
}

/// Checks that what is at `path` already, if anything, is a run of the same settings.
pub(crate) fn check(path: &Path, asked: &RunConfig) -> Result<(), SeriesError> {
    if is_run(path) { expect_same(path, asked, &RunDirectory::open(path)?.1) } else { Ok(()) }
}

/// Trains the run that is asked for, or what is left of it, in `path`, whose parent directory exists.
pub(crate) fn train(
    path: &Path,
    asked: &RunConfig,
    data: &TrainingData,
    teachers: &[Teacher],
    options: &RunOptions,
) -> Result<SeriesEnding, SeriesError> {
    if !is_run(path) {
        create(path, asked)?;
    }
    let (run, config) = RunDirectory::open(path)?;
    expect_same(path, asked, &config)?;
    if run.has_finished() {
        return Ok(SeriesEnding::FinishedBefore);
    }
    let print = print_epoch(config.epochs);
    match training::train(&run, &config, data, teachers, options, print) {
        Ok(Ending::Finished(outcome)) => {
            if let Some(finding) = &outcome.finding {
                say(format_args!("{}", finding_line(path, finding, &config)));
            }
            Ok(SeriesEnding::Trained)
        }
        Ok(Ending::Stopped { .. }) => Ok(SeriesEnding::Stopped),
        Err(TrainingError::Run(RunError::InUse { .. })) => Ok(SeriesEnding::InUse),
        Err(error @ TrainingError::Diverged { .. }) => Ok(SeriesEnding::Diverged(error)),
        Err(error) => Err(error.into()),
    }
}

/// Makes a run beside its place and renames it, so that of several processes that make it at once one succeeds, and
/// nobody meets half of it.
fn create(path: &Path, config: &RunConfig) -> Result<(), SeriesError> {
    let io = |source| RunError::Io { path: path.to_owned(), doing: "cannot be created", source };
    let parent = path.parent().unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new().prefix(NEW).tempdir_in(parent).map_err(io)?;
    let new: PathBuf = folder.path().join("run");
    RunDirectory::create(&new, config)?;
    match std::fs::rename(&new, path) {
        Ok(()) => Ok(()),
        Err(_) if is_run(path) => Ok(()),
        // Systems differ in what they call it.
        Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
            Err(SeriesError::NotARun { path: path.to_owned() })
        }
        Err(error) => Err(io(error).into()),
    }
}

/// Checks that the run at `path` has the settings that are asked for.
fn expect_same(path: &Path, asked: &RunConfig, found: &RunConfig) -> Result<(), SeriesError> {
    match difference(asked, found) {
        None => Ok(()),
        Some(difference) => Err(SeriesError::OtherSettings { path: path.join("config.toml"), difference }),
    }
}

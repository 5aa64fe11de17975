//! Runs that the same command, given again, finds and goes on with: made where they are not there, skipped where they
//! have finished, trained to their end where nobody else does. A sweep and a published experiment are series of them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::data::training_data::TrainingData;
use crate::run::config::RunConfig;
use crate::run::difference::difference;
use crate::run::directory::{RunDirectory, is_run};
use crate::run::epoch_line::print_epoch;
use crate::run::options::RunOptions;
use crate::run::outcome::Ending;
use crate::run::run_error::RunError;
use crate::run::training;
use crate::run::training_error::TrainingError;
use crate::teacher::teacher::Teacher;

/// Directories on the way to their name; no look for runs sees them.
const NEW: &str = ".new-";

/// The answers of the teachers, beside the runs of a series; no look for runs sees them.
pub(crate) const TEACHER_LOGITS: &str = ".teacher-logits";

/// A series of runs that was asked to stop; a run that had begun has a checkpoint.
#[derive(Debug, thiserror::Error)]
#[error("{}: stopped at {unit} {position} of {of}; the same command goes on", directory.display())]
pub struct SeriesStopped {
    pub(crate) directory: PathBuf,
    /// What a run is called in this series.
    pub(crate) unit: &'static str,
    /// Counted from 1.
    pub(crate) position: usize,
    pub(crate) of: usize,
}

/// A run of a series that cannot be made or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// Its directory cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its training ended early.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// Something else is in its place.
    #[error("{}: expected a run or nothing, found other files", path.display())]
    NotARun {
        /// The directory in question.
        path: PathBuf,
    },
    /// It is there with other settings than those that are asked for.
    #[error("{}: {difference}; other settings need another --out", path.display())]
    OtherSettings {
        /// The configuration in question.
        path: PathBuf,
        /// The first field that differs, with both values.
        difference: String,
    },
}

/// How it went with a run.
pub(crate) enum SeriesEnding {
    /// To its end, just now.
    Trained,
    /// There was nothing to do.
    FinishedBefore,
    /// Another process trains it.
    InUse,
    /// Its loss is no number any more.
    Diverged(TrainingError),
    /// Asked to stop, with a checkpoint.
    Stopped,
}

/// Whether what is at `path` already, if anything, is a run of the same settings.
pub(crate) fn check(path: &Path, asked: &RunConfig) -> Result<(), SeriesError> {
    if is_run(path) { expect_same(path, asked, &RunDirectory::open(path)?.1) } else { Ok(()) }
}

/// Trains what is asked, or what is left of it, in `path`, whose parent is there.
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
        Ok(Ending::Finished(_)) => Ok(SeriesEnding::Trained),
        Ok(Ending::Stopped { .. }) => Ok(SeriesEnding::Stopped),
        Err(TrainingError::Run(RunError::InUse { .. })) => Ok(SeriesEnding::InUse),
        Err(error @ TrainingError::Diverged { .. }) => Ok(SeriesEnding::Diverged(error)),
        Err(error) => Err(error.into()),
    }
}

/// Makes a run beside its place and renames it, so that of several processes that make it at once one does, and nobody
/// meets half of it.
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

/// A run of other settings under the same name is not the one that is asked for.
fn expect_same(path: &Path, asked: &RunConfig, found: &RunConfig) -> Result<(), SeriesError> {
    match difference(asked, found) {
        None => Ok(()),
        Some(difference) => Err(SeriesError::OtherSettings { path: path.join("config.toml"), difference }),
    }
}

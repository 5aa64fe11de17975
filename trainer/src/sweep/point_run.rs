//! One point of a sweep and its run: its directory made or found, then trained to its end where nobody else does.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::command_line::DistillArguments;
use crate::commands::{config, distill_config, print_epoch, student};
use crate::data_set::TrainingData;
use crate::report::sources::is_run;
use crate::run_directory::{RunConfig, RunDirectory, RunError};
use crate::sweep::difference::difference;
use crate::sweep::grid::{Point, Targets};
use crate::teacher::Teacher;
use crate::training::{self, Ending, Surroundings, TrainingError};

/// Directories on the way to their name; no look for runs sees them.
const NEW: &str = ".new-";

/// What all points of a process share.
pub(super) struct PointRuns<'a> {
    /// Of the sweep.
    pub(super) directory: &'a Path,
    /// What a point does not say itself.
    pub(super) distill: &'a DistillArguments,
    pub(super) data: &'a TrainingData,
    /// What they are fitted to, with its hashes.
    pub(super) common: RunConfig,
    pub(super) teachers: &'a [Teacher],
    pub(super) surroundings: Surroundings,
}

/// How it went with a point.
pub(super) enum PointEnding {
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

impl PointRuns<'_> {
    /// Whether the point can be trained: arguments and teachers fit, and what is there already is a run of the same.
    pub(super) fn check(&self, point: &Point) -> anyhow::Result<()> {
        let config = self.config(point);
        config.validate().map_err(anyhow::Error::msg)?;
        training::check_teachers(&config, self.teachers_of(point))?;
        let path = self.directory.join(point.name());
        if is_run(&path) { expect_same(&path, &config, &RunDirectory::open(&path)?.1) } else { Ok(()) }
    }

    pub(super) fn train(&self, point: &Point) -> anyhow::Result<PointEnding> {
        let asked = self.config(point);
        let path = self.directory.join(point.name());
        if !is_run(&path) {
            self.create(&path, &asked)?;
        }
        let (run, config) = RunDirectory::open(&path)?;
        expect_same(&path, &asked, &config)?;
        if run.has_finished() {
            return Ok(PointEnding::FinishedBefore);
        }
        let print = print_epoch(config.epochs);
        let teachers = self.teachers_of(point);
        match training::train(&run, &config, self.data, teachers, &self.surroundings, print) {
            Ok(Ending::Finished(_)) => Ok(PointEnding::Trained),
            Ok(Ending::Stopped { .. }) => Ok(PointEnding::Stopped),
            Err(TrainingError::Run(RunError::InUse { .. })) => Ok(PointEnding::InUse),
            Err(error @ TrainingError::Diverged { .. }) => Ok(PointEnding::Diverged(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// As `distill`, or for a baseline `student`, would have it.
    fn config(&self, point: &Point) -> RunConfig {
        let mut arguments = self.distill.clone();
        arguments.training.seed = point.seed;
        arguments.shape.hidden = point.widths.0.clone();
        let config = match point.targets {
            Targets::Hard => config("student", &arguments.training, student(&arguments.shape)),
            Targets::Soft { temperature, soft_weight } => {
                (arguments.temperature, arguments.soft_weight) = (temperature, Some(soft_weight));
                distill_config(&arguments, self.teachers)
            }
        };
        let RunConfig { data_sha256, transfer, .. } = self.common.clone();
        RunConfig { data_sha256, transfer, ..config }
    }

    fn teachers_of(&self, point: &Point) -> &[Teacher] {
        if point.targets == Targets::Hard { &[] } else { self.teachers }
    }

    /// Makes a run beside its place and renames it, so that of several processes that make it at once one does, and
    /// nobody meets half of it.
    fn create(&self, path: &Path, config: &RunConfig) -> anyhow::Result<()> {
        let io = |source| RunError::Io { path: path.to_owned(), doing: "cannot be created", source };
        let folder = tempfile::Builder::new().prefix(NEW).tempdir_in(self.directory).map_err(io)?;
        let new: PathBuf = folder.path().join("run");
        RunDirectory::create(&new, config)?;
        match std::fs::rename(&new, path) {
            Ok(()) => Ok(()),
            Err(_) if is_run(path) => Ok(()),
            // Systems differ in what they call it.
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
                bail!("{}: expected a run or nothing, found other files", path.display())
            }
            Err(error) => Err(io(error).into()),
        }
    }
}

/// A run of other settings under the point's name is no point of this sweep.
fn expect_same(path: &Path, asked: &RunConfig, found: &RunConfig) -> anyhow::Result<()> {
    match difference(asked, found) {
        None => Ok(()),
        Some(difference) => bail!(
            "{}: {difference}; a sweep with other settings needs another --out",
            path.join("config.toml").display()
        ),
    }
}

//! A run's directory: a configuration in, the files `config.toml`, `lock`, `metrics.jsonl`, `checkpoint/` and, once the run
//! has finished, `model.safetensors` out. It is the one place that knows where a run keeps what.
//!
//! Every file but `metrics.jsonl`, which grows by a line an epoch, is written beside its place and renamed: a crash
//! leaves the old file or the new one.

use std::io;
use std::path::{Path, PathBuf};

use models::picture::is_litter;
use models::storage::printable::PrintablePath;
use models::storage::{atomic_file, sha256};
use models::weights::Weights;

use crate::data::skipped_picture::SkippedPicture;
use crate::data::toml_problem;
use crate::run::config::RunConfig;
use crate::run::metrics::{EpochMetrics, metrics_line};
use crate::run::other_network;
use crate::run::run_error::RunError;
use crate::run::skipped_pictures::lines;

const CONFIG: &str = "config.toml";
const METRICS: &str = "metrics.jsonl";
const MODEL: &str = "model.safetensors";
const CHECKPOINT: &str = "checkpoint";
/// Names the pictures that could not be read, where there are some.
pub(crate) const SKIPPED: &str = "skipped.jsonl";
/// Empty; the process that trains in the directory holds a lock on it. No other file will do: where locks are mandatory,
/// as on Windows and SMB, not even the process that holds one could read the file through another handle.
const LOCK: &str = "lock";

/// A run on disk.
#[derive(Debug, Clone)]
pub struct RunDirectory {
    path: PathBuf,
}

/// The lock on a run's directory: while it lives, no other process trains there.
#[derive(Debug)]
pub struct RunLock {
    _file: std::fs::File,
}

impl RunDirectory {
    /// Starts a run in a directory that is new or empty but for a lock and for what systems leave in folders.
    ///
    /// # Errors
    /// [`RunError`] where something is in the directory already or it cannot be written.
    pub fn create(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        let io = |doing| move |source| RunError::Io { path: path.to_owned(), doing, source };
        std::fs::create_dir_all(path).map_err(io("cannot be created"))?;
        Self::expect_free(path)?;
        let run = Self { path: path.to_owned() };
        let text = toml::to_string(config)
            .map_err(|error| RunError::Config { path: run.file(CONFIG), problem: error.to_string() })?;
        // Of two processes that start a run at once, one makes this folder: the other one is told.
        std::fs::create_dir(run.file(CHECKPOINT)).map_err(io("cannot create checkpoint/ in it"))?;
        atomic_file::write(&run.file(CONFIG), text.as_bytes())?;
        Ok(run)
    }

    /// Checks that a run can start in a directory, which may not be there yet.
    ///
    /// # Errors
    /// [`RunError`] where something is in the directory already or it cannot be read.
    pub(crate) fn expect_free(path: &Path) -> Result<(), RunError> {
        let io = |doing| move |source| RunError::Io { path: path.to_owned(), doing, source };
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        let entries = std::fs::read_dir(path).map_err(io("cannot be read"))?;
        let is_nothing = |entry: &io::Result<std::fs::DirEntry>| {
            entry.as_ref().is_ok_and(|entry| entry.file_name() == LOCK || is_litter(&entry.file_name()))
        };
        if let Some(entry) = entries.into_iter().find(|entry| !is_nothing(entry)) {
            let found = match path.join(CONFIG).exists() {
                true => format!("a run; `trainer resume {}` goes on with it", path.printable()),
                false => Path::new(&entry.map_err(io("cannot be read"))?.file_name()).printable(),
            };
            return Err(RunError::NotEmpty { path: path.to_owned(), found });
        }
        Ok(())
    }

    /// Writes the file that names the pictures that could not be read, where there are some.
    ///
    /// # Errors
    /// [`RunError`] where the file cannot be written.
    pub(crate) fn name_skipped(&self, skipped: &[SkippedPicture]) -> Result<(), RunError> {
        let path = self.skipped_file();
        if skipped.is_empty() {
            // What could not be read before the run was stopped can be read now.
            return match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    Err(RunError::Io { path, doing: "cannot be removed", source })
                }
                _ => Ok(()),
            };
        }
        let lines = lines(skipped)
            .map_err(|error| RunError::Config { path: path.clone(), problem: error.to_string() })?;
        Ok(atomic_file::write(&path, lines.as_bytes())?)
    }

    /// Returns the path of the file that names the pictures that could not be read.
    pub(crate) fn skipped_file(&self) -> PathBuf {
        self.file(SKIPPED)
    }

    /// Opens a run that has been started, and reads its configuration.
    ///
    /// # Errors
    /// [`RunError`] where `path` holds no run, or the run's configuration is broken.
    pub fn open(path: &Path) -> Result<(Self, RunConfig), RunError> {
        let run = Self { path: path.to_owned() };
        let file = run.file(CONFIG);
        let text = std::fs::read_to_string(&file).map_err(|source| RunError::Io {
            path: file.clone(),
            doing: "cannot be read",
            source,
        })?;
        let problem = |problem: String| RunError::Config { path: file.clone(), problem };
        let config: RunConfig =
            toml::from_str(&text).map_err(|error| problem(toml_problem::problem(&text, &error)))?;
        config.validate().map_err(problem)?;
        Ok((run, config))
    }

    /// Locks the run's directory, so that no other process trains there. The system frees the lock when this process
    /// ends, however that happens. On a file system without locks nothing keeps other processes out.
    ///
    /// # Errors
    /// [`RunError::InUse`] where another process trains there; [`RunError::Io`] where the directory cannot be locked.
    pub fn lock(&self) -> Result<RunLock, RunError> {
        let path = self.file(LOCK);
        let io = |source| RunError::Io { path: path.clone(), doing: "cannot be locked", source };
        // For writing: an exclusive lock needs that on network file systems.
        let file =
            std::fs::File::options().create(true).write(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(RunLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(RunError::InUse { path: self.path.clone() }),
            // A file system without locks: nothing can be said.
            Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(RunLock { _file: file })
            }
            Err(std::fs::TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Returns the SHA-256 of the configuration as it stands on disk.
    pub(crate) fn config_sha256(&self) -> Result<String, RunError> {
        let path = self.file(CONFIG);
        let text = std::fs::read(&path);
        let text = text.map_err(|source| RunError::Io { path, doing: "cannot be read", source })?;
        Ok(sha256::hex([text.as_slice()]))
    }

    /// Returns the path of the run's directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the run has finished: its weights are there then.
    #[must_use]
    pub fn has_finished(&self) -> bool {
        self.file(MODEL).is_file()
    }

    /// Returns the file of the weights, which is there once the run has finished.
    #[must_use]
    pub fn model_file(&self) -> PathBuf {
        self.file(MODEL)
    }

    /// Writes the weights, after which the run has finished.
    pub(crate) fn save_model(&self, bytes: &[u8]) -> Result<(), RunError> {
        Ok(atomic_file::write(&self.file(MODEL), bytes)?)
    }

    /// Cuts the metrics down to the lines of the first `epochs` epochs, so that others can be added.
    pub(crate) fn keep_metrics(&self, epochs: usize) -> Result<(), RunError> {
        let kept: String = self.metrics(epochs).iter().map(metrics_line).collect();
        Ok(atomic_file::write(&self.file(METRICS), kept.as_bytes())?)
    }

    /// Adds the line of an epoch to the metrics. A line that a crash tears is left out when the run goes on.
    pub(crate) fn add_metrics(&self, epoch: &EpochMetrics) -> Result<(), RunError> {
        let path = self.file(METRICS);
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        let written = file
            .as_mut()
            .map_err(|error| io::Error::from(error.kind()))
            .and_then(|file| io::Write::write_all(file, metrics_line(epoch).as_bytes()));
        written.map_err(|source| RunError::Io { path, doing: "cannot be written", source })
    }

    /// Reads the metrics of the first `epochs` epochs; fewer where lines are missing or broken.
    pub(crate) fn metrics(&self, epochs: usize) -> Vec<EpochMetrics> {
        let lines = std::fs::read_to_string(self.file(METRICS)).unwrap_or_default();
        lines.lines().map_while(|line| serde_json::from_str(line).ok()).take(epochs).collect()
    }

    /// Returns the file of the checkpoint, which holds all that is needed to go on.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.file(CHECKPOINT).join("state.safetensors")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Returns whether a run has begun in the directory `path`.
#[must_use]
pub fn is_run(path: &Path) -> bool {
    path.join(CONFIG).is_file()
}

/// Returns the file of the weights: `model.safetensors` in the directory of a run, or `path` itself where it is no
/// directory.
#[must_use]
pub fn model_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(MODEL) } else { path.to_owned() }
}

/// Reads the weights of a finished run's directory, or of a safetensors file.
///
/// # Errors
/// [`RunError`] where the run has not finished, or the file cannot be used or holds weights of another network.
pub fn load_weights(path: &Path) -> Result<Weights, RunError> {
    if !path.is_dir() {
        let is_onnx = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"));
        return match is_onnx && path.is_file() {
            true => Err(RunError::Onnx { path: path.to_owned() }),
            false => Ok(Weights::load(path)?),
        };
    }
    let (run, config) = RunDirectory::open(path)?;
    if !run.has_finished() {
        return Err(RunError::Unfinished { path: path.to_owned() });
    }
    let weights = Weights::load(&run.file(MODEL))?;
    match other_network::difference(&config.network, &weights.network) {
        Some(problem) => Err(RunError::OtherNetwork { path: run.file(MODEL), problem }),
        None => Ok(weights),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use engine::optimizer::{OptimizerConfig, OptimizerKind};
    use models::Network;
    use models::probability::Temperature;

    use super::*;
    use crate::augmentation::augmentation::Augmentation;
    use crate::data::description::DatasetDescription;
    use crate::data::transfer_set::TransferConfig;
    use crate::distillation::bias_correction::BiasPrior;
    use crate::distillation::loss_kind::DistillationLoss;
    use crate::network::engine_name::EngineName;
    use crate::run::config::DistillationConfig;
    use crate::run::learning_rate::Schedule;
    use crate::teacher::teacher::TeacherFile;

    pub(crate) fn config() -> RunConfig {
        RunConfig {
            version: "0.0.0".to_owned(),
            command: "distill".to_owned(),
            network_from: Some("kariya-2018".to_owned()),
            data: "mnist".to_owned(),
            data_sha256: "00".to_owned(),
            seed: 7,
            epochs: 2,
            batch_size: 3,
            learning_rate: 0.01,
            schedule: Schedule::OneCycle,
            warm_up: 0.1,
            augmentation: Augmentation::Affine,
            augmentation_seed: Some(9),
            augmentation_strength: Some(0.7),
            augmentation_pool: Some(3),
            weight_average: Some(0.9),
            correct_bias: Some(BiasPrior::Teacher),
            optimizer: OptimizerConfig {
                algorithm: OptimizerKind::Sgd { momentum: 0.9 },
                weight_decay: 0.1,
                clip_norm: Some(2.0),
            },
            engine: Some(EngineName::Candle),
            augmented_input: None,
            data_set: Some(DatasetDescription::mnist()),
            transfer: Some(TransferConfig {
                without: vec!["3".to_owned()],
                images: 5,
                labelled: true,
                ..TransferConfig::default()
            }),
            distillation: Some(DistillationConfig {
                loss: DistillationLoss::Dkd { alpha: 1.0, beta: 8.0 },
                temperature: Temperature::try_from(4.0).unwrap(),
                soft_weight: 0.9,
                teachers: vec![TeacherFile { path: "runs/teacher".into(), sha256: "00".to_owned() }],
            }),
            network: Network::teacher(),
        }
    }

    #[test]
    fn a_configuration_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        RunDirectory::create(&path, &config()).unwrap();
        assert_eq!(RunDirectory::open(&path).unwrap().1, config());
    }

    #[test]
    fn a_directory_in_use_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        RunDirectory::create(&path, &config()).unwrap();
        let error = RunDirectory::create(&path, &RunConfig { seed: 8, ..config() }).unwrap_err().to_string();
        assert!(error.contains("found a run; `trainer resume"), "{error}");
        assert_eq!(RunDirectory::open(&path).unwrap().1.seed, 7);
        let error = RunDirectory::create(folder.path(), &config()).unwrap_err().to_string();
        assert!(error.ends_with("expected a directory that is new or empty, found run"), "{error}");
    }

    #[test]
    fn what_systems_leave_in_a_folder_does_not_keep_a_run_from_beginning_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".DS_Store"), "").unwrap();
        std::fs::create_dir(folder.path().join("__MACOSX")).unwrap();
        assert!(RunDirectory::create(folder.path(), &config()).is_ok());
    }

    #[test]
    fn a_configuration_that_was_written_by_hand_is_told_by_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        RunDirectory::create(&path, &config()).unwrap();
        let text = std::fs::read_to_string(path.join(CONFIG)).unwrap();
        let refusal = |from: &str, to: &str| {
            assert!(text.contains(from), "{text}");
            std::fs::write(path.join(CONFIG), text.replacen(from, to, 1)).unwrap();
            RunDirectory::open(&path).unwrap_err().to_string()
        };
        for (from, to, expected) in [
            ("epochs = 2", "epochs = 2.5", "epochs: expected a whole number from 0 on, found 2.5"),
            ("epochs = 2", "epoch = 2", "unknown key epoch: expected version, "),
            (
                "\"one_cycle\"",
                "\"one-cycle\"",
                "schedule: expected constant, cosine or one_cycle, found 'one-cycle'",
            ),
        ] {
            let message = refusal(from, to);
            assert!(message.contains("config.toml: line ") && message.contains(expected), "{message}");
            assert_eq!(message.lines().count(), 1);
        }
    }

    #[test]
    fn a_configuration_out_of_range_names_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let refuse = |name: &str, config: RunConfig| {
            let path = folder.path().join(name);
            RunDirectory::create(&path, &config).unwrap();
            RunDirectory::open(&path).unwrap_err().to_string()
        };
        assert!(refuse("a", RunConfig { epochs: 0, ..config() }).contains("epochs: expected 1 to"));
        assert!(refuse("b", RunConfig { learning_rate: f64::NAN, ..config() }).contains("found NaN"));
        let mut heavy = config();
        heavy.distillation.as_mut().unwrap().soft_weight = 1.5;
        assert!(refuse("c", heavy).contains("soft_weight: expected 0 to 1, found 1.5"));
    }

    #[test]
    fn a_run_in_use_is_refused_until_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(&folder.path().join("run"), &config()).unwrap();
        let lock = run.lock().unwrap();
        let error = run.lock().unwrap_err().to_string();
        assert!(error.ends_with("run: another process is training in it"), "{error}");
        drop(lock);
        assert!(run.lock().is_ok());
    }

    /// Where locks are mandatory, a locked file cannot be read: it must be none of those that a training reads.
    #[test]
    fn the_lock_is_a_file_of_its_own_that_takes_no_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let run = RunDirectory::create(&path, &config()).unwrap();
        let lock = run.lock().unwrap();
        let locked = |name: &str| std::fs::File::open(run.file(name)).unwrap().try_lock().is_err();
        assert!(locked(LOCK) && !locked(CONFIG));
        drop(lock);
        // A directory in which nothing but a lock is left can hold a new run.
        std::fs::remove_dir_all(run.file(CHECKPOINT)).unwrap();
        std::fs::remove_file(run.file(CONFIG)).unwrap();
        assert!(RunDirectory::create(&path, &config()).is_ok());
        // A run of an earlier version has no lock yet.
        std::fs::remove_file(run.file(LOCK)).unwrap();
        assert!(run.lock().is_ok());
    }

    #[test]
    fn a_torn_line_of_the_metrics_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(&folder.path().join("run"), &config()).unwrap();
        let line = |epoch| EpochMetrics {
            epoch,
            training_loss: 0.1,
            training_accuracy: 0.2,
            validation_loss: 0.3,
            validation_accuracy: 0.4,
            learning_rate: 0.5,
            seconds: 0.6,
            images_per_second: 0.7,
        };
        (1..=3).for_each(|epoch| run.add_metrics(&line(epoch)).unwrap());
        let path = run.file(METRICS);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        assert_eq!(run.metrics(9), [line(1), line(2)]);
        run.keep_metrics(1).unwrap();
        run.add_metrics(&line(2)).unwrap();
        assert_eq!(run.metrics(9), [line(1), line(2)]);
    }

    #[test]
    fn a_run_that_has_not_finished_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        RunDirectory::create(&path, &config()).unwrap();
        assert!(load_weights(&path).unwrap_err().to_string().contains("the run has not finished"));
        assert!(load_weights(folder.path()).unwrap_err().to_string().contains("config.toml: cannot be read"));
    }
}

//! The sources of a report: paths in, runs and weights files with their configurations and curves out.
//!
//! A path is a run's directory, a directory of runs (a sweep: one directory per point, one or two levels down) or a
//! safetensors file. Values stay on disk: a sweep has more of them than a memory should hold.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use models::picture::is_litter;
use models::storage::printable::PrintablePath;
use models::weights::Weights;
use models::{Network, Polarity, Provenance};
use serde::Serialize;

use crate::run::config::RunConfig;
use crate::run::directory::{RunDirectory, is_run, load_weights};
use crate::run::metrics::EpochMetrics;
use crate::run::run_error::RunError;

/// The number of levels below a given directory that are searched for runs.
const LEVELS: usize = 2;

/// The role of a network in a distillation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// A network that students learn from.
    Teacher,
    /// A student that was trained on hard labels alone.
    Baseline,
    /// A student that was trained on a teacher's soft targets.
    Distilled,
}

/// A source of a report: a run or a weights file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The path, as given or as found below what was given.
    pub(crate) path: PathBuf,
    /// The role of the network, by its training command.
    pub(crate) role: Role,
    /// The network that is trained.
    pub(crate) network: Network,
    /// The configuration of a run; none for a weights file.
    pub(crate) config: Option<RunConfig>,
    /// The metrics of a run's epochs; empty for a weights file.
    pub(crate) epochs: Vec<EpochMetrics>,
    /// What the weights say of themselves; none where a run has not finished.
    pub(crate) finished: Option<Finished>,
}

/// What weights say of themselves.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    /// The record of how the weights were made.
    pub(crate) provenance: Provenance,
    /// The class names, in the order of the logits.
    pub(crate) labels: Vec<String>,
    /// Whether the network was trained on ink or on natural pictures.
    pub(crate) polarity: Polarity,
    /// The size of the weights file, in bytes.
    pub(crate) bytes: u64,
    /// The SHA-256 of the weights' values, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// Paths that give no networks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// A run or its weights cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A directory cannot be looked through, or a file measured.
    #[error("{}: cannot be read: {source}", path.printable())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A given directory holds no runs.
    #[error("{}: expected a run or a directory of runs, found no config.toml in it or {LEVELS} levels down", path.printable())]
    NoRuns {
        /// The directory that was given.
        path: PathBuf,
    },
}

/// Finds all networks that `paths` name, in that order, each once; runs below a directory come in the order of their
/// names.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<Source>, SourceError> {
    let mut seen = HashSet::new();
    let mut sources = Vec::new();
    for path in paths {
        for place in expand(path)? {
            let whole = std::fs::canonicalize(&place).unwrap_or_else(|_| place.clone());
            if seen.insert(whole) {
                sources.push(Source::read(&place)?);
            }
        }
    }
    Ok(sources)
}

/// Reads the teachers that distilled runs name, where they are still in their place and still the same. Missing
/// teachers are left out without a message, since nobody asked for them.
pub(crate) fn named_teachers(sources: &[Source]) -> Vec<Source> {
    let configs = sources.iter().filter_map(|source| source.config.as_ref()?.distillation.as_ref());
    let mut seen = HashSet::new();
    let files = configs.flat_map(|config| &config.teachers).filter(|file| seen.insert(file.sha256.clone()));
    let read = |path: &Path| Source::read(path).ok();
    files
        .filter_map(|file| {
            let found = read(&file.path)?;
            let same = found.finished.as_ref().is_some_and(|finished| finished.sha256 == file.sha256);
            same.then_some(Source { role: Role::Teacher, ..found })
        })
        .collect()
}

/// Returns a run's directory or a file as it is, and a directory without a configuration as the runs below it.
fn expand(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    if !path.is_dir() || is_run(path) {
        return Ok(vec![path.to_owned()]);
    }
    let mut runs = Vec::new();
    collect_runs(path, LEVELS, &mut runs)?;
    match runs.is_empty() {
        true => Err(SourceError::NoRuns { path: path.to_owned() }),
        false => Ok(runs),
    }
}

fn collect_runs(directory: &Path, levels: usize, runs: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let io = |source| SourceError::Io { path: directory.to_owned(), source };
    let mut children = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        // A sweep gives a run its name only when it is whole; until then the name is hidden.
        if path.is_dir() && !is_litter(&entry.file_name()) {
            children.push(path);
        }
    }
    children.sort();
    for child in children {
        if is_run(&child) {
            runs.push(child);
        } else if levels > 1 {
            collect_runs(&child, levels - 1, runs)?;
        }
    }
    Ok(())
}

impl Source {
    fn read(path: &Path) -> Result<Self, SourceError> {
        if !path.is_dir() {
            let weights = load_weights(path)?;
            let finished = Finished::of(&weights, path)?;
            let role = role_of_file(&finished.provenance);
            let network = weights.network;
            return Ok(Self {
                path: path.to_owned(),
                role,
                network,
                config: None,
                epochs: vec![],
                finished: Some(finished),
            });
        }
        let (run, config) = RunDirectory::open(path)?;
        let epochs = run.metrics(config.epochs);
        let weights = if run.has_finished() { Some(load_weights(path)?) } else { None };
        let finished =
            weights.as_ref().map(|weights| Finished::of(weights, &run.model_file())).transpose()?;
        let network = weights.map_or_else(|| config.network.clone(), |weights| weights.network);
        let role = match (&config.distillation, config.command.as_str()) {
            (Some(_), _) => Role::Distilled,
            (None, "teacher") => Role::Teacher,
            (None, _) => Role::Baseline,
        };
        Ok(Self { path: path.to_owned(), role, network, config: Some(config), epochs, finished })
    }

    /// Reads the weights, which are there where [`Source::finished`] is some.
    pub(crate) fn weights(&self) -> Result<Weights, RunError> {
        load_weights(&self.path)
    }

    /// Returns the validation accuracy that the network was chosen by: that of the weights, or the best so far.
    pub(crate) fn validation_accuracy(&self) -> Option<f64> {
        let of_weights = self.finished.as_ref().and_then(|finished| finished.provenance.validation_accuracy);
        of_weights.or_else(|| self.epochs.iter().map(|epoch| epoch.validation_accuracy).reduce(f64::max))
    }
}

impl Finished {
    fn of(weights: &Weights, file: &Path) -> Result<Self, SourceError> {
        let io = |source| SourceError::Io { path: file.to_owned(), source };
        Ok(Self {
            provenance: weights.contract.provenance.clone(),
            labels: weights.contract.labels.clone(),
            polarity: weights.contract.input.polarity,
            bytes: std::fs::metadata(file).map_err(io)?.len(),
            sha256: weights.sha256(),
        })
    }
}

fn role_of_file(provenance: &Provenance) -> Role {
    match provenance.training.as_str() {
        _ if !provenance.teachers.is_empty() => Role::Distilled,
        "distill" => Role::Distilled,
        "teacher" => Role::Teacher,
        _ => Role::Baseline,
    }
}

/// Returns a name for each path that no other path has: its last part, or as many parts as it takes.
pub(crate) fn short_names(paths: &[&Path]) -> Vec<String> {
    let ending = |path: &Path, parts: usize| {
        let all: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let most = paths.iter().map(|path| path.iter().count()).max().unwrap_or(1);
    let unique = |path: &Path, parts: usize| {
        paths.iter().filter(|other| ending(other, parts) == ending(path, parts)).count() == 1
    };
    let name = |path: &&Path| {
        let parts = (1..=most).find(|&parts| unique(path, parts)).unwrap_or(most);
        ending(path, parts)
    };
    paths.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let paths = ["runs/a/student", "runs/b/student", "zoo/teacher.safetensors"].map(Path::new);
        assert_eq!(short_names(&paths), ["a/student", "b/student", "teacher.safetensors"]);
        assert_eq!(short_names(&[Path::new("."), Path::new("./run")]), [".", "run"]);
    }

    #[test]
    fn a_directory_without_runs_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        // What a sweep was making when it was killed is no run.
        std::fs::create_dir_all(folder.path().join(".new-1/run")).unwrap();
        std::fs::write(folder.path().join(".new-1/run/config.toml"), "half").unwrap();
        // An archive of macOS holds shadows of its files.
        std::fs::create_dir_all(folder.path().join("__MACOSX/run")).unwrap();
        std::fs::write(folder.path().join("__MACOSX/run/config.toml"), "shadow").unwrap();
        let message = find(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(message.contains("expected a run or a directory of runs"), "{message}");
        assert!(message.starts_with(&folder.path().display().to_string()), "{message}");
    }
}

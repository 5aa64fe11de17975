//! Why a run, or its directory, cannot be used.

use std::io;
use std::path::PathBuf;

use models::storage::atomic_file::WriteError;
use models::weights::WeightsError;

/// A directory that is no run, or a run that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A new run needs a new directory.
    #[error("{}: expected a directory that is new or empty, found {found}", path.display())]
    NotEmpty {
        /// The directory in question.
        path: PathBuf,
        /// What is in it.
        found: String,
    },
    /// It cannot be made or read.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What failed.
        doing: &'static str,
        /// What the operating system answered.
        source: io::Error,
    },
    /// A file of it cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Another process trains in it.
    #[error("{}: another process is training in it", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Its configuration is broken.
    #[error("{}: {problem}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It has no weights yet.
    #[error("{}: the run has not finished; `trainer resume` goes on with it", path.display())]
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// Its weights are broken.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

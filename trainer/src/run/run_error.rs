//! The errors of runs on disk: why a run, or its directory, cannot be used, in one line that names the file.

use std::io;
use std::path::PathBuf;

use models::storage::atomic_file::WriteError;
use models::storage::printable::PrintablePath;
use models::weights::WeightsError;

/// A directory that is no run, or a run that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The directory for a new run is not empty.
    #[error("{}: expected a directory that is new or empty, found {found}", path.printable())]
    NotEmpty {
        /// The directory that was given for the run.
        path: PathBuf,
        /// What was found in the directory.
        found: String,
    },
    /// A directory or file of the run cannot be made, read, written or locked.
    #[error("{}: {doing}: {source}", path.printable())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What failed, as the end of a sentence: `cannot be read`.
        doing: &'static str,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file of the run cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Another process trains in the run's directory.
    #[error("{}: another process is training in it", path.printable())]
    InUse {
        /// The run's directory.
        path: PathBuf,
    },
    /// The configuration or the checkpoint of the run is broken.
    #[error("{}: {problem}", path.printable())]
    Config {
        /// The file of the configuration or of the checkpoint.
        path: PathBuf,
        /// What is wrong with the file.
        problem: String,
    },
    /// The run has not finished, so it has no weights yet.
    #[error("{}: the run has not finished; `trainer resume` goes on with it", path.printable())]
    Unfinished {
        /// The run's directory.
        path: PathBuf,
    },
    /// The weights in the run's directory are those of another network than its configuration has.
    #[error("{}: expected weights of the network that config.toml describes: {problem}", path.printable())]
    OtherNetwork {
        /// The file of the weights.
        path: PathBuf,
        /// The first parameter that differs, with both shapes.
        problem: String,
    },
    /// An ONNX file is in the place of weights.
    #[error(
        "{}: expected a run or a safetensors file, found an ONNX file, which can be evaluated and not trained with; the \
         run or the safetensors file that it was exported from holds the weights",
        path.printable()
    )]
    Onnx {
        /// The path of the file.
        path: PathBuf,
    },
    /// The weights of the run cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

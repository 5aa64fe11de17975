//! Why a file is not written.

use crate::gate::GateError;

/// A file that was not written.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ExportError {
    /// The path of the file that was asked for.
    pub file: String,
    /// Why the file was not written.
    pub problem: ExportProblem,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// There is a file already, and it may not be replaced.
    #[error("there is a file already; --overwrite replaces it")]
    Exists,
    /// The place cannot be written to.
    #[error("cannot be written: {0}")]
    Write(std::io::Error),
    /// The file was written beside its place, did not pass the gate, and was removed.
    #[error("not written: {0}")]
    Gate(Box<GateError>),
}

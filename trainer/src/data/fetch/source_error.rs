//! The reasons for which one source of a data set did not serve.
//!
//! In comes the error of a download, a program or a file, out goes one line. Fetching goes on with the next source and
//! shows these lines only where all have failed.

use std::io;

use models::storage::atomic_file::WriteError;

/// The reason for which one source of a data set did not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error("{0}")]
    Http(Box<ureq::Error>),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0} is not installed")]
    NoProgram(String),
    #[error("{program}: {said}")]
    Program { program: String, said: String },
    #[error("{file}: expected SHA-256 {expected}, found {found}")]
    Checksum { file: &'static str, expected: &'static str, found: String },
    #[error("{file}: expected another size, found {found} bytes")]
    Size { file: &'static str, found: u64 },
    #[error("{0} is not in it")]
    Missing(&'static str),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl SourceError {
    /// Returns the error of a program that did not start.
    pub(super) fn not_started(program: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NoProgram(program.to_owned()),
            _ => error.into(),
        }
    }
}

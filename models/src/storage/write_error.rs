//! The one error of writing a file: the path that was asked for and what the operating system said.

use std::io;
use std::path::PathBuf;

use crate::storage::printable::PrintablePath;

/// The reason for which a file could not be written; the file that stood there before, if any, is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}", path.printable())]
pub struct WriteError {
    /// The path of the file that was asked for.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

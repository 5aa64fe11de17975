//! A picture that can't be read, with the reason.

use std::path::PathBuf;

/// A picture, or a folder of pictures, that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedPicture {
    /// The path, below the directory as it was given.
    pub path: PathBuf,
    /// The reason, in words and without the path.
    pub reason: String,
}

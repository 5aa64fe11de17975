//! The reasons for which pictures cannot be decoded into the cache.

use std::io;
use std::path::PathBuf;

use models::storage::atomic_file::WriteError;
use models::storage::printable::PrintablePath;

/// The reason for which pictures cannot be decoded into the cache.
#[derive(Debug, thiserror::Error)]
pub enum DecodedCacheError {
    /// The folder of the cache cannot be made.
    #[error(
        "{}: cannot be made, and decoded pictures are kept there: {source}; --cache-dir or IMAGO_CACHE names another place",
        folder.printable()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file of the decoded pictures cannot be written.
    #[error(
        "{}: decoded pictures cannot be written: {source}; {bytes} bytes are needed: free some, or name another place \
         by --cache-dir or IMAGO_CACHE",
        path.printable()
    )]
    Write {
        /// The path of the file.
        path: PathBuf,
        /// The number of bytes that all pictures take.
        bytes: u64,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file of the decoded pictures cannot be given its name.
    #[error("{0}; --cache-dir or IMAGO_CACHE names another place for decoded pictures")]
    Name(#[from] WriteError),
    /// The file of the decoded pictures cannot be read back.
    #[error("{}: decoded pictures cannot be read back: {source}", path.printable())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A stop was requested. What was decoded by then is kept.
    #[error(
        "stopped after {decoded} of {pictures} pictures were decoded, which are kept: the same command goes on"
    )]
    Stopped {
        /// The number of pictures that are in the cache.
        decoded: usize,
        /// The number of all pictures.
        pictures: usize,
    },
}

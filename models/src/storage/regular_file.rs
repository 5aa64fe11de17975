//! Opens files, and nothing that may keep the reader waiting for ever.
//!
//! In comes a path from a user; out go an open file and its length in bytes, so that a reader can refuse too long a
//! file before it reads.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens the file at `path` for reading and returns it with its length in bytes, as it was just before; a device has the
/// length 0.
///
/// # Errors
/// Any error of the operating system, and [`io::ErrorKind::InvalidInput`] for a named pipe: opening a pipe would wait
/// until another process writes to it.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let metadata = fs::metadata(path)?;
    if is_pipe(&metadata) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "expected a file, found a named pipe"));
    }
    Ok((File::open(path)?, metadata.len()))
}

#[cfg(unix)]
fn is_pipe(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::open;

    #[test]
    fn a_named_pipe_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(open(&pipe).unwrap_err().to_string(), "expected a file, found a named pipe");
    }
}

//! Writes a file so that its name holds either the old content or the new one, never a part of it.
//!
//! In come a path and the bytes of a file, out goes the file or an error that names it. The content goes to a file
//! beside the final one, is synced, then renamed over it; a crash, a full disk or a pulled plug leaves the earlier file
//! as it was.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The reason for which a file could not be written; the file that stood there before, if any, is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}", path.display())]
pub struct WriteError {
    /// The path of the file that was asked for.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

/// Writes `content` to the file at `path` by way of a temporary neighbour, at once or not at all.
///
/// # Errors
/// [`WriteError`] where the neighbour cannot be created, filled, synced or renamed; it is removed again.
pub fn write(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    write_checked(path, content, |_| Ok::<(), std::convert::Infallible>(())).map_err(|error| match error {
        CheckedWriteError::Write(error) => error,
        CheckedWriteError::Check(never) => match never {},
    })
}

/// The reason for which [`write_checked`] gave no file the name that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CheckedWriteError<E: std::error::Error> {
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file was written, and its check then found it wrong.
    #[error(transparent)]
    Check(E),
}

/// Writes `content` to the file at `path` as [`write()`] does, but gives the file its name only after `check` has read it
/// back under its temporary name and found it right; otherwise the file is removed. Returns what `check` found.
///
/// # Errors
/// [`CheckedWriteError`] where the file cannot be written or `check` refuses it; what stood at `path` before is
/// untouched.
pub fn write_checked<T, E: std::error::Error>(
    path: &Path,
    content: &[u8],
    check: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, CheckedWriteError<E>> {
    // A link keeps pointing at what it points at, which gets the new content.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let neighbour = neighbour_of(&target);
    let write_error = |source| {
        let _ = fs::remove_file(&neighbour);
        WriteError { path: path.to_owned(), source }
    };
    expect_replaceable(path).and_then(|()| fill(&neighbour, content)).map_err(write_error)?;
    let found = check(&neighbour).map_err(|error| {
        let _ = fs::remove_file(&neighbour);
        CheckedWriteError::Check(error)
    })?;
    fs::rename(&neighbour, &target).map_err(write_error)?;
    sync_folder(&target);
    Ok(found)
}

/// Returns the temporary name beside `path`; process and writer are numbered in it, so two writers never share it.
fn neighbour_of(path: &Path) -> PathBuf {
    static WRITERS: AtomicUsize = AtomicUsize::new(0);
    let (process, writer) = (std::process::id(), WRITERS.fetch_add(1, Ordering::Relaxed));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{process}-{writer}.tmp"))
}

/// Checks that a rename to `path` would replace a file or nothing: it would put a file in the place of a device or a
/// pipe, and fail late on a folder.
fn expect_replaceable(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::Error::other("expected a file or nothing, found a folder")),
        Ok(there) if !there.is_file() => {
            Err(io::Error::other("expected a file or nothing, found a device or a pipe"))
        }
        _ => Ok(()),
    }
}

fn fill(neighbour: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(neighbour)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the rename itself durable. A file system that cannot sync a folder still has the file.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_content_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_its_check_refuses_never_gets_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        write(&path, b"old").unwrap();
        let refuse = |written: &Path| {
            assert_eq!(fs::read(written).unwrap(), b"new");
            Err::<(), _>(io::Error::other("wrong"))
        };
        assert_eq!(write_checked(&path, b"new", refuse).unwrap_err().to_string(), "wrong");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_the_file_when_the_folder_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere").join("weights");
        let message = write(&path, b"new").unwrap_err().to_string();
        assert!(message.contains("nowhere/weights: cannot be written"), "{message}");
    }

    #[test]
    #[cfg(unix)]
    fn never_takes_the_place_of_a_device() {
        let device = Path::new("/dev/null");
        let message = write(device, b"new").unwrap_err().to_string();
        assert!(message.contains("/dev/null: cannot be written: expected a file or nothing"), "{message}");
        assert!(!fs::metadata(device).unwrap().is_file());
    }

    #[test]
    #[cfg(unix)]
    fn follows_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn leaves_a_folder_of_that_name_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"kept").unwrap();
        assert!(write(&path, b"new").is_err());
        assert_eq!(fs::read(path.join("inside")).unwrap(), b"kept");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

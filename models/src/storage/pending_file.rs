//! Files that are written but do not have their names yet, so that several of them get their names in one act.
//!
//! In come paths and the bytes of files. A [`PendingFile`] lies whole and synced beside its place, where it can be read
//! back; [`name_all`] then gives all files their names, or none where one of them cannot get its own: what stood there
//! before is put back.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::temporary_file::{TemporaryFile, folder_of, free_name, hold_naming};
use super::write_error::WriteError;
use crate::storage::printable::PrintablePath;

/// A file that lies whole beside its place. Dropping it removes it, and what stood at its place before stays.
#[derive(Debug)]
pub struct PendingFile {
    /// The path that was asked for.
    path: PathBuf,
    /// The path that it stands for: a link keeps pointing at what it points at, which gets the new content.
    target: PathBuf,
    temporary: TemporaryFile,
}

impl PendingFile {
    /// Writes `content` beside `path` and syncs it.
    ///
    /// # Errors
    /// [`WriteError`] where the neighbour cannot be made, filled or synced, or a rename to `path` would replace something
    /// else than a file.
    pub fn write(path: &Path, content: &[u8]) -> Result<Self, WriteError> {
        let pending = Self::begin(path)?;
        let write_error = |source| WriteError { path: path.to_owned(), source };
        pending.file().write_all(content).map_err(write_error)?;
        pending.sync()?;
        Ok(pending)
    }

    /// Makes an empty file beside `path`, for content that is too large to be in memory: the caller writes it to
    /// [`PendingFile::file`], and calls [`PendingFile::sync`] before it is named.
    ///
    /// # Errors
    /// [`WriteError`] where the neighbour cannot be made, or a rename to `path` would replace something else than a file.
    pub fn begin(path: &Path) -> Result<Self, WriteError> {
        let write_error = |source| WriteError { path: path.to_owned(), source };
        let target = fs::canonicalize(path).unwrap_or_else(|_| behind_link(path));
        expect_replaceable(&target).map_err(write_error)?;
        let temporary = TemporaryFile::beside(&target).map_err(write_error)?;
        Ok(Self { path: path.to_owned(), target, temporary })
    }

    /// Returns the file beside its place, for writing.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.temporary.file
    }

    /// Waits until all that was written is on the disk.
    ///
    /// # Errors
    /// [`WriteError`] where it cannot be synced.
    pub fn sync(&self) -> Result<(), WriteError> {
        let write_error = |source| WriteError { path: self.path.clone(), source };
        self.temporary.file.sync_all().map_err(write_error)
    }

    /// Reads the file's content back from where it lies. It is read through the handle that wrote it: on some file
    /// systems no other handle may read a file that is locked.
    ///
    /// # Errors
    /// Any error of the operating system.
    pub fn read_back(&self) -> io::Result<Vec<u8>> {
        let mut file = &self.temporary.file;
        file.seek(SeekFrom::Start(0))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        Ok(content)
    }

    /// Returns the path that the file will have.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Gives all files their names, in their order. Where one of them cannot get its name, those before it are put back as
/// they were.
///
/// Several renames are no single act of the system: power that fails between two of them leaves the first files new and
/// the last ones old, each of them whole.
///
/// # Errors
/// [`WriteError`] for the first file that cannot get its name; what stood at each path before is there again.
pub fn name_all(mut files: Vec<PendingFile>) -> Result<(), WriteError> {
    let held = hold_naming();
    let mut earlier = Vec::with_capacity(files.len());
    let last = files.len().saturating_sub(1);
    for (index, file) in files.iter().enumerate() {
        // The last file is renamed over what is there or not at all: nothing after it can fail.
        let backup =
            if index < last { Earlier::keep(&file.target) } else { Ok(Earlier::unkept(&file.target)) };
        let backup = expect_replaceable(&file.target).and(backup);
        earlier.push(backup.map_err(|source| WriteError { path: file.path.clone(), source })?);
    }
    for (index, PendingFile { path, target, temporary }) in files.iter_mut().enumerate() {
        if let Err(source) = temporary.rename(target, &held) {
            let source = put_back(earlier.drain(..index), source);
            return Err(WriteError { path: path.clone(), source });
        }
    }
    files.iter().for_each(|file| sync_folder(&file.target));
    Ok(())
}

/// What stood at a place before, under a name of its own; that name is gone when the value is dropped.
#[derive(Debug)]
struct Earlier {
    target: PathBuf,
    /// Nothing where there was no file, or where none will have to be put back.
    backup: Option<PathBuf>,
    /// Held, so that no other process takes the backup for what a killed one has left.
    _lock: Option<File>,
}

impl Earlier {
    fn unkept(target: &Path) -> Self {
        Self { target: target.to_owned(), backup: None, _lock: None }
    }

    /// Gives the file at `target`, if there is one, a second name; a file system without such names gets a copy.
    fn keep(target: &Path) -> io::Result<Self> {
        if !target.is_file() {
            return Ok(Self::unkept(target));
        }
        let backup = free_name(target);
        fs::hard_link(target, &backup).or_else(|_| copy(target, &backup))?;
        // A file that may not be written, or a file system without locks, has none.
        let lock = File::options().write(true).open(&backup).ok();
        let lock = lock.filter(|file| file.try_lock().is_ok());
        Ok(Self { target: target.to_owned(), backup: Some(backup), _lock: lock })
    }

    /// Puts back what stood at the place: the earlier file, or nothing.
    fn put_back(mut self) -> Result<(), String> {
        let result = match &self.backup {
            Some(backup) => fs::rename(backup, &self.target),
            None => fs::remove_file(&self.target),
        };
        let backup = self.backup.take();
        result.map_err(|error| {
            let target = self.target.printable();
            match backup {
                Some(backup) => {
                    format!("{target} is new and its earlier content in {}: {error}", backup.printable())
                }
                None => format!("{target} is new: {error}"),
            }
        })
    }
}

impl Drop for Earlier {
    fn drop(&mut self) {
        if let Some(backup) = &self.backup {
            let _ = fs::remove_file(backup);
        }
    }
}

/// Copies a file to a place where there is none.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::create_new(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// The place that a link to nowhere points to, or the path itself.
fn behind_link(path: &Path) -> PathBuf {
    match fs::read_link(path) {
        Ok(target) => folder_of(path).join(target),
        Err(_) => path.to_owned(),
    }
}

/// Puts back what stood at each place, and returns the error that made it necessary, with all that could not be put back.
fn put_back(earlier: impl Iterator<Item = Earlier>, error: io::Error) -> io::Error {
    let failures: Vec<String> = earlier.filter_map(|earlier| earlier.put_back().err()).collect();
    match failures.as_slice() {
        [] => error,
        failures => io::Error::other(format!(
            "{error}; what was there before cannot be put back: {}",
            failures.join("; ")
        )),
    }
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

/// Makes the rename itself durable. A file system that cannot sync a folder still has the file.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in a folder, each with its content.
    fn content(folder: &Path) -> Vec<(String, String)> {
        let read = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.unwrap();
            let content = fs::read_to_string(entry.path()).unwrap_or_default();
            (entry.file_name().into_string().unwrap(), content)
        };
        let mut content: Vec<_> = fs::read_dir(folder).unwrap().map(read).collect();
        content.sort();
        content
    }

    fn expect_content(folder: &Path, expected: &[(&str, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
        assert_eq!(content(folder), expected);
    }

    fn pending(folder: &Path, names: &[&str]) -> Vec<PendingFile> {
        names.iter().map(|name| PendingFile::write(&folder.join(name), b"new").unwrap()).collect()
    }

    #[test]
    fn several_files_get_their_names_together() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        let files = pending(folder.path(), &["a", "b", "c"]);
        assert_eq!(files[1].read_back().unwrap(), b"new");
        assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"old");
        name_all(files).unwrap();
        expect_content(folder.path(), &[("a", "new"), ("b", "new"), ("c", "new")]);
    }

    #[test]
    fn without_their_names_they_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        drop(pending(folder.path(), &["a", "b", "c"]));
        expect_content(folder.path(), &[("b", "old")]);
    }

    #[test]
    fn a_folder_in_the_place_of_one_keeps_the_names_from_all() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        let files = pending(folder.path(), &["a", "b", "c"]);
        fs::create_dir(folder.path().join("c")).unwrap();
        let message = name_all(files).unwrap_err().to_string();
        assert!(
            message.ends_with("c: cannot be written: expected a file or nothing, found a folder"),
            "{message}"
        );
        expect_content(folder.path(), &[("b", "old"), ("c", "")]);
    }

    /// A rename that fails after others have been made: its temporary file has gone.
    #[test]
    fn a_late_failure_puts_back_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        let files = pending(folder.path(), &["a", "b", "c"]);
        let prefix = ".c.";
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let gone = entries.into_iter().find(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        fs::remove_file(gone.unwrap().path()).unwrap();
        let message = name_all(files).unwrap_err().to_string();
        assert!(message.contains("c: cannot be written: No such file"), "{message}");
        expect_content(folder.path(), &[("b", "old")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nowhere_gets_the_file_that_it_points_to() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("target", &link).unwrap();
        name_all(vec![PendingFile::write(&link, b"new").unwrap()]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"new");
    }
}

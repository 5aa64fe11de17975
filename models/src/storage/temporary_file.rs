//! The temporary neighbours under which files are written before they get their names: `.name.PROCESS-NUMBER.tmp`.
//!
//! In comes the path of the file to be; out goes an empty neighbour of it that is open for writing and removed again
//! unless it was given its name. A process that is killed leaves its neighbours behind: the next one that writes the same
//! file removes those that nobody writes any more. What is being written is told apart by a lock, which the system frees
//! however a process ends; the number of a process would mean nothing on another machine or in another container.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// On a file system without locks, the age from which on a neighbour counts as left behind: no file takes a day to write,
/// and clocks of two machines are not a day apart.
const LONGEST_WRITE: Duration = Duration::from_secs(24 * 60 * 60);

/// The most names that are tried for one neighbour; another process holds a name only where both have the same number, as
/// in two containers that share a folder.
const MOST_NAMES: usize = 1000;

/// The neighbours that this process writes at the moment.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// While this value lives, the process neither makes a temporary file nor gives one its name.
#[derive(Debug)]
pub struct NamingHeld {
    open: MutexGuard<'static, Vec<PathBuf>>,
}

/// Removes every temporary file of this process, for a program that is told to stop, and keeps the process from naming
/// others as long as the returned value lives. Files that are being named together all get their names first.
#[must_use]
pub fn abandon_all() -> NamingHeld {
    let mut held = hold_naming();
    for path in held.open.drain(..) {
        let _ = fs::remove_file(path);
    }
    held
}

/// Waits until no other thread names files, and keeps others from it as long as the returned value lives.
pub(super) fn hold_naming() -> NamingHeld {
    NamingHeld { open: OPEN.lock().unwrap_or_else(PoisonError::into_inner) }
}

/// A neighbour that this process has open; dropping it removes the file, unless the file was given its name.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    path: PathBuf,
    /// Open for reading and writing, and locked where the file system has locks.
    pub(super) file: File,
    has_name: bool,
}

impl TemporaryFile {
    /// Makes an empty neighbour of `target`, and removes those that killed processes have left beside it.
    pub(super) fn beside(target: &Path) -> io::Result<Self> {
        remove_abandoned(target);
        for _ in 0..MOST_NAMES {
            let path = free_name(target);
            match Self::create(path) {
                Ok(temporary) if temporary.is_held() => return Ok(temporary),
                // Another process took it for one that was left behind, in the moment before it was locked.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("expected a free name for a temporary file beside it, found none"))
    }

    fn create(path: PathBuf) -> io::Result<Self> {
        let mut held = hold_naming();
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        held.open.push(path.clone());
        Ok(Self { path, file, has_name: false })
    }

    /// Locks the file; returns false where another process was faster.
    fn is_held(&self) -> bool {
        match self.file.try_lock() {
            Ok(()) => fs::symlink_metadata(&self.path).is_ok(),
            Err(TryLockError::WouldBlock) => false,
            // A file system without locks: its age protects the file.
            Err(TryLockError::Error(_)) => true,
        }
    }

    /// Renames the file to `target`; the lock is held until its old name is gone.
    pub(super) fn rename(&mut self, target: &Path, _held: &NamingHeld) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.has_name = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.has_name {
            let _ = fs::remove_file(&self.path);
        }
        hold_naming().open.retain(|path| *path != self.path);
    }
}

/// Returns the next name for a neighbour of `target`: process and number are in it, so that two writers never share one.
pub(super) fn free_name(target: &Path) -> PathBuf {
    static WRITERS: AtomicUsize = AtomicUsize::new(0);
    let (process, writer) = (std::process::id(), WRITERS.fetch_add(1, Ordering::Relaxed));
    target.with_file_name(format!("{}{process}-{writer}.tmp", prefix(target)))
}

fn prefix(target: &Path) -> String {
    format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy())
}

/// Removes the neighbours of `target` that nobody writes any more. What cannot be read or removed stays: the write itself
/// will say what is wrong with the folder.
fn remove_abandoned(target: &Path) {
    let prefix = prefix(target);
    for entry in fs::read_dir(folder_of(target)).into_iter().flatten().flatten() {
        let is_neighbour = is_neighbour(&entry.file_name().to_string_lossy(), &prefix);
        if is_neighbour && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove_if_abandoned(&entry.path());
        }
    }
}

/// Returns the folder that `path` is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns whether a file's name is `prefix`, then two numbers with a hyphen between them, then `.tmp`.
fn is_neighbour(name: &str, prefix: &str) -> bool {
    let numbers = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".tmp"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once('-'))
        .is_some_and(|(process, writer)| is_number(process) && is_number(writer))
}

fn remove_if_abandoned(path: &Path) {
    let held = hold_naming();
    // A process may lock its own file twice on some file systems.
    if held.open.iter().any(|open| open.file_name() == path.file_name()) {
        return;
    }
    // For writing: an exclusive lock needs that on network file systems.
    let Ok(file) = File::options().write(true).open(path) else { return };
    let is_abandoned = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => {
            let modified = file.metadata().and_then(|metadata| metadata.modified());
            modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LONGEST_WRITE))
        }
    };
    if is_abandoned {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_process_has_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("weights");
        let left = [".weights.1-0.tmp", ".weights.4000000000-17.tmp"];
        let others =
            [".weights.1-.tmp", ".weights.1-0.tmp.old", ".weights.x-0.tmp", ".other.1-0.tmp", "weights"];
        left.iter().chain(&others).for_each(|name| fs::write(folder.path().join(name), "").unwrap());
        drop(TemporaryFile::beside(&target).unwrap());
        let mut expected = others.map(str::to_owned);
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn what_somebody_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("weights");
        // As another process has it: locked, and unknown to this one.
        let path = folder.path().join(".weights.1-0.tmp");
        let other = File::create(&path).unwrap();
        other.lock().unwrap();
        let ours = TemporaryFile::beside(&target).unwrap();
        let second = TemporaryFile::beside(&target).unwrap();
        assert_eq!(names(folder.path()).len(), 3);
        drop((ours, second, other));
        assert_eq!(names(folder.path()), [".weights.1-0.tmp"]);
        drop(TemporaryFile::beside(&target).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn a_pipe_or_a_link_under_such_a_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join(".weights.1-0.tmp");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink("nowhere", folder.path().join(".weights.1-1.tmp")).unwrap();
        drop(TemporaryFile::beside(&folder.path().join("weights")).unwrap());
        assert_eq!(names(folder.path()), [".weights.1-0.tmp", ".weights.1-1.tmp"]);
    }
}

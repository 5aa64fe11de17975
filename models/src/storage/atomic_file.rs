//! Writes a file so that its name holds either the old content or the new one, never a part of it.
//!
//! In come a path and the bytes of a file, out goes the file or an error that names it. The content goes to a file
//! beside the final one, is synced, then renamed over it; a crash, a full disk or a pulled plug leaves the earlier file
//! as it was.

use std::path::Path;

use super::pending_file::{PendingFile, name_all};
pub use super::write_error::WriteError;

/// Writes `content` to the file at `path` by way of a temporary neighbour, at once or not at all. Neighbours that killed
/// processes have left beside it are removed.
///
/// # Errors
/// [`WriteError`] where the neighbour cannot be created, filled, synced or renamed; it is removed again.
pub fn write(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    name_all(vec![PendingFile::write(path, content)?])
}

#[cfg(test)]
mod tests {
    use std::fs;

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

//! What is in the place of a data set whose files are not there.
//!
//! In comes the path that was given for a set, out goes what was found instead, so that the message can say what to do: a
//! name may be misspelt, and a file that is no manifest is no set.

use std::path::Path;

/// What is in the place of a data set.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing of this name.
    Nothing,
    /// A file where a directory is expected.
    File,
    /// A directory, with some files of the set or none.
    Directory,
}

/// Returns what is at `path`, where a file of a data set is missing.
pub(super) fn found_at(path: &Path) -> Found {
    if path.symlink_metadata().is_err() {
        return Found::Nothing;
    }
    if path.is_file() { Found::File } else { Found::Directory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_file_and_a_directory_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert_eq!(found_at(&folder.path().join("minst")), Found::Nothing);
        assert_eq!(found_at(&folder.path().join("notes.txt")), Found::File);
        assert_eq!(found_at(folder.path()), Found::Directory);
    }
}

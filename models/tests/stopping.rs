//! A program that is told to stop while it writes. The test has a process of its own: it abandons every file in it.
#![allow(clippy::unwrap_used)]

use std::fs;

use models::storage::abandon_all;
use models::storage::pending_file::{PendingFile, name_all};

#[test]
fn a_program_that_is_told_to_stop_leaves_what_was_there_and_names_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::write(&old, "old").unwrap();
    let files = [&old, &new].map(|path| PendingFile::write(path, b"new").unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    let held = abandon_all();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // The thread that writes waits while the program ends; a handler that lets it go on finds nothing named either.
    let naming = std::thread::spawn(|| name_all(files.into()));
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(!naming.is_finished());
    drop(held);
    assert!(naming.join().unwrap().is_err());
    assert_eq!(fs::read(&old).unwrap(), b"old");
    assert!(!new.exists());
}

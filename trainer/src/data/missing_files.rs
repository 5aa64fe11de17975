//! What is in the place of a data set whose files are not there, in words.
//!
//! In comes the path that was given for a set, out goes what was found instead, so that the message can say what to do: a
//! name may be misspelt, and a folder of pictures is no set of IDX files.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use models::picture::{has_picture_name, is_litter};
use walkdir::WalkDir;

/// What is in the place of a data set.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing of this name.
    Nothing,
    /// A file where a directory is expected.
    File,
    /// A directory with pictures: how many of which kind, and in how many folders.
    Pictures(String),
    /// A directory, with some files of the set or none.
    Directory,
}

/// Returns what is at `path`, where a file of a data set is missing.
pub(super) fn found_at(path: &Path) -> Found {
    if path.symlink_metadata().is_err() {
        return Found::Nothing;
    }
    if path.is_file() {
        return Found::File;
    }
    pictures_in(path).map_or(Found::Directory, Found::Pictures)
}

/// The number of files and folders that are looked at: a message is not worth a walk through a whole disk.
const MOST_ENTRIES: usize = 100_000;

/// Returns the pictures among the first [`MOST_ENTRIES`] below `directory` in words: `1,234 jpg and 2 png files in 3
/// folders`.
fn pictures_in(directory: &Path) -> Option<String> {
    let (mut kinds, mut folders) = (BTreeMap::<String, usize>::new(), HashSet::new());
    let walk = WalkDir::new(directory).into_iter();
    let walk = walk.filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name()));
    let walk = walk.take(MOST_ENTRIES);
    for entry in walk.flatten().filter(|entry| !entry.file_type().is_dir() && has_picture_name(entry.path()))
    {
        let ending = entry.path().extension().unwrap_or_default().to_string_lossy().to_lowercase();
        *kinds.entry(ending).or_default() += 1;
        folders.insert(entry.path().parent().map(Path::to_owned));
    }
    let total: usize = kinds.values().sum();
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count))).collect();
    let kinds = match kinds.as_slice() {
        [] => return None,
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    };
    let files = if total == 1 { "file" } else { "files" };
    let folders = match folders.len() {
        1 => String::new(),
        count => format!(" in {} folders", grouped(count)),
    };
    Some(format!("{kinds} {files}{folders}"))
}

/// Returns a number with a comma before each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let place = |(position, digit): (usize, char)| {
        let comma = position > 0 && (digits.len() - position).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_counted_by_kind_and_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(found_at(&folder.path().join("minst")), Found::Nothing);
        assert_eq!(found_at(folder.path()), Found::Directory);
        for name in
            ["cats/1.jpg", "cats/2.JPG", "dogs/1.jpg", "dogs/1.png", "dogs/._1.png", ".x/1.png", "notes.txt"]
        {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let pictures = Found::Pictures("3 jpg and 1 png files in 2 folders".to_owned());
        assert_eq!(found_at(folder.path()), pictures);
        assert_eq!(found_at(&folder.path().join("cats")), Found::Pictures("2 jpg files".to_owned()));
        assert_eq!(found_at(&folder.path().join("notes.txt")), Found::File);
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        for (number, text) in [(7, "7"), (123, "123"), (1234, "1,234"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}

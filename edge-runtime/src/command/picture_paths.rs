//! From the arguments to the pictures: files as they are named, folders by the picture files in them.

use std::path::{Path, PathBuf};

use edge_runtime::printable;
use walkdir::WalkDir;

/// What a file in a folder must end in, in any case. A file that is named itself may end in anything.
const EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "bmp"];

/// Whether the folders inside a folder are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Folder,
    Recursive,
}

/// A picture to read, or a line that says why there is none.
pub(super) type Entry = Result<PathBuf, String>;

/// All pictures in the order of `paths`, those of one folder sorted by name.
pub(super) fn find(paths: &[PathBuf], depth: Depth) -> Vec<Entry> {
    paths
        .iter()
        .flat_map(|path| if path.is_dir() { in_folder(path, depth) } else { vec![Ok(path.clone())] })
        .collect()
}

fn in_folder(folder: &Path, depth: Depth) -> Vec<Entry> {
    let deepest = match depth {
        Depth::Folder => 1,
        Depth::Recursive => usize::MAX,
    };
    let walk = WalkDir::new(folder).max_depth(deepest).follow_links(true).sort_by_file_name();
    let mut entries: Vec<Entry> = walk.into_iter().filter_map(picture).collect();
    if entries.is_empty() {
        let hint = match depth {
            Depth::Folder => " (--recursive searches the folders inside)",
            Depth::Recursive => "",
        };
        let folder = printable(&folder.to_string_lossy());
        entries.push(Err(format!("{folder}: expected png, jpg, jpeg or bmp files, found none{hint}")));
    }
    entries
}

fn picture(entry: walkdir::Result<walkdir::DirEntry>) -> Option<Entry> {
    match entry {
        Ok(entry) if entry.file_type().is_file() && is_picture(entry.path()) => Some(Ok(entry.into_path())),
        Ok(_) => None,
        Err(error) => {
            let path = error.path().map(|path| path.to_string_lossy()).unwrap_or_default();
            let reason = error.io_error().map_or_else(|| "a loop of links".to_owned(), ToString::to_string);
            Some(Err(format!("{}: cannot be read: {reason}", printable(&path))))
        }
    }
}

fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

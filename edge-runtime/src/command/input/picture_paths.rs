//! From the arguments to the pictures, one after another: files as they are named, folders by the picture files in them,
//! `-` by what comes from standard input. Nothing is collected but the names in one folder, which are sorted.

use std::iter;
use std::path::{Path, PathBuf};

use edge_runtime::{has_picture_name, printable};
use walkdir::WalkDir;

use super::standard_input::{self, Input};

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Entries that are looked up before the first one is classified, for the width of the column of paths.
const LOOK_AHEAD: usize = 1000;

/// Whether the folders inside a folder are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Folder,
    Recursive,
}

/// A picture to read, or a line that says why there is none.
pub(crate) type Entry = Result<Picture, String>;

/// Where the bytes of a picture are: in a file, or in memory already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    File(PathBuf),
    /// The whole file, from standard input.
    Bytes(Vec<u8>),
}

impl Picture {
    /// The path as answers name it. Bytes that are no UTF-8 are shown as U+FFFD.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Bytes(_) => STANDARD_INPUT.to_owned(),
        }
    }
}

/// The pictures in the order of the arguments, and what is known of them before the first one is read.
pub(crate) struct Pictures<'paths> {
    pub(crate) entries: Box<dyn Iterator<Item = Entry> + Send + 'paths>,
    /// The number of pictures, where that is known.
    pub(crate) total: Option<usize>,
    /// The first paths; none where standard input is yet to be read.
    pub(crate) first_paths: Vec<String>,
}

/// All pictures in the order of `paths`, those of one folder sorted by name.
///
/// # Errors
/// Where standard input is named twice.
pub(crate) fn find_pictures(paths: &[PathBuf], depth: Depth) -> anyhow::Result<Pictures<'_>> {
    let from_standard_input = paths.iter().filter(|path| is_standard_input(path)).count();
    if from_standard_input > 1 {
        anyhow::bail!("paths: expected '-' once, found it {from_standard_input} times");
    }
    let mut entries = paths.iter().cloned().flat_map(move |path| expand(path, depth));
    if from_standard_input == 1 {
        return Ok(Pictures { entries: Box::new(entries), total: None, first_paths: Vec::new() });
    }
    let first: Vec<Entry> = entries.by_ref().take(LOOK_AHEAD).collect();
    let total = (first.len() < LOOK_AHEAD).then_some(first.len());
    let first_paths = first.iter().flatten().map(Picture::path).collect();
    Ok(Pictures { entries: Box::new(first.into_iter().chain(entries)), total, first_paths })
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

fn expand(path: PathBuf, depth: Depth) -> Box<dyn Iterator<Item = Entry> + Send> {
    if !is_standard_input(&path) {
        return file_or_folder(path, depth);
    }
    match standard_input::open() {
        Ok(Input::Picture(bytes)) => Box::new(iter::once(Ok(Picture::Bytes(bytes)))),
        Ok(Input::List(list)) => Box::new(list.flat_map(move |path| match path {
            Ok(path) => file_or_folder(path, depth),
            Err(problem) => Box::new(iter::once(Err(problem))),
        })),
        Err(problem) => Box::new(iter::once(Err(problem))),
    }
}

fn file_or_folder(path: PathBuf, depth: Depth) -> Box<dyn Iterator<Item = Entry> + Send> {
    if path.is_dir() {
        Box::new(in_folder(path, depth))
    } else {
        Box::new(iter::once(Ok(Picture::File(path))))
    }
}

fn in_folder(folder: PathBuf, depth: Depth) -> impl Iterator<Item = Entry> + Send {
    let (deepest, hint) = match depth {
        Depth::Folder => (1, " (--recursive searches the folders inside)"),
        Depth::Recursive => (usize::MAX, ""),
    };
    let walk = WalkDir::new(&folder).max_depth(deepest).follow_links(true).sort_by_file_name();
    let mut pictures = walk.into_iter().filter_map(picture).fuse();
    let mut found = false;
    iter::from_fn(move || {
        let entry = pictures.next();
        let nothing = entry.is_none() && !found;
        found = true;
        let folder = || printable(&folder.to_string_lossy());
        entry.or_else(|| {
            nothing
                .then(|| Err(format!("{}: expected png, jpg, jpeg or bmp files, found none{hint}", folder())))
        })
    })
}

fn picture(entry: walkdir::Result<walkdir::DirEntry>) -> Option<Entry> {
    match entry {
        Ok(entry) if entry.file_type().is_file() && has_picture_name(entry.path()) => {
            Some(Ok(Picture::File(entry.into_path())))
        }
        Ok(_) => None,
        Err(error) => {
            let path = error.path().map(|path| path.to_string_lossy()).unwrap_or_default();
            let reason = error.io_error().map_or_else(|| "a loop of links".to_owned(), ToString::to_string);
            Some(Err(format!("{}: cannot be read: {reason}", printable(&path))))
        }
    }
}

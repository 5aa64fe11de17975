//! From the arguments to the pictures, one after another: files as they are named, folders by the picture files in them,
//! `-` by what comes from standard input. Nothing is collected but the names in one folder, which are sorted.
//!
//! A file in a folder is a picture by its name or, where that says nothing, by its first bytes, as in a training. Litter in
//! folders, such as hidden files, is passed over without a word; what else a folder has is counted.

use std::iter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use edge_runtime::has_picture_name;
use models::picture::{LeftOut, PICTURE_FORMATS, is_litter, is_picture_file};
use models::storage::printable::printable_path;
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
    /// The path as answers name it.
    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Bytes(_) => STANDARD_INPUT.into(),
        }
    }
}

/// The pictures in the order of the arguments, and what is known of them before the first one is read.
pub(crate) struct Pictures<'paths> {
    pub(crate) entries: Box<dyn Iterator<Item = Entry> + Send + 'paths>,
    /// The number of pictures, where that is known.
    pub(crate) total: Option<usize>,
    /// The first paths as they are printed; none where standard input is yet to be read.
    pub(crate) first_paths: Vec<String>,
    /// What folders have that is not read, as far as they were searched.
    pub(crate) left_out: Counter,
}

/// What folders have that is not read, counted while they are searched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<LeftOut>>);

impl Counter {
    fn count(&self, count: impl FnOnce(&mut LeftOut)) {
        count(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// One line that says what was left out, where something was.
    pub(crate) fn line(&self) -> Option<String> {
        let left_out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hint = if left_out.folders() > 0 { " (--recursive searches folders inside)" } else { "" };
        Some(format!("not read: {}{hint}", left_out.in_words()?))
    }
}

/// All pictures in the order of `paths`, those of one folder sorted by name.
///
/// A picture from standard input may have `largest` bytes.
///
/// # Errors
/// Where standard input is named twice.
pub(crate) fn find_pictures(paths: &[PathBuf], depth: Depth, largest: u64) -> anyhow::Result<Pictures<'_>> {
    let from_standard_input = paths.iter().filter(|path| is_standard_input(path)).count();
    if from_standard_input > 1 {
        anyhow::bail!("paths: expected '-' once, found it {from_standard_input} times");
    }
    let left_out = Counter::default();
    let search = Search { depth, largest, left_out: left_out.clone() };
    let mut entries = paths.iter().cloned().flat_map(move |path| search.expand(path));
    if from_standard_input == 1 {
        return Ok(Pictures { entries: Box::new(entries), total: None, first_paths: Vec::new(), left_out });
    }
    let first: Vec<Entry> = entries.by_ref().take(LOOK_AHEAD).collect();
    let total = (first.len() < LOOK_AHEAD).then_some(first.len());
    let first_paths = first.iter().flatten().map(|picture| printable_path(&picture.path())).collect();
    Ok(Pictures { entries: Box::new(first.into_iter().chain(entries)), total, first_paths, left_out })
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

/// How arguments become pictures.
#[derive(Debug, Clone)]
struct Search {
    depth: Depth,
    largest: u64,
    left_out: Counter,
}

impl Search {
    fn expand(&self, path: PathBuf) -> Box<dyn Iterator<Item = Entry> + Send> {
        if !is_standard_input(&path) {
            return self.file_or_folder(path);
        }
        match standard_input::open(self.largest) {
            Ok(Input::Picture(bytes)) => Box::new(iter::once(Ok(Picture::Bytes(bytes)))),
            Ok(Input::List(list)) => {
                let search = self.clone();
                Box::new(list.flat_map(move |path| match path {
                    Ok(path) => search.file_or_folder(path),
                    Err(problem) => Box::new(iter::once(Err(problem))),
                }))
            }
            Err(problem) => Box::new(iter::once(Err(problem))),
        }
    }

    fn file_or_folder(&self, path: PathBuf) -> Box<dyn Iterator<Item = Entry> + Send> {
        if path.is_dir() {
            Box::new(self.in_folder(path))
        } else {
            Box::new(iter::once(Ok(Picture::File(path))))
        }
    }

    fn in_folder(&self, folder: PathBuf) -> impl Iterator<Item = Entry> + Send + use<> {
        let (deepest, hint) = match self.depth {
            Depth::Folder => (1, " (--recursive searches the folders inside)"),
            Depth::Recursive => (usize::MAX, ""),
        };
        let search = self.clone();
        let walk = WalkDir::new(&folder).max_depth(deepest).follow_links(true).sort_by_file_name();
        // What the user has named is searched whatever its name is.
        let walk = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name()));
        let root = folder.clone();
        let mut pictures = walk.filter_map(move |entry| search.picture(&root, entry)).fuse();
        let mut found = false;
        iter::from_fn(move || {
            let entry = pictures.next();
            let nothing = entry.is_none() && !found;
            found = true;
            let folder = || printable_path(&folder);
            entry.or_else(|| {
                nothing.then(|| {
                    Err(format!("{}: expected {PICTURE_FORMATS} pictures, found none{hint}", folder()))
                })
            })
        })
    }

    /// The picture that an entry of `folder` is, or a line for one that cannot be read; nothing for what is left out.
    fn picture(&self, folder: &Path, entry: walkdir::Result<walkdir::DirEntry>) -> Option<Entry> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return self.unreadable(folder, &error).map(Err),
        };
        if entry.file_type().is_dir() {
            if entry.depth() > 0 && self.depth == Depth::Folder {
                self.left_out.count(LeftOut::folder);
            }
            return None;
        }
        if entry.file_type().is_file() && is_picture_file(entry.path()) {
            return Some(Ok(Picture::File(entry.into_path())));
        }
        self.left_out.count(|left_out| left_out.file(entry.path()));
        None
    }

    /// A line for what cannot be searched. A link to nowhere is as good as its name.
    fn unreadable(&self, folder: &Path, error: &walkdir::Error) -> Option<String> {
        let path = error.path().unwrap_or(folder);
        let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if error.depth() > 0 && is_litter(path.file_name().unwrap_or_default()) {
            return None;
        }
        if error.depth() > 0 && is_link && error.io_error().is_some() && !has_picture_name(path) {
            self.left_out.count(|left_out| left_out.file(path));
            return None;
        }
        if error.loop_ancestor().is_some() && self.depth == Depth::Folder {
            self.left_out.count(LeftOut::folder);
            return None;
        }
        let reason = error.io_error().map_or_else(|| "a loop of links".to_owned(), ToString::to_string);
        Some(format!("{}: cannot be read: {reason}", printable_path(path)))
    }
}

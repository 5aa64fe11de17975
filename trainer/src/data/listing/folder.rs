//! One folder and what is directly in it, told apart without opening more than the first bytes of a file.
//!
//! In comes a path; out go the pictures, the folders and what is neither, each in the order of their names. Litter is passed
//! over without a word.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use models::picture::{LeftOut, has_picture_name, is_litter, is_picture, is_unsupported_picture};
use models::storage::printable::PrintablePath;

use super::listing::Stamp;
use super::listing_error::ListingError;
use crate::data::description::DATASET_FILE;

/// So many bytes of a file whose name says nothing are looked at.
const HEAD: usize = 64;

/// What is directly in a folder.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// The pictures, by name.
    pub(crate) pictures: Vec<(OsString, Stamp)>,
    /// The folders that are no litter, by name.
    pub(crate) folders: Vec<OsString>,
    /// The pictures of formats that are known and not read, by name.
    pub(crate) unsupported: Vec<OsString>,
    /// What cannot be looked at, with the reason.
    pub(crate) unreadable: Vec<(OsString, String)>,
    /// What is no picture.
    pub(crate) left_out: LeftOut,
}

impl Folder {
    /// Looks at what is directly in `path`.
    ///
    /// # Errors
    /// [`ListingError::Unreadable`] where the folder cannot be searched.
    pub(crate) fn read(path: &Path) -> Result<Self, ListingError> {
        let error = |source: io::Error| ListingError::Unreadable {
            path: path.printable(),
            reason: source.to_string(),
        };
        let entries: Result<Vec<_>, io::Error> = fs::read_dir(path).map_err(error)?.collect();
        let mut names: Vec<OsString> =
            entries.map_err(error)?.into_iter().map(|entry| entry.file_name()).collect();
        names.sort();
        let mut folder = Self::default();
        for name in names.into_iter().filter(|name| !is_litter(name) && *name != DATASET_FILE) {
            folder.add(path.join(&name), name);
        }
        Ok(folder)
    }

    fn add(&mut self, path: PathBuf, name: OsString) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => self.folders.push(name),
            Ok(metadata) if metadata.is_file() => self.add_file(&path, name, &metadata),
            Ok(_) => self.left_out.file(&path),
            // A link to nowhere is as good as its name.
            Err(error) if has_picture_name(&path) => {
                self.unreadable.push((name, format!("cannot be read: {error}")));
            }
            Err(_) => self.left_out.file(&path),
        }
    }

    fn add_file(&mut self, path: &Path, name: OsString, metadata: &Metadata) {
        match FileKind::of(path) {
            FileKind::Picture => self.pictures.push((name, Stamp::of(metadata))),
            FileKind::Unsupported => self.unsupported.push(name),
            FileKind::Other => self.left_out.file(path),
        }
    }

    /// Returns whether nothing was found but litter.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { pictures, folders, unsupported, unreadable, left_out } = self;
        pictures.is_empty()
            && folders.is_empty()
            && unsupported.is_empty()
            && unreadable.is_empty()
            && left_out.in_words().is_none()
    }
}

/// What a file is, before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A picture of a format that is read, or one that is named so: whether it is one, decoding tells.
    Picture,
    /// A picture of a format that is known and not read, such as HEIC.
    Unsupported,
    /// No picture.
    Other,
}

impl FileKind {
    /// Returns what the file at `path` is: by its name where that is a picture's, else by its first bytes. It must be a
    /// regular file.
    pub(crate) fn of(path: &Path) -> Self {
        if has_picture_name(path) {
            return Self::Picture;
        }
        let mut head = Vec::with_capacity(HEAD);
        let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
        match read {
            Ok(_) if is_picture(&head) => Self::Picture,
            _ if is_unsupported_picture(path, &head) => Self::Unsupported,
            _ => Self::Other,
        }
    }
}

//! What a listing of pictures holds.
//!
//! A listing is made by looking at names and sizes alone. Sources of every kind make the same one, so that split, cache and
//! training need not know where a class came from.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use models::picture::LeftOut;

use crate::data::skipped_picture::SkippedPicture;

/// The part of a data set that a source has put a picture into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// None: the split decides.
    Undivided,
    /// The pictures that weights are fitted to.
    Training,
    /// The pictures that choose the epoch.
    Validation,
    /// The pictures that measure at the end.
    Test,
}

impl Part {
    /// Returns the word for the part in messages and results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undivided => "undivided",
            Self::Training => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// One picture of a data set that has not been decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedPicture {
    /// The path below the listing's root.
    pub(crate) path: PathBuf,
    /// The class, as a position in the listing's classes.
    pub(crate) label: u16,
    /// The part that the source has put it into.
    pub(crate) part: Part,
    /// The group that a manifest has put it into.
    pub(crate) group: Option<String>,
    /// The number of bytes of the file, and when it was last changed, in nanoseconds since 1970: a file that has both
    /// unchanged is taken for the same one.
    pub(crate) stamp: Stamp,
}

/// The size and the time of a file, by which a changed one is known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Stamp {
    /// The number of bytes.
    pub(crate) length: u64,
    /// The time of the last change, in nanoseconds since 1970; 0 where the system does not say it.
    pub(crate) modified: u64,
}

impl Stamp {
    /// Returns the stamp of a file.
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self { length: metadata.len(), modified: since.map_or(0, |since| since.as_nanos() as u64) }
    }
}

/// The pictures of a data set, in an order that depends on their names alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The folder that all paths are below.
    pub(crate) root: PathBuf,
    /// What the set was given as: the folder, or the manifest.
    pub(crate) source: PathBuf,
    /// The names of the classes, in natural order.
    pub(crate) classes: Vec<String>,
    /// The pictures, by part, class and path.
    pub(crate) pictures: Vec<ListedPicture>,
    /// The pictures of formats that are known and not read, such as HEIC, below the root.
    pub(crate) unsupported: Vec<PathBuf>,
    /// What cannot be looked at: links to nowhere, folders without permission; below the root.
    pub(crate) unreadable: Vec<SkippedPicture>,
    /// What is no picture.
    pub(crate) left_out: LeftOut,
    /// Sentences about what was found and may not have been meant.
    pub(crate) warnings: Vec<String>,
}

impl Listing {
    /// Returns an empty listing of what was given as `source`, whose pictures are below `root`.
    pub(crate) fn empty(root: &Path, source: &Path) -> Self {
        Self {
            root: root.to_owned(),
            source: source.to_owned(),
            classes: Vec::new(),
            pictures: Vec::new(),
            unsupported: Vec::new(),
            unreadable: Vec::new(),
            left_out: LeftOut::default(),
            warnings: Vec::new(),
        }
    }

    /// Returns whether the source has put any picture into `part`.
    pub(crate) fn has(&self, part: Part) -> bool {
        self.pictures.iter().any(|picture| picture.part == part)
    }

    /// Returns the number of pictures of each class in each part.
    pub(crate) fn counts(&self, part: Part) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        let of_part = self.pictures.iter().filter(|picture| picture.part == part);
        of_part.for_each(|picture| counts[usize::from(picture.label)] += 1);
        counts
    }

    /// Gives the classes the order of `names`, and the pictures the labels and the order that follow from it. Returns whether
    /// all classes are among the names; where one is not, nothing is changed.
    pub(crate) fn reorder(&mut self, names: &[String]) -> bool {
        let position = |class: &String| names.iter().position(|name| name == class);
        let places: Option<Vec<usize>> = self.classes.iter().map(position).collect();
        let Some(places) = places.filter(|_| names.len() >= self.classes.len()) else { return false };
        self.pictures.iter_mut().for_each(|it| it.label = places[usize::from(it.label)] as u16);
        self.pictures.sort_by(|one, other| {
            (one.part, one.label).cmp(&(other.part, other.label)).then_with(|| one.path.cmp(&other.path))
        });
        self.classes = names.to_vec();
        true
    }
}

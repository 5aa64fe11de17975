//! What was found beside the pictures that were read, and when that is too much.
//!
//! In come the pictures of a set that can't be read, those of formats that are not, and the rules of the user; out goes an
//! error where the rules are broken. People's folders have a broken file among thousands; one of them must not end a training,
//! and none may be left out unsaid.

use std::path::{Path, PathBuf};

use models::picture::LeftOut;
use models::storage::printable::{PrintablePath, printable_path};

use crate::data::listing::listing::Listing;
use crate::data::skipped_picture::SkippedPicture;

/// The largest share of pictures in formats that are not read that are left out without being asked for.
const MOST_UNSUPPORTED: f64 = 0.02;

/// What is done with pictures that can't be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unreadable {
    /// The first one is an error.
    Refuse,
    /// They are skipped, as long as they are at most this share of all pictures, in [0, 1].
    SkipUpTo(f64),
}

/// What is done with pictures that can't be read, and with those of formats that are not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkippingRules {
    /// What is done with pictures that can't be read.
    pub unreadable: Unreadable,
    /// Whether any number of pictures of formats that are not read is left out.
    pub allows_unsupported: bool,
}

impl SkippingRules {
    /// Refuses the first picture that can't be read.
    pub const REFUSE: Self = Self { unreadable: Unreadable::Refuse, allows_unsupported: false };

    /// Skips and leaves out whatever it is: for a run that goes on, whose images are known by their hash.
    pub const ANYTHING: Self = Self { unreadable: Unreadable::SkipUpTo(1.0), allows_unsupported: true };
}

/// What a search for pictures found beside those that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderReport {
    /// The number of pictures that were found, those that can't be read included.
    pub pictures: usize,
    /// What can't be read, in the order of the paths.
    pub skipped: Vec<SkippedPicture>,
    /// The pictures of formats that are known and not read: HEIC, AVIF and JPEG XL.
    pub unsupported: Vec<PathBuf>,
    /// What is no picture.
    pub left_out: LeftOut,
    /// Sentences about what was found and may not have been meant.
    pub warnings: Vec<String>,
}

/// The reason for which a folder of pictures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The directory itself cannot be searched.
    #[error("{directory}: cannot be read: {reason}")]
    Unreadable {
        /// The directory.
        directory: String,
        /// The error of the operating system.
        reason: String,
    },
    /// A picture can't be read, and none is to be skipped.
    #[error("{path}: {reason}; without --strict such pictures are skipped")]
    Refused {
        /// The path of the picture.
        path: String,
        /// The reason for which it can't be read.
        reason: String,
    },
    /// No picture can be read, and nothing is left to learn from.
    #[error(
        "{directory}: expected pictures that can be read, found none among {pictures}, first {first}: {reason}"
    )]
    NoneReadable {
        /// The directory.
        directory: String,
        /// The number of all pictures.
        pictures: usize,
        /// The path of the first picture.
        first: String,
        /// The reason for which it can't be read.
        reason: String,
    },
    /// More pictures can't be read than may be skipped.
    #[error(
        "{directory}: expected at most {most} % of pictures that can't be read, found {skipped} of {pictures}, first \
         {first}: {reason}; --max-skipped allows more"
    )]
    TooMany {
        /// The directory.
        directory: String,
        /// The largest share of pictures that may be skipped, in percent.
        most: f64,
        /// The number of pictures that can't be read.
        skipped: usize,
        /// The number of all pictures.
        pictures: usize,
        /// The path of the first picture that can't be read.
        first: String,
        /// The reason for which it can't be read.
        reason: String,
    },
    /// Too many pictures are of formats that are not read.
    #[error(
        "{directory}: expected at most {most} % of pictures in formats that are not read, found {found} of {pictures}, \
         first {first}; `trainer inspect {directory}` names the command that converts them, --allow-unsupported leaves \
         them out"
    )]
    Unsupported {
        /// The directory or the manifest of the set.
        directory: String,
        /// The largest share, in percent.
        most: f64,
        /// The number of pictures in such formats.
        found: usize,
        /// The number of all pictures.
        pictures: usize,
        /// The path of the first one.
        first: String,
    },
}

impl FolderReport {
    /// Returns the report about a listing of which these pictures can't be read, or are of formats that are not; all paths
    /// are below the listing's root.
    pub(crate) fn of(listing: &Listing, skipped: Vec<SkippedPicture>, unsupported: &[PathBuf]) -> Self {
        let below =
            |skipped: SkippedPicture| SkippedPicture { path: listing.root.join(skipped.path), ..skipped };
        let mut all: Vec<_> = listing.unreadable.iter().cloned().chain(skipped).map(below).collect();
        all.sort_by(|one, other| one.path.cmp(&other.path));
        let unsupported_of_listing = listing.unsupported.iter().chain(unsupported);
        Self {
            pictures: listing.pictures.len() - unsupported.len() + listing.unreadable.len(),
            skipped: all,
            unsupported: unsupported_of_listing.map(|path| listing.root.join(path)).collect(),
            left_out: listing.left_out.clone(),
            warnings: listing.warnings.clone(),
        }
    }

    /// Checks the pictures of `directory` by the rules of the user.
    ///
    /// # Errors
    /// [`FolderError`] for the first rule that is broken.
    pub(crate) fn check(&self, directory: &Path, rules: SkippingRules) -> Result<(), FolderError> {
        refuse_first(self, rules.unreadable)?;
        refuse_many(directory, self, rules.unreadable)?;
        let (found, pictures) = (self.unsupported.len(), self.pictures + self.unsupported.len());
        let (Some(first), false) = (self.unsupported.first(), rules.allows_unsupported) else {
            return Ok(());
        };
        if found as f64 <= MOST_UNSUPPORTED * pictures as f64 {
            return Ok(());
        }
        let (directory, most, first) =
            (directory.printable(), 100.0 * MOST_UNSUPPORTED, printable_path(first));
        Err(FolderError::Unsupported { directory, most, found, pictures, first })
    }
}

fn refuse_first(report: &FolderReport, unreadable: Unreadable) -> Result<(), FolderError> {
    match report.skipped.first() {
        Some(SkippedPicture { path, reason }) if unreadable == Unreadable::Refuse => {
            Err(FolderError::Refused { path: printable_path(path), reason: reason.clone() })
        }
        _ => Ok(()),
    }
}

fn refuse_many(directory: &Path, report: &FolderReport, unreadable: Unreadable) -> Result<(), FolderError> {
    let FolderReport { pictures, skipped, .. } = report;
    let (Unreadable::SkipUpTo(most), Some(first)) = (unreadable, skipped.first()) else { return Ok(()) };
    if skipped.len() == *pictures {
        let (directory, pictures) = (directory.printable(), *pictures);
        let (first, reason) = (printable_path(&first.path), first.reason.clone());
        return Err(FolderError::NoneReadable { directory, pictures, first, reason });
    }
    if skipped.len() as f64 <= most * *pictures as f64 {
        return Ok(());
    }
    Err(FolderError::TooMany {
        directory: directory.printable(),
        // Two decimals, without those that are 0.
        most: (most * 1e4).round() / 1e2,
        skipped: skipped.len(),
        pictures: *pictures,
        first: printable_path(&first.path),
        reason: first.reason.clone(),
    })
}

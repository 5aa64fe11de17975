//! The pictures of a listing as data sets: decoded, labelled and split.
//!
//! In come a listing, what the set says of itself and a network's input; out go the images that train, those that judge and
//! those that measure, `[count, channels, height, width]` of one byte a value, and a report of what was left out. The split
//! is the same whatever the input: it goes by names, groups and thumbnails.

use std::sync::Arc;

use models::ImageInput;
use models::storage::printable::{PrintablePath, percent_encoded, printable};

use crate::data::cache::cache_folder::CacheOptions;
use crate::data::cache::decoded_pictures::{DecodedPictures, decoded};
use crate::data::capture_time::capture_time;
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::description::DatasetDescription;
use crate::data::folder_report::FolderReport;
use crate::data::group_by::{GroupBy, groups};
use crate::data::listing::listing::{Listing, Part};
use crate::data::near_duplicates::kept_pairs::alike;
use crate::data::picture_split::{SplitPicture, SplitRule, TooFewPictures, split};
use crate::data::validation_split::LEAST_OF_A_CLASS;

/// The seed of a split where the set's description names none.
const SPLIT_SEED: u64 = 0;

/// The pictures of a set, split.
#[derive(Debug, Clone)]
pub(crate) struct PictureSet {
    /// All pictures that train or judge, by class and path.
    pub(crate) all_training: DataSet,
    /// For each of them, whether it judges.
    pub(crate) judges: Vec<bool>,
    /// The pictures that measure.
    pub(crate) test: DataSet,
    /// What was left out.
    pub(crate) report: FolderReport,
}

impl PictureSet {
    /// Reads the pictures of `listing`, brought to `input`.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be kept decoded, or where they are too few to be split.
    pub(crate) fn read(
        listing: &Listing,
        description: &DatasetDescription,
        input: &ImageInput,
        options: &CacheOptions,
    ) -> Result<Self, DataError> {
        let decoded = decoded(listing, input, options)?;
        let report = FolderReport::of(listing, decoded.skipped.clone(), &decoded.unsupported);
        let parts =
            parts(listing, description, &decoded, options).map_err(|error| explained(error, &report))?;
        let rows = |keep: &dyn Fn(Part) -> bool| -> Vec<u32> {
            (0..parts.len()).filter(|&row| keep(parts[row])).map(|row| row as u32).collect()
        };
        let of_rows = |rows: Vec<u32>| {
            let labels =
                rows.iter().map(|&row| listing.pictures[decoded.positions[row as usize] as usize].label);
            let labels = labels.collect();
            let classes = listing.classes.len();
            DataSet::of_rows(Arc::clone(&decoded.pixels), rows, labels, classes, input.shape())
        };
        let kept = rows(&|part| part != Part::Test);
        let judges = kept.iter().map(|&row| parts[row as usize] == Part::Validation).collect();
        let test = of_rows(rows(&|part| part == Part::Test));
        Ok(Self { all_training: of_rows(kept), judges, test, report })
    }
}

/// Returns the error of a split with what cannot be read, where that may be why pictures are too few.
fn explained(error: DataError, report: &FolderReport) -> DataError {
    let first = report.skipped.first().map(|it| (&it.path, it.reason.as_str()));
    let unsupported = report.unsupported.first().map(|path| (path, "a format that is not read"));
    match (error, first.or(unsupported)) {
        (DataError::TooFewOfClass { directory, class, expected, found }, Some((path, reason))) => {
            DataError::TooFewReadable {
                directory,
                class,
                expected,
                found,
                unreadable: report.skipped.len() + report.unsupported.len(),
                first: format!("{}: {reason}", path.printable()),
            }
        }
        (error, _) => error,
    }
}

/// Returns the part of each picture that can be read.
pub(crate) fn parts(
    listing: &Listing,
    description: &DatasetDescription,
    decoded: &DecodedPictures,
    options: &CacheOptions,
) -> Result<Vec<Part>, DataError> {
    let names: Vec<String> = decoded
        .positions
        .iter()
        .map(|&position| percent_encoded(&listing.pictures[position as usize].path))
        .collect();
    let of_listing = group_by(listing, description).map(|it| groups(&it, listing, capture_time));
    let pictures: Vec<SplitPicture<'_>> = decoded
        .positions
        .iter()
        .zip(&names)
        .map(|(&position, name)| {
            let picture = &listing.pictures[position as usize];
            let group = of_listing.as_ref().and_then(|groups| groups[position as usize].as_deref());
            SplitPicture { name, label: picture.label, part: picture.part, group }
        })
        .collect();
    let rule = SplitRule {
        validation: description.validation_share.unwrap_or_default(),
        test: description.test_share.unwrap_or_default(),
        seed: description.split_seed.unwrap_or(SPLIT_SEED),
    };
    let alike = alike(&decoded.pixels, options);
    split(&pictures, listing.classes.len(), &alike, rule).map_err(|problem| {
        let TooFewPictures { class, found, by_groups } = problem;
        let (directory, class) = (listing.source.printable(), printable(&listing.classes[class]));
        match by_groups {
            false => DataError::TooFewOfClass { directory, class, expected: 2 * LEAST_OF_A_CLASS, found },
            true => DataError::TooFewGroups { directory, class, found },
        }
    })
}

/// Returns what groups the pictures: what the description says, else the groups that the manifest names.
pub(crate) fn group_by(listing: &Listing, description: &DatasetDescription) -> Option<GroupBy> {
    let named = || listing.pictures.iter().any(|picture| picture.group.is_some()).then_some(GroupBy::Column);
    description.group_by.clone().or_else(named)
}

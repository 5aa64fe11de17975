//! The findings about a set of picture files, all of which are decoded.
//!
//! In come a set and what it says of itself, out go [`Findings`]. The pictures are decoded into the cache that a training on
//! the set uses: none of them is decoded again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use models::storage::printable::{PrintablePath, printable_path};

use super::colours::has_colours;
use super::duplicates::PairedPictures;
use super::findings::{Broken, ClassCount, Duplicates, Findings};
use super::{conversion, grouping, heads, sides};
use crate::data::cache::cache_folder::CacheOptions;
use crate::data::cache::decoded_pictures::{DecodedPictures, decoded};
use crate::data::channel_statistics::ChannelStatistics;
use crate::data::data_directory::{DataDirectory, Source};
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::description::DatasetDescription;
use crate::data::folder_report::FolderReport;
use crate::data::listing::listing::{ListedPicture, Listing, Part};
use crate::data::near_duplicates::exact_duplicates::exact_duplicates;
use crate::data::near_duplicates::kept_pairs::alike;
use crate::data::picture_set::{group_by, parts};

/// Returns the findings about the pictures of the set in `directory`, which is described so.
///
/// # Errors
/// [`DataError`] where they can't be listed, or can't be kept decoded.
pub(crate) fn findings(
    directory: &DataDirectory,
    description: &DatasetDescription,
) -> Result<Findings, DataError> {
    let (listing, input, options) =
        (directory.listing()?, description.image_input(), CacheOptions::of_process());
    let decoded = decoded(&listing, &input, &options)?;
    let mut findings = of_listing(directory, &listing, description)?;
    let split = parts(&listing, description, &decoded, &options);
    let of_row = match split {
        Ok(parts) => parts,
        Err(problem) => {
            findings.split_problem = Some(problem.to_string());
            rows(&listing, &decoded).map(|picture| picture.part).collect()
        }
    };
    findings.pictures = decoded.positions.len();
    findings.classes = classes(&listing, &decoded, &of_row);
    findings.formats = heads::formats(&heads::of(&listing));
    findings.sides = sides::of(&decoded.sizes);
    findings.smaller_than_input = smaller(&decoded.sizes, &input.shape());
    findings.coloured = (0..decoded.positions.len())
        .filter(|&row| decoded.pixels.thumbnail(row).is_some_and(has_colours))
        .count();
    findings.grey = decoded.positions.len() - findings.coloured;
    report(&mut findings, &listing, &decoded);
    findings.duplicates = Some(duplicates(&listing, &decoded, &options));
    if let Some(statistics) = statistics(&listing, &decoded, &of_row, input.shape()) {
        (findings.mean, findings.standard_deviation) = (statistics.mean, statistics.standard_deviation);
    }
    Ok(findings)
}

/// Returns what a listing says without a look into any file.
pub(super) fn of_listing(
    directory: &DataDirectory,
    listing: &Listing,
    description: &DatasetDescription,
) -> Result<Findings, DataError> {
    let is_divided = listing.has(Part::Training);
    let is_grouped = is_divided || group_by(listing, description).is_some();
    Ok(Findings {
        data: listing.source.printable(),
        source: if directory.source()? == Source::Folders { "folders" } else { "manifest" },
        is_divided,
        input: description.input.map(String::from).unwrap_or_default(),
        left_out: listing.left_out.in_words(),
        warnings: listing.warnings.clone(),
        grouping: if is_grouped { None } else { grouping::proposed(listing) },
        ..Findings::default()
    })
}

fn rows<'a>(listing: &'a Listing, decoded: &'a DecodedPictures) -> impl Iterator<Item = &'a ListedPicture> {
    decoded.positions.iter().map(|&position| &listing.pictures[position as usize])
}

fn classes(listing: &Listing, decoded: &DecodedPictures, parts: &[Part]) -> Vec<ClassCount> {
    let mut classes: Vec<ClassCount> = listing
        .classes
        .iter()
        .map(|label| ClassCount { label: label.clone(), ..ClassCount::default() })
        .collect();
    for (picture, part) in rows(listing, decoded).zip(parts) {
        let class = &mut classes[usize::from(picture.label)];
        class.pictures += 1;
        match part {
            Part::Undivided => {}
            Part::Training => class.train += 1,
            Part::Validation => class.validation += 1,
            Part::Test => class.test += 1,
        }
    }
    classes
}

/// Returns the number of pictures that are enlarged, whichever way they are brought to size.
pub(super) fn smaller(sides: &[[u32; 2]], shape: &[usize; 3]) -> usize {
    let [_, height, width] = *shape;
    let is_smaller = |[has_width, has_height]: &&[u32; 2]| {
        (*has_width as usize) < width && (*has_height as usize) < height
    };
    sides.iter().filter(is_smaller).count()
}

/// Adds what can't be read, and what isn't.
fn report(findings: &mut Findings, listing: &Listing, decoded: &DecodedPictures) {
    let report = FolderReport::of(listing, decoded.skipped.clone(), &decoded.unsupported);
    let broken = |(path, reason): (&Path, &String)| Broken { path: path.printable(), reason: reason.clone() };
    findings.broken_count = report.skipped.len();
    let skipped = report.skipped.iter().map(|it| (it.path.as_path(), &it.reason));
    findings.broken = skipped.map(broken).collect();
    unsupported(findings, listing, &decoded.unsupported);
}

/// Adds the pictures of formats that are not read: those of the listing, and those that decoding has found.
pub(super) fn unsupported(findings: &mut Findings, listing: &Listing, decoded: &[PathBuf]) {
    let paths = || listing.unsupported.iter().chain(decoded).map(PathBuf::as_path);
    findings.unsupported = heads::unsupported(&listing.root, paths());
    let misnamed = heads::misnamed(&listing.root, paths());
    findings.misnamed = misnamed.into_iter().map(|path| listing.root.join(path).printable()).collect();
    findings.conversion = conversion::command(&listing.root, &findings.unsupported);
}

fn duplicates(listing: &Listing, decoded: &DecodedPictures, options: &CacheOptions) -> Duplicates {
    let paired = PairedPictures {
        pictures: rows(listing, decoded).collect(),
        equal: exact_duplicates(&decoded.pixels),
        alike: alike(&decoded.pixels, options),
        name: &|picture| printable_path(&picture.path),
    };
    paired.findings()
}

/// Returns mean and deviation of the pictures that train; `None` where there are none.
fn statistics(
    listing: &Listing,
    decoded: &DecodedPictures,
    parts: &[Part],
    shape: [usize; 3],
) -> Option<ChannelStatistics> {
    let trains = |row: &u32| matches!(parts[*row as usize], Part::Training | Part::Undivided);
    let training: Vec<u32> = (0..decoded.positions.len() as u32).filter(trains).collect();
    let labels = vec![0; training.len()];
    let classes = listing.classes.len();
    let images = DataSet::of_rows(Arc::clone(&decoded.pixels), training, labels, classes, shape);
    (!images.is_empty()).then(|| ChannelStatistics::of(&images))
}

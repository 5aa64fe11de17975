//! The findings of a quick look at a set of picture files: all heads, and a sample of the pictures.
//!
//! In come a set and what it says of itself, out go [`Findings`] without parts that would be drawn and without pictures that
//! show the same. Nothing is kept.

use std::sync::Mutex;

use models::storage::printable::PrintablePath;

use super::colours::has_colours;
use super::findings::{Broken, ClassCount, Findings};
use super::of_pictures::{of_listing, smaller, unsupported};
use super::{heads, sides};
use crate::data::cache::decoding::{Decoded, Undecoded, decode_all};
use crate::data::channel_statistics::ChannelStatistics;
use crate::data::data_directory::DataDirectory;
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::description::DatasetDescription;
use crate::data::listing::listing::{Listing, Part};

/// The number of pictures that are decoded, spread over all.
const SAMPLE: usize = 200;

/// Returns what a quick look at the set in `directory` finds, which is described so.
///
/// # Errors
/// [`DataError`] where the pictures can't be listed.
pub(crate) fn findings(
    directory: &DataDirectory,
    description: &DatasetDescription,
) -> Result<Findings, DataError> {
    let (listing, input) = (directory.listing()?, description.image_input());
    let mut findings = of_listing(directory, &listing, description)?;
    let heads = heads::of(&listing);
    let of_files: Vec<[u32; 2]> = heads.iter().flatten().filter_map(|head| head.sides).collect();
    findings.pictures = listing.pictures.len();
    findings.classes = classes(&listing);
    findings.formats = heads::formats(&heads);
    findings.sides = sides::of(&of_files);
    findings.smaller_than_input = smaller(&of_files, &input.shape());
    unsupported(&mut findings, &listing, &[]);
    let sample = sample(&listing, description);
    findings.sample = Some(sample.looked_at);
    findings.broken_count = sample.broken.len();
    findings.broken = sample.broken;
    findings.coloured = sample.coloured;
    findings.grey = sample.images.len() / input.values().max(1) - sample.coloured;
    if !sample.images.is_empty() {
        let labels = vec![0; sample.images.len() / input.values()];
        let images = DataSet::new(sample.images, labels, listing.classes.len(), input.shape());
        let statistics = ChannelStatistics::of(&images);
        (findings.mean, findings.standard_deviation) = (statistics.mean, statistics.standard_deviation);
    }
    Ok(findings)
}

fn classes(listing: &Listing) -> Vec<ClassCount> {
    let of = [Part::Undivided, Part::Training, Part::Validation, Part::Test].map(|part| listing.counts(part));
    let class = |(class, label): (usize, &String)| ClassCount {
        label: label.clone(),
        pictures: of.iter().map(|counts| counts[class]).sum(),
        train: of[1][class],
        validation: of[2][class],
        test: of[3][class],
    };
    listing.classes.iter().enumerate().map(class).collect()
}

/// What some decoded pictures say of all.
#[derive(Default)]
struct Sample {
    looked_at: usize,
    /// The values of those that can be read, one after another.
    images: Vec<u8>,
    coloured: usize,
    broken: Vec<Broken>,
}

fn sample(listing: &Listing, description: &DatasetDescription) -> Sample {
    let input = description.image_input();
    let count = listing.pictures.len().min(SAMPLE);
    let picture =
        |number: usize| listing.root.join(&listing.pictures[number * listing.pictures.len() / count].path);
    let paths: Vec<_> = (0..count).map(picture).collect();
    let found: Mutex<Vec<Option<Result<Decoded, Undecoded>>>> =
        Mutex::new((0..count).map(|_| None).collect());
    let kept = decode_all(&paths, &input, |at, decoded| {
        found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[at] = Some(decoded);
        Ok(())
    });
    debug_assert!(kept.is_ok(), "keeping in memory has no error");
    let mut sample = Sample { looked_at: count, ..Sample::default() };
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (path, picture) in paths.iter().zip(found) {
        match picture {
            Some(Ok(Decoded { record, .. })) => {
                let (image, thumbnail) = record.split_at(input.values());
                sample.images.extend(image);
                sample.coloured += usize::from(has_colours(thumbnail));
            }
            Some(Err(Undecoded { reason, is_unsupported: false, .. })) => {
                sample.broken.push(Broken { path: path.printable(), reason });
            }
            Some(Err(_)) | None => {}
        }
    }
    sample
}

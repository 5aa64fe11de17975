//! The findings about a set whose images lie one after another in few files: IDX, or CIFAR-10's.
//!
//! In come a set and what it says of itself, out go [`Findings`]. Such sets were prepared by someone: there are no broken
//! files to be found, and nothing is decoded.

use super::findings::{ClassCount, Findings};
use super::sides;
use crate::data::channel_statistics::ChannelStatistics;
use crate::data::data_directory::{DataDirectory, Source};
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::description::DatasetDescription;

/// Returns the findings about the images of the set in `directory`, which is described so.
///
/// # Errors
/// [`DataError`] where the files of the training images are missing or broken.
pub(crate) fn findings(
    directory: &DataDirectory,
    description: &DatasetDescription,
) -> Result<Findings, DataError> {
    let data = directory.training_data()?;
    let mut warnings = Vec::new();
    // A set for training alone is one all the same.
    let test = directory.test().map_err(|problem| warnings.push(format!("no test images: {problem}"))).ok();
    let counts = |images: Option<&DataSet>| {
        let mut counts = vec![0usize; description.classes.len()];
        images.iter().flat_map(|images| images.labels()).for_each(|&label| counts[usize::from(label)] += 1);
        counts
    };
    let (train, validation, test) =
        (counts(Some(&data.training)), counts(Some(&data.validation)), counts(test.as_ref()));
    let class = |(class, label): (usize, &String)| ClassCount {
        label: label.clone(),
        pictures: train[class] + validation[class] + test[class],
        train: train[class],
        validation: validation[class],
        test: test[class],
    };
    let classes: Vec<ClassCount> = description.classes.iter().enumerate().map(class).collect();
    let pictures = classes.iter().map(|class| class.pictures).sum();
    let [channels, height, width] = description.image_shape();
    let statistics = ChannelStatistics::of(&data.training);
    let is_coloured = channels == 3;
    Ok(Findings {
        data: directory.in_words(),
        source: if directory.source()? == Source::Idx { "idx" } else { "cifar-10" },
        pictures,
        classes,
        is_divided: test.iter().sum::<usize>() > 0,
        sides: sides::of(&[[width as u32, height as u32]]),
        coloured: if is_coloured { pictures } else { 0 },
        grey: if is_coloured { 0 } else { pictures },
        warnings,
        input: description.input.map(String::from).unwrap_or_default(),
        mean: statistics.mean,
        standard_deviation: statistics.standard_deviation,
        ..Findings::default()
    })
}

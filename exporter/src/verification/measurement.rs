//! What a file is worth on a set of labelled images: its errors, its distance from the trainer, and the time it takes.

use std::time::Instant;

use edge_runtime::{Classifier, InferenceError};
use models::picture::preprocessing;
use trainer::data::DataSet;
use trainer::evaluation::Evaluation;

use crate::gate::Differences;

/// Images that are run before the clock is looked at: caches and the processor's clock settle.
const WARM_UP: usize = 200;

/// A file measured on a data set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// The number of images in the set.
    pub images: usize,
    /// The number of images that the file labels wrongly.
    pub errors: usize,
    /// The largest difference of a probability from the trainer's; NaN where the trainer's are not known.
    pub largest_difference: f32,
    /// The number of images that the file labels otherwise than the trainer does.
    pub changed_labels: usize,
    /// The time of one image through the runtime on this machine in microseconds, the median over the set.
    pub microseconds: f64,
}

impl Measurement {
    /// Returns the share of images that are labelled rightly, in percent.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        100.0 - 100.0 * self.errors as f64 / self.images.max(1) as f64
    }
}

/// Runs every image of a set through `classifier`, one after another, and compares the answers with the labels and with
/// the trainer's probabilities in `trainer`, one row of `[classes]` for each image. Where `trainer` is empty the
/// differences are NaN.
///
/// # Errors
/// [`InferenceError`] where the runtime fails on an image.
pub fn measure(
    classifier: &Classifier,
    trainer: &[Vec<f32>],
    images: &DataSet,
) -> Result<Measurement, InferenceError> {
    let input = |index| preprocessing::from_bytes(images.image(index), &classifier.contract().input);
    for index in 0..images.len().min(WARM_UP) {
        classifier.probabilities(&input(index))?;
    }
    let mut microseconds = Vec::with_capacity(images.len());
    let mut found = Vec::with_capacity(images.len());
    for index in 0..images.len() {
        let input = input(index);
        let start = Instant::now();
        found.push(classifier.probabilities(&input)?);
        microseconds.push(start.elapsed().as_secs_f64() * 1e6);
    }
    microseconds.sort_by(f64::total_cmp);
    let differences = Differences::between(trainer, &found);
    Ok(Measurement {
        images: images.len(),
        errors: Evaluation::of_probabilities(&found, images.labels()).errors,
        largest_difference: differences.largest,
        changed_labels: differences.changed_labels,
        microseconds: microseconds.get(microseconds.len() / 2).copied().unwrap_or(f64::NAN),
    })
}

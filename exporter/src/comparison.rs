//! What an encoding costs on a set of labelled images, and what it takes: the numbers that help to choose one.

use std::time::Instant;

use edge_runtime::{Classifier, InferenceError};
use models::picture::preprocessing;
use trainer::data_set::DataSet;
use trainer::evaluation::Evaluation;

use crate::differences::Differences;

/// Runs before the clock is looked at: caches and the processor's clock settle.
const WARM_UP: usize = 200;

/// A file on a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// How many.
    pub images: usize,
    /// Of them those with a wrong label.
    pub errors: usize,
    /// Against the trainer's probabilities, the largest difference.
    pub largest_difference: f32,
    /// Images with another label than the trainer's.
    pub changed_labels: usize,
    /// For one image through the runtime, the median over the set, on this machine.
    pub microseconds: f64,
}

impl Measurement {
    /// Right answers, in percent.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        100.0 - 100.0 * self.errors as f64 / self.images.max(1) as f64
    }
}

/// Runs every image of a set through `classifier`, one after another; `trainer` has the trainer's probabilities, a row an
/// image; without them the differences are no numbers.
///
/// # Errors
/// Where the runtime fails on an image.
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

//! How good a network's probabilities are on labelled images.
//!
//! In come rows of class probabilities, `[classes]` each, and a label for each row; out goes an [`Evaluation`].
//! Training, `evaluate` and the exporter count by it, so that an error is the same thing in all of them.

use models::ImageInput;
use models::probability::arg_max;
use serde::Serialize;

use crate::data::data_set::DataSet;
use crate::network::answers::{logits_of_set, probabilities};
use crate::network::device_network::DeviceNetwork;

/// How often, and how surely, a network is right about the images of a set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of images.
    pub images: usize,
    /// The number of images with a wrong label on top.
    pub errors: usize,
    /// The share of images with the right label on top, in [0, 1].
    pub accuracy: f64,
    /// The mean over the classes that have images of the share of each that is right, in [0, 1]: a rare class counts as
    /// much as a frequent one.
    pub balanced_accuracy: f64,
    /// The mean of -ln of the right label's probability, in nats.
    pub negative_log_likelihood: f64,
    /// The number of images of each class with a wrong label on top.
    pub errors_by_class: Vec<usize>,
}

/// The probability that one of 0 in f32 counts as: the smallest that is not 0, so that one image can't make the mean
/// infinite.
pub(crate) const SMALLEST_PROBABILITY: f64 = f32::MIN_POSITIVE as f64;

impl Evaluation {
    /// Evaluates class probabilities, one row per image, in the order of `labels`.
    #[must_use]
    pub fn of_probabilities(probabilities: &[Vec<f32>], labels: &[u16]) -> Self {
        let answers = probabilities.first().map_or(0, Vec::len);
        let named = labels.iter().max().map_or(0, |&largest| usize::from(largest) + 1);
        let mut errors_by_class = vec![0; answers.max(named)];
        let mut images_by_class = vec![0; errors_by_class.len()];
        let mut loss = 0.0;
        for (row, &label) in probabilities.iter().zip(labels) {
            let right = row.get(usize::from(label)).copied().unwrap_or(0.0);
            loss -= f64::from(right).max(SMALLEST_PROBABILITY).ln();
            images_by_class[usize::from(label)] += 1;
            if arg_max(row) != usize::from(label) {
                errors_by_class[usize::from(label)] += 1;
            }
        }
        let (images, errors) = (labels.len(), errors_by_class.iter().sum::<usize>());
        let mean = |sum: f64| sum / images.max(1) as f64;
        let right_shares: Vec<f64> = images_by_class
            .iter()
            .zip(&errors_by_class)
            .filter(|(images, _)| **images > 0)
            .map(|(images, errors)| (images - errors) as f64 / *images as f64)
            .collect();
        Self {
            images,
            errors,
            accuracy: mean((images - errors) as f64),
            balanced_accuracy: right_shares.iter().sum::<f64>() / right_shares.len().max(1) as f64,
            negative_log_likelihood: mean(loss),
            errors_by_class,
        }
    }
}

/// Evaluates a folded network on labelled images, at temperature 1.
pub(crate) fn evaluate(
    network: &DeviceNetwork,
    images: &DataSet,
    input: &ImageInput,
) -> candle_core::Result<Evaluation> {
    let logits = logits_of_set(network, images, input)?;
    Ok(Evaluation::of_probabilities(&probabilities(&logits), images.labels()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: right, wrong, right with a tie that the first wins.
    #[test]
    fn counts_match_hand_computed_numbers() {
        let rows = vec![vec![0.8, 0.2], vec![0.75, 0.25], vec![0.5, 0.5]];
        let evaluation = Evaluation::of_probabilities(&rows, &[0, 1, 0]);
        assert_eq!((evaluation.images, evaluation.errors), (3, 1));
        assert_eq!(evaluation.errors_by_class, [0, 1]);
        let expected = -(0.8f64.ln() + 0.25f64.ln() + 0.5f64.ln()) / 3.0;
        assert!((evaluation.negative_log_likelihood - expected).abs() < 1e-6);
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12);
        // Both images of the first class are right, the one of the second is not.
        assert!((evaluation.balanced_accuracy - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_probability_of_nothing_keeps_the_mean_finite() {
        let evaluation = Evaluation::of_probabilities(&[vec![1.0, 0.0]], &[1]);
        assert!(evaluation.negative_log_likelihood.is_finite());
    }
}

//! How good a network's probabilities are on labelled images.

use std::ops::Range;

use candle_core::Device;
use models::probability::{Temperature, softmax};
use models::weights::Weights;
use models::{ImageInput, Network};
use serde::Serialize;

use crate::candle_network::CandleNetwork;
use crate::data_set::DataSet;
use crate::progress::ImageBar;

/// Images that go through a network at once: enough for every core.
const LARGEST_BATCH: usize = 500;

/// The most values between two layers of one batch, 512 MiB: a network with huge layers gets smaller batches.
const MOST_VALUES: usize = 1 << 27;

/// Ranges of so many images as `network` should get at once.
pub(crate) fn batches(images: usize, network: &Network) -> impl Iterator<Item = Range<usize>> + use<> {
    let batch = (MOST_VALUES / network.largest_shape()).clamp(1, LARGEST_BATCH);
    (0..images).step_by(batch).map(move |start| start..(start + batch).min(images))
}

/// Counts over a set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many.
    pub images: usize,
    /// Of them with a wrong label on top.
    pub errors: usize,
    /// Right ones, in [0, 1].
    pub accuracy: f64,
    /// Mean of -ln of the right label's probability, in nats.
    pub negative_log_likelihood: f64,
    /// Wrong ones of each class.
    pub errors_by_class: Vec<usize>,
}

/// A probability that is 0 in f32 counts as the smallest that is not, so that one image can't make the mean infinite.
pub(crate) const SMALLEST_PROBABILITY: f64 = f32::MIN_POSITIVE as f64;

impl Evaluation {
    /// Of one row of class probabilities an image, in the order of `labels`.
    #[must_use]
    pub fn of_probabilities(probabilities: &[Vec<f32>], labels: &[u8]) -> Self {
        let classes = probabilities.first().map_or(0, Vec::len);
        let mut errors_by_class = vec![0; classes.max(crate::data_set::CLASSES)];
        let mut loss = 0.0;
        for (row, &label) in probabilities.iter().zip(labels) {
            let right = row.get(usize::from(label)).copied().unwrap_or(0.0);
            loss -= f64::from(right).max(SMALLEST_PROBABILITY).ln();
            if largest(row) != usize::from(label) {
                errors_by_class[usize::from(label)] += 1;
            }
        }
        let (images, errors) = (labels.len(), errors_by_class.iter().sum::<usize>());
        let mean = |sum: f64| sum / images.max(1) as f64;
        Self {
            images,
            errors,
            accuracy: mean((images - errors) as f64),
            negative_log_likelihood: mean(loss),
            errors_by_class,
        }
    }
}

/// The position of the largest value, the first of equals.
#[must_use]
pub fn largest(row: &[f32]) -> usize {
    let better = |best: usize, index: usize| if row[index] > row[best] { index } else { best };
    (0..row.len()).fold(0, better)
}

/// The class probabilities at temperature 1 of every image of a set, a row an image.
///
/// # Errors
/// Where the tensors fail.
pub fn probabilities_of_set(
    weights: &Weights,
    images: &DataSet,
    device: &Device,
) -> candle_core::Result<Vec<Vec<f32>>> {
    Ok(probabilities(&logits_of_images(weights, images, device)?))
}

/// The logits of every image, a row an image.
pub(crate) fn logits_of_images(
    weights: &Weights,
    images: &DataSet,
    device: &Device,
) -> candle_core::Result<Vec<Vec<f32>>> {
    logits_of_set(&CandleNetwork::from_weights(weights, device)?, images, &weights.contract.input)
}

/// The logits of inputs `[count][channels · height · width]` that are preprocessed already, a row an input.
///
/// # Errors
/// Where the tensors fail.
pub fn logits(weights: &Weights, inputs: &[Vec<f32>]) -> candle_core::Result<Vec<Vec<f32>>> {
    let network = CandleNetwork::from_weights(weights, &Device::Cpu)?;
    let mut rows = Vec::with_capacity(inputs.len());
    for range in batches(inputs.len(), &weights.network) {
        rows.extend(in_rows(&network.logits(&inputs[range.clone()].concat())?, range.len()));
    }
    Ok(rows)
}

/// Counts of the answers of a folded network at temperature 1.
pub(crate) fn evaluate(
    network: &CandleNetwork,
    images: &DataSet,
    input: &ImageInput,
) -> candle_core::Result<Evaluation> {
    let logits = logits_of_set(network, images, input)?;
    Ok(Evaluation::of_probabilities(&probabilities(&logits), images.labels()))
}

fn probabilities(logits: &[Vec<f32>]) -> Vec<Vec<f32>> {
    logits.iter().map(|row| softmax(row, Temperature::ONE)).collect()
}

/// The logits of every image, a row an image.
pub(crate) fn logits_of_set(
    network: &CandleNetwork,
    images: &DataSet,
    input: &ImageInput,
) -> candle_core::Result<Vec<Vec<f32>>> {
    let pass = ImageBar::start("evaluation".to_owned(), images.len());
    let mut logits = Vec::with_capacity(images.len());
    for range in batches(images.len(), network.network()) {
        let batch = network.logits(&images.inputs(range.clone(), input))?;
        logits.extend(in_rows(&batch, range.len()));
        pass.advance(range.len(), String::new());
    }
    Ok(logits)
}

fn in_rows(values: &[f32], rows: usize) -> Vec<Vec<f32>> {
    values.chunks((values.len() / rows.max(1)).max(1)).map(<[f32]>::to_vec).collect()
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
        assert_eq!(evaluation.errors_by_class[..2], [0, 1]);
        let expected = -(0.8f64.ln() + 0.25f64.ln() + 0.5f64.ln()) / 3.0;
        assert!((evaluation.negative_log_likelihood - expected).abs() < 1e-6);
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_probability_of_nothing_keeps_the_mean_finite() {
        let evaluation = Evaluation::of_probabilities(&[vec![1.0, 0.0]], &[1]);
        assert!(evaluation.negative_log_likelihood.is_finite());
    }
}

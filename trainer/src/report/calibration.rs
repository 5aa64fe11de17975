//! The calibration of a network, which says how far its confidence can be believed: logits and labels in, a reliability
//! diagram, the expected calibration error and the negative log likelihood out.
//!
//! Confidence is the largest class probability. A network is calibrated where, of the images that it is 80 % sure of,
//! 80 % are right (Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017, section 2).

use models::probability::{Temperature, arg_max, softmax};
use serde::Serialize;

use crate::evaluation::evaluation::Evaluation;

/// The number of bins of confidence, as Guo et al. 2017 have it in their tables and diagrams.
pub(crate) const BINS: usize = 15;

/// A bin of a reliability diagram: the images whose confidence lies in `((m - 1) / BINS, m / BINS]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct ReliabilityBin {
    /// The number of images in the bin.
    pub(crate) images: usize,
    /// The mean largest probability of the images; 0 where there are no images.
    pub(crate) confidence: f64,
    /// The share of right answers, in [0, 1]; 0 where there are no images.
    pub(crate) accuracy: f64,
}

/// The calibration of one network on one set, at one temperature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Calibration {
    /// The reliability diagram `[BINS]`, from the least sure bin to the surest.
    pub(crate) bins: Vec<ReliabilityBin>,
    /// The expected calibration error `ECE = Σ_m |B_m| / n · |acc(B_m) - conf(B_m)|` (Guo et al. 2017, equation 3).
    pub(crate) expected_calibration_error: f64,
    /// The mean of -ln of the right label's probability, in nats.
    pub(crate) negative_log_likelihood: f64,
}

impl Calibration {
    /// Computes the calibration of logits, one row per image, which are divided by `temperature` before the softmax.
    pub(crate) fn of_logits(logits: &[Vec<f32>], labels: &[u16], temperature: Temperature) -> Self {
        let probabilities: Vec<Vec<f32>> = logits.iter().map(|row| softmax(row, temperature)).collect();
        let bins = reliability(&probabilities, labels);
        let images = labels.len().max(1) as f64;
        let gap = |bin: &ReliabilityBin| bin.images as f64 / images * (bin.accuracy - bin.confidence).abs();
        Self {
            expected_calibration_error: bins.iter().map(gap).sum(),
            negative_log_likelihood: Evaluation::of_probabilities(&probabilities, labels)
                .negative_log_likelihood,
            bins,
        }
    }
}

/// Computes the reliability diagram: sums over each bin first, then means.
fn reliability(probabilities: &[Vec<f32>], labels: &[u16]) -> Vec<ReliabilityBin> {
    let mut bins = vec![ReliabilityBin::default(); BINS];
    for (row, &label) in probabilities.iter().zip(labels) {
        let guess = arg_max(row);
        let confidence = row.get(guess).copied().map_or(0.0, f64::from);
        let bin = &mut bins[bin_of(confidence)];
        bin.images += 1;
        bin.confidence += confidence;
        bin.accuracy += f64::from(u8::from(guess == usize::from(label)));
    }
    for bin in bins.iter_mut().filter(|bin| bin.images > 0) {
        bin.confidence /= bin.images as f64;
        bin.accuracy /= bin.images as f64;
    }
    bins
}

/// Returns the bin of a confidence; bins are open below and closed above.
fn bin_of(confidence: f64) -> usize {
    ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits whose softmax is `[p, 1 - p]`.
    fn two_classes(p: f64) -> Vec<f32> {
        vec![p.ln() as f32, (1.0 - p).ln() as f32]
    }

    /// By hand. Confidences 0.98, 0.98 (bin 15), 0.7 (bin 11: 10/15 = 0.667 to 0.733) and 0.6 for the second class
    /// (bin 9: 0.533 to 0.6). Right, wrong, right, right: bin 15 has accuracy 0.5.
    /// ECE = 2/4 · |0.5 - 0.98| + 1/4 · |1 - 0.7| + 1/4 · |1 - 0.6| = 0.24 + 0.075 + 0.1.
    #[test]
    fn bins_and_ece_match_hand_computed_numbers() {
        let logits = [0.98, 0.98, 0.7, 0.401].map(two_classes);
        let found = Calibration::of_logits(&logits, &[0, 1, 0, 1], Temperature::ONE);
        let counts: Vec<usize> = found.bins.iter().map(|bin| bin.images).collect();
        assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2]);
        assert!((found.bins[14].accuracy - 0.5).abs() < 1e-12, "{found:?}");
        assert!((found.bins[14].confidence - 0.98).abs() < 1e-6, "{found:?}");
        let ece = 0.5 * 0.48 + 0.25 * 0.3 + 0.25 * (1.0 - 0.599);
        assert!((found.expected_calibration_error - ece).abs() < 1e-6, "{found:?}");
        let nll = -(0.98f64.ln() + 0.02f64.ln() + 0.7f64.ln() + 0.599f64.ln()) / 4.0;
        assert!((found.negative_log_likelihood - nll).abs() < 1e-6, "{found:?}");
    }

    /// By hand: at T = 2, logits ln 81 apart are ln 9 apart, 0.9 : 0.1.
    #[test]
    fn the_temperature_divides_the_logits() {
        let found = Calibration::of_logits(&[vec![81f32.ln(), 0.0]], &[0], 2.0.try_into().unwrap());
        assert!((found.bins[13].confidence - 0.9).abs() < 1e-6, "{found:?}");
        assert!((found.expected_calibration_error - 0.1).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_bin_holds_its_upper_edge_and_every_confidence_has_a_bin() {
        assert_eq!([0.0, 1e-9, 3.0 / 15.0, 3.001 / 15.0, 1.0].map(bin_of), [0, 0, 2, 3, 14]);
        assert_eq!(bin_of(1.0 + 1e-6), 14);
    }
}

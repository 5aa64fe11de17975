//! Class probabilities of f64 logits.

use super::forward_pass::logits;
use crate::probability::Temperature;
use crate::weights::Weights;

/// Computes the class probabilities of one image at temperature 1, f64 `[classes]`: what an exported file must answer.
///
/// `input` is one preprocessed image, `[channels, height, width]`.
///
/// # Panics
/// As [`activations`](super::activations).
#[must_use]
pub fn probabilities(weights: &Weights, input: &[f32]) -> Vec<f64> {
    softmax(&logits(weights, input), Temperature::ONE)
}

/// Computes the softmax of f64 logits `[classes]` at `temperature`: `exp(z_i / T) / Σ exp(z_j / T)` (Hinton, Vinyals,
/// Dean 2015, equation 1). [`probability::softmax`](crate::probability::softmax) is the same for logits that are f32.
#[must_use]
pub fn softmax(logits: &[f64], temperature: Temperature) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponential = |logit: &f64| ((logit - largest) / f64::from(temperature.value())).exp();
    let exponentials: Vec<f64> = logits.iter().map(exponential).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|exponential| exponential / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: z = (ln 4, ln 1). At T = 1 the ratio is 4 : 1, at T = 2 it is 2 : 1.
    #[test]
    fn the_softmax_matches_hand_computed_numbers() {
        let close = |found: Vec<f64>, expected: [f64; 2]| {
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15)
        };
        let logits = [4f64.ln(), 0.0];
        assert!(close(softmax(&logits, Temperature::ONE), [0.8, 0.2]));
        assert!(close(softmax(&logits, Temperature::try_from(2.0).unwrap()), [2.0 / 3.0, 1.0 / 3.0]));
    }
}

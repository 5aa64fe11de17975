//! f16: f32 values as IEEE 754 binary16, rounded to nearest, ties to even, and what is lost on the way.
//!
//! f16 has 11 significant bits, 5 bits of exponent: normal numbers from 2⁻¹⁴ = 6.1e-5 to 65504, subnormal ones down to
//! 2⁻²⁴ = 6.0e-8 with fewer and fewer bits.

use half::f16;
use models::weights::Weights;

/// How many values of a network f16 changes, each counted by what becomes of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HalfLosses {
    /// All values of the network.
    pub values: usize,
    /// Values that f16 does not hold: they become one of their neighbours in f16.
    pub rounded: usize,
    /// Rounded values that become subnormal: nearer to 0 than 6.1e-5, with fewer than 11 significant bits left.
    pub subnormal: usize,
    /// Rounded values that become 0.
    pub zeroed: usize,
}

/// A value that would become infinite in f16.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("tensor {tensor:?}: expected values of at most 65504 for f16, found {largest}")]
pub struct HalfOverflow {
    /// The name of the tensor with the value.
    pub tensor: String,
    /// The value of the largest magnitude in the tensor.
    pub largest: f32,
}

/// Rounds each of `values` to f16, to nearest, ties to even.
#[must_use]
pub fn to_half(values: &[f32]) -> Vec<f16> {
    values.iter().map(|&value| f16::from_f32(value)).collect()
}

/// Counts what f16 loses of all values of a network.
///
/// # Errors
/// [`HalfOverflow`] for the first tensor with a value that would become infinite.
pub fn losses(weights: &Weights) -> Result<HalfLosses, HalfOverflow> {
    let mut losses = HalfLosses::default();
    for (spec, values) in weights.tensors() {
        for (&value, half) in values.iter().zip(to_half(values)) {
            if half.is_infinite() {
                let larger = |a: f32, b: &f32| if b.abs() > a.abs() { *b } else { a };
                return Err(HalfOverflow { tensor: spec.name, largest: values.iter().fold(value, larger) });
            }
            let inexact = half.to_f32() != value;
            losses.values += 1;
            losses.rounded += usize::from(inexact);
            losses.zeroed += usize::from(inexact && half == f16::ZERO);
            losses.subnormal +=
                usize::from(inexact && half != f16::ZERO && half.to_f32().abs() < f16::MIN_POSITIVE.to_f32());
        }
    }
    Ok(losses)
}

/// Returns the network that an f16 file computes: every value rounded to f16, in f32 again.
#[must_use]
pub fn rounded(weights: &Weights) -> Weights {
    let values = weights.values.iter().map(|&value| f16::from_f32(value).to_f32()).collect();
    Weights { values, ..weights.clone() }
}

#[cfg(test)]
mod tests {
    use models::{ModelContract, Network, Provenance};

    use super::*;

    /// Bits of f16 by hand, from the standard's layout: sign, 5 bits of exponent with bias 15, 10 of fraction.
    #[test]
    fn rounding_is_to_nearest_and_ties_go_to_even() {
        let bits = |value: f32| to_half(&[value])[0].to_bits();
        // 2048 + 1 lies between 2048 (even) and 2050; 2050 + 1 between 2050 and 2052 (even).
        assert_eq!((bits(2048.0), bits(2049.0), bits(2051.0)), (0x6800, 0x6800, 0x6802));
        // One step of f32 past the tie is nearer to the upper neighbour.
        assert_eq!(bits(2049.0f32.next_up()), 0x6801);
        // 1 + 2⁻¹¹ is a tie between 1 and 1 + 2⁻¹⁰, 1 + 3 · 2⁻¹¹ one between 1 + 2⁻¹⁰ and 1 + 2⁻⁹.
        assert_eq!((bits(1.0 + 2f32.powi(-11)), bits(1.0 + 3.0 * 2f32.powi(-11))), (0x3c00, 0x3c02));
        assert_eq!(bits(-1.0 - 3.0 * 2f32.powi(-11)), 0xbc02);
    }

    #[test]
    fn rounding_holds_at_both_edges_of_the_range() {
        let bits = |value: f32| to_half(&[value])[0].to_bits();
        // 65504 is the largest; 65520 is the tie between it and 2¹⁶, which is infinite in f16.
        assert_eq!((bits(65504.0), bits(65520.0f32.next_down()), bits(65520.0)), (0x7bff, 0x7bff, 0x7c00));
        // The smallest normal, the largest subnormal, the smallest subnormal, and the tie between it and 0.
        assert_eq!((bits(2f32.powi(-14)), bits(2f32.powi(-14) - 2f32.powi(-24))), (0x0400, 0x03ff));
        assert_eq!((bits(2f32.powi(-24)), bits(2f32.powi(-25)), bits(2f32.powi(-25).next_up())), (1, 0, 1));
        assert_eq!((bits(-2f32.powi(-25)), bits(0.0), bits(-0.0)), (0x8000, 0, 0x8000));
    }

    fn weights(first: &[f32]) -> Weights {
        let network = Network::student(&[1]);
        let mut values = vec![0.5; network.parameter_count()];
        values[..first.len()].copy_from_slice(first);
        Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None }
    }

    #[test]
    fn losses_are_counted_once_each() {
        let exact = [1.0, -0.25, 65504.0, 2f32.powi(-24)];
        let inexact = [0.1, 1.5 * 2f32.powi(-24), 1e-9];
        let found = losses(&weights(&[exact.as_slice(), &inexact].concat())).unwrap();
        let expected = HalfLosses { values: 805, rounded: 3, subnormal: 1, zeroed: 1 };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_value_out_of_range_is_an_error_that_names_the_tensor_and_the_largest_value() {
        let message = losses(&weights(&[1.0, 65520.0, -1e6])).unwrap_err().to_string();
        assert_eq!(
            message,
            "tensor \"fc1.weight\": expected values of at most 65504 for f16, found -1000000"
        );
        assert!(losses(&weights(&[65519.0])).is_ok());
    }

    #[test]
    fn the_rounded_network_has_values_that_f16_holds() {
        let rounded = rounded(&weights(&[0.1, 3.0]));
        assert_eq!((rounded.values[0], rounded.values[1]), (0.099_975_586, 3.0));
        assert_eq!(losses(&rounded).unwrap().rounded, 0);
    }
}

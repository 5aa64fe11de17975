//! How far the probabilities of a program are from those of an oracle: two rows `[classes]` in, one number out.

/// Returns the largest difference between a value that is `expected` and the same value as `found`.
///
/// It is NaN where one of the values is NaN, so that no tolerance holds: every comparison with NaN is false.
///
/// # Panics
/// Where the rows are not of the same length.
#[must_use]
pub fn largest(expected: &[f64], found: &[f32]) -> f64 {
    assert_eq!(expected.len(), found.len(), "values of a row");
    let differences =
        expected.iter().zip(found).map(|(expected, found)| (expected - f64::from(*found)).abs());
    differences.fold(
        0.0,
        |largest: f64, difference| {
            if largest.is_nan() || difference <= largest { largest } else { difference }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::largest;

    #[test]
    fn the_largest_difference_is_found_wherever_it_stands() {
        assert_eq!(largest(&[0.5, 0.25, 0.25], &[0.5, 0.75, 0.125]), 0.5);
        assert_eq!(largest(&[], &[]), 0.0);
    }

    #[test]
    fn a_value_that_is_no_number_is_within_no_tolerance() {
        for found in [[f32::NAN, 0.5], [0.5, f32::NAN]] {
            assert!(largest(&[0.5, 0.5], &found).is_nan());
        }
    }
}

//! The parsers of values on the command line: text in, a number in its range out, or a sentence about what was
//! expected.

use std::time::Duration;

use crate::run::config::LARGEST_EPOCHS;

/// Parses a whole number of at least 1.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number >= 1)
        .ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

/// Parses a number of epochs.
pub(crate) fn epochs(text: &str) -> Result<usize, String> {
    let in_range = |number: &usize| (1..=LARGEST_EPOCHS).contains(number);
    text.parse()
        .ok()
        .filter(in_range)
        .ok_or_else(|| format!("expected a whole number from 1 to {LARGEST_EPOCHS}"))
}

/// Parses a finite number for which `holds` is true; `expected` names such numbers in the error.
pub(crate) fn number_where(text: &str, holds: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && holds(*number))
        .ok_or_else(|| format!("expected {expected}"))
}

/// Parses a finite number over 0.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    number_where(text, |number| number > 0.0, "a finite number over 0")
}

/// Parses a finite number of at least 0.
pub(crate) fn not_negative(text: &str) -> Result<f32, String> {
    number_where(text, |number| number >= 0.0, "a finite number of at least 0").map(|number| number as f32)
}

/// Parses a number in [0, 1).
pub(crate) fn under_one(text: &str) -> Result<f32, String> {
    number_where(text, |number| (0.0..1.0).contains(&number), "a number from 0 to under 1")
        .map(|number| number as f32)
}

/// Parses a decay per step, in [0, 1).
pub(crate) fn decay(text: &str) -> Result<f64, String> {
    number_where(text, |number| (0.0..1.0).contains(&number), "a number from 0 to under 1")
}

/// Parses a duration in seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    number_where(text, |number| (0.0..1e9).contains(&number), "seconds, at least 0")
        .map(Duration::from_secs_f64)
}

/// Parses a share, in [0, 1].
pub(crate) fn share(text: &str) -> Result<f64, String> {
    number_where(text, |number| (0.0..=1.0).contains(&number), "a number from 0 to 1")
}

/// Parses a share of pictures, in [0, 1]: `2%` or `0.02`.
pub(crate) fn percentage(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text, 1.0),
    };
    let expected = "a share from 0 to 1 or in percent, such as 0.02 or 2%";
    number_where(number, |number| (0.0..=whole).contains(&number), expected).map(|number| number / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(at_least_one("0").is_err() && at_least_one("-1").is_err() && at_least_one("7") == Ok(7));
        assert!(positive("0").is_err() && positive("nan").is_err() && positive("inf").is_err());
        assert!(share("1.01").is_err() && share("-0.1").is_err() && share("1") == Ok(1.0));
        assert!(not_negative("-0.1").is_err() && not_negative("0") == Ok(0.0));
    }

    #[test]
    fn a_share_of_pictures_is_a_fraction_or_a_percentage() {
        for (text, share) in
            [("2%", 0.02), ("2 %", 0.02), ("0.02", 0.02), ("0", 0.0), ("1", 1.0), ("100%", 1.0)]
        {
            assert_eq!(percentage(text), Ok(share), "{text}");
        }
        for text in ["", "%", "2", "101%", "-1%", "nan%", "2%%", "two"] {
            assert!(percentage(text).unwrap_err().contains("0.02 or 2%"), "{text}");
        }
    }
}

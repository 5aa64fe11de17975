//! The parsers of values on the command line: text in, a number in its range out, or a sentence about what was
//! expected.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::augmentation::augmentation::STRONGEST_AUGMENTATION;
use crate::data::listing::class_names::MOST_CLASSES;
use crate::data::picture_split::PartShare;
use crate::run::config::LARGEST_EPOCHS;

/// The most threads that a user may ask for: more than machines have.
const MOST_THREADS: u16 = 1024;

/// Parses a whole number in a range; `expected` names such numbers in the error.
fn whole<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>, expected: &str) -> Result<T, String> {
    // A sign and 1M, 1e6 and 1,000 are no digits.
    let digits = !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && range.contains(number));
    number.ok_or_else(|| format!("expected a whole number {expected}, in digits alone"))
}

/// Parses a whole number of at least 1.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    whole(text, 1..=usize::MAX, "of at least 1")
}

/// Parses a number of epochs.
pub(crate) fn epochs(text: &str) -> Result<usize, String> {
    whole(text, 1..=LARGEST_EPOCHS, &format!("from 1 to {LARGEST_EPOCHS}"))
}

/// Parses a seed.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    whole(text, 0..=u64::MAX, &format!("from 0 to {}", u64::MAX))
}

/// Parses a number of classes.
pub(crate) fn classes(text: &str) -> Result<usize, String> {
    whole(text, 2..=MOST_CLASSES, &format!("from 2 to {MOST_CLASSES}"))
}

/// Parses the share of a part of a set: a number such as 0.1, or a percentage.
pub(crate) fn part_share(text: &str) -> Result<PartShare, String> {
    percentage(text)
        .map_err(|_| ())
        .and_then(|share| PartShare::try_from(share).map_err(|_| ()))
        .map_err(|()| "expected a share over 0 and at most a half, such as 0.1 or 10%".to_owned())
}

/// Parses a number of gigabytes.
pub(crate) fn gigabytes(text: &str) -> Result<f64, String> {
    number_where(text, |number| (0.0..=1e9).contains(&number), "a number of gigabytes of at least 0")
}

/// Parses the position of an image, counted from 0.
pub(crate) fn position(text: &str) -> Result<usize, String> {
    whole(text, 0..=usize::MAX, "of at least 0")
}

/// Parses a number of threads.
pub(crate) fn threads(text: &str) -> Result<u16, String> {
    whole(text, 1..=MOST_THREADS, &format!("from 1 to {MOST_THREADS}"))
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

/// Parses the strength of an augmentation.
pub(crate) fn strength(text: &str) -> Result<f32, String> {
    let most = f64::from(STRONGEST_AUGMENTATION);
    let expected = format!("a number from 0 to {STRONGEST_AUGMENTATION}");
    number_where(text, |number| (0.0..=most).contains(&number), &expected).map(|number| number as f32)
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

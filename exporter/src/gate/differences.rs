//! How far two computations of the same probabilities are apart: two tables in, one row of `[classes]` for each input;
//! their differences out.

use models::probability::arg_max;

/// The differences between two tables of probabilities, one row for each input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Differences {
    /// The largest difference of a single probability; NaN where a row or a value is missing or is no number.
    pub(crate) largest: f32,
    /// The mean over the rows of each row's largest difference.
    pub(crate) mean: f32,
    /// The number of rows with another class on top.
    pub(crate) changed_labels: usize,
}

impl Differences {
    /// Compares what was `found` with what was `expected`.
    pub(crate) fn between(expected: &[Vec<f32>], found: &[Vec<f32>]) -> Self {
        let same_shape = expected.len() == found.len()
            && expected.iter().zip(found).all(|(expected, found)| expected.len() == found.len());
        if !same_shape {
            return Self { largest: f32::NAN, mean: f32::NAN, changed_labels: expected.len() };
        }
        let rows = || expected.iter().zip(found);
        let of_rows: Vec<f32> = rows().map(|(expected, found)| largest_difference(expected, found)).collect();
        Self {
            largest: of_rows.iter().copied().fold(0.0, larger),
            mean: (of_rows.iter().map(|&row| f64::from(row)).sum::<f64>() / of_rows.len().max(1) as f64)
                as f32,
            changed_labels: rows().filter(|(expected, found)| arg_max(expected) != arg_max(found)).count(),
        }
    }
}

fn largest_difference(expected: &[f32], found: &[f32]) -> f32 {
    expected.iter().zip(found).map(|(expected, found)| (expected - found).abs()).fold(0.0, larger)
}

/// NaN is larger than every number.
fn larger(one: f32, other: f32) -> f32 {
    if other.is_nan() || one < other { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: rows differ by 0.25 and 0.125 at most, and the first one's label changes.
    #[test]
    fn the_largest_the_mean_and_the_labels_match_hand_computed_numbers() {
        let expected = vec![vec![0.5, 0.5, 0.0], vec![0.25, 0.75, 0.0]];
        let found = vec![vec![0.25, 0.5, 0.25], vec![0.125, 0.75, 0.125]];
        let differences = Differences { largest: 0.25, mean: 0.1875, changed_labels: 1 };
        assert_eq!(Differences::between(&expected, &found), differences);
    }

    #[test]
    fn the_largest_difference_is_no_number_where_rows_are_missing_or_are_none() {
        let rows = |values: &[f32]| vec![values.to_vec()];
        let largest =
            |expected: &[f32], found: &[Vec<f32>]| Differences::between(&rows(expected), found).largest;
        assert!(largest(&[0.5, 0.5], &[]).is_nan());
        assert!(largest(&[0.5, 0.5], &rows(&[1.0])).is_nan());
        assert!(largest(&[0.5, 0.5], &rows(&[f32::NAN, 0.5])).is_nan());
        assert!(largest(&[0.5, 0.5], &rows(&[0.5, f32::NAN])).is_nan());
    }
}

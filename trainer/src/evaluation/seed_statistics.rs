//! The mean and the standard deviation of a figure over seeds.
//!
//! In comes one value a seed, out go the statistics. A single seed says little about a recipe.

use serde::Serialize;

/// The statistics of a figure over seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SeedStatistics {
    /// The value of each seed, in the order of the runs.
    pub(crate) values: Vec<f64>,
    /// The mean of the values.
    pub(crate) mean: f64,
    /// The standard deviation of the values, with n - 1 in the divisor; `None` for a single value.
    pub(crate) standard_deviation: Option<f64>,
}

impl SeedStatistics {
    /// Returns the statistics of `values`, or `None` without values.
    pub(crate) fn of(values: Vec<f64>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let standard_deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        Some(Self { values, mean, standard_deviation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: mean 3, squares 4 + 0 + 4 = 8, 8 / 2 = 4, its root 2.
    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let found = SeedStatistics::of(vec![1.0, 3.0, 5.0]).unwrap();
        assert_eq!((found.mean, found.standard_deviation), (3.0, Some(2.0)));
        assert_eq!(SeedStatistics::of(vec![0.5]).unwrap().standard_deviation, None);
        assert_eq!(SeedStatistics::of(vec![]), None);
    }
}

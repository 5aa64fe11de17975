//! The training curves of a report: the metrics of runs in, a bounded number of curves and points out, so that long
//! trainings do not make a large page.

use crate::report::page_data::Curve;
use crate::report::sources::Source;
use crate::run::metrics::EpochMetrics;

/// The most curves of a plot: more lines than these can't be told apart.
const MOST_CURVES: usize = 8;

/// The most points of a curve: more than a screen has columns for.
const MOST_POINTS: usize = 300;

const LARGEST_VALUE: f64 = 1e9;

/// Returns the curves of the sources that have some, those in `first` before the others, and how many sources found no
/// place.
pub(crate) fn curves(sources: &[Source], first: &[usize]) -> (Vec<Curve>, usize) {
    let others = (0..sources.len()).filter(|position| !first.contains(position));
    let order = first.iter().copied().chain(others).filter(|&position| !sources[position].epochs.is_empty());
    let order: Vec<usize> = order.collect();
    let left_out = order.len().saturating_sub(MOST_CURVES);
    let curves = order.into_iter().take(MOST_CURVES).map(|position| curve(position, &sources[position]));
    (curves.collect(), left_out)
}

fn curve(network: usize, source: &Source) -> Curve {
    let epochs: Vec<&EpochMetrics> =
        thinned(source.epochs.len()).into_iter().map(|position| &source.epochs[position]).collect();
    let values = |value: fn(&EpochMetrics) -> f64| {
        epochs.iter().map(|epoch| millionths(value(epoch))).collect::<Vec<f64>>()
    };
    Curve {
        network,
        epoch: epochs.iter().map(|epoch| epoch.epoch).collect(),
        training_loss: values(|epoch| epoch.training_loss),
        training_accuracy: values(|epoch| epoch.training_accuracy),
        validation_loss: values(|epoch| epoch.validation_loss),
        validation_accuracy: values(|epoch| epoch.validation_accuracy),
    }
}

/// Returns evenly spaced positions among `count`, the first and the last among them.
fn thinned(count: usize) -> Vec<usize> {
    if count <= MOST_POINTS {
        return (0..count).collect();
    }
    (0..MOST_POINTS).map(|point| point * (count - 1) / (MOST_POINTS - 1)).collect()
}

/// Returns the value rounded to millionths, and no larger than can be drawn: files may hold anything, and so may a run
/// that diverges.
fn millionths(value: f64) -> f64 {
    (value.clamp(-LARGEST_VALUE, LARGEST_VALUE) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_bounded_in_points_and_values() {
        assert_eq!(thinned(3), [0, 1, 2]);
        let found = thinned(100_000);
        assert_eq!((found.len(), found[0], found[MOST_POINTS - 1]), (MOST_POINTS, 0, 99_999));
        assert_eq!([0.123_456_7, 1e300, -1e308].map(millionths), [0.123_457, 1e9, -1e9]);
        assert!(thinned(MOST_POINTS + 1).windows(2).all(|pair| pair[0] < pair[1]));
    }
}

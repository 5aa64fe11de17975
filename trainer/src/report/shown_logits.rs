//! The logits of one image as the page has them: all of them where the classes are few, else those that are looked at
//! and what the others add up to.
//!
//! In come logits `[classes]` and the label, out goes what the page's script computes probabilities of, at any
//! temperature. With 4,096 classes and six networks all logits of one picture would be 200 kB.

use serde::Serialize;

/// The most classes of which all logits stand on the page, and that have a matrix.
pub(crate) const FEW_CLASSES: usize = 24;

/// The number of classes that are shown of an image where there are more.
const LIKELIEST: usize = 12;

/// The number of groups into which the other logits are put. Logits of a group differ by a sixteenth of their range, and
/// what they add to the sum of exponentials is that of their mean, within a few hundredths of itself at T = 1.
const GROUPS: usize = 16;

/// The logits of one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum ShownLogits {
    /// All logits, in the order of the classes.
    All(Vec<f64>),
    /// The logits of some classes.
    Some {
        /// The classes: the likeliest ones, the label, and the least likely one.
        classes: Vec<usize>,
        /// The logits of these classes.
        logits: Vec<f64>,
        /// The other classes in groups of like logits: a mean and how many there are.
        others: Vec<(f64, usize)>,
    },
}

impl ShownLogits {
    /// Returns what the page has of `logits`, which are those of an image of class `label`.
    pub(crate) fn of(logits: &[f32], label: usize) -> Self {
        if logits.len() <= FEW_CLASSES {
            return Self::All(logits.iter().map(|&logit| thousandths(f64::from(logit))).collect());
        }
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
        let is_shown = |(rank, class): &(usize, usize)| {
            *rank < LIKELIEST || *class == label || *rank + 1 == logits.len()
        };
        let (shown, others): (Vec<_>, Vec<_>) = order.into_iter().enumerate().partition(is_shown);
        let others: Vec<f64> = others.into_iter().map(|(_, class)| f64::from(logits[class])).collect();
        let classes: Vec<usize> = shown.into_iter().map(|(_, class)| class).collect();
        let logits = classes.iter().map(|&class| thousandths(f64::from(logits[class]))).collect();
        Self::Some { classes, logits, others: groups(&others) }
    }

    /// Returns how many numbers are written for the image.
    pub(crate) fn numbers(&self) -> usize {
        match self {
            Self::All(logits) => logits.len(),
            Self::Some { classes, logits, others } => classes.len() + logits.len() + 2 * others.len(),
        }
    }
}

/// Puts falling logits into groups: the mean and the number of each that is not empty.
fn groups(falling: &[f64]) -> Vec<(f64, usize)> {
    let (Some(&high), Some(&low)) = (falling.first(), falling.last()) else { return vec![] };
    let width = ((high - low) / GROUPS as f64).max(f64::MIN_POSITIVE);
    let group = |logit: f64| (((high - logit) / width) as usize).min(GROUPS - 1);
    falling
        .chunk_by(|a, b| group(*a) == group(*b))
        .map(|same| (thousandths(same.iter().sum::<f64>() / same.len() as f64), same.len()))
        .collect()
}

/// Returns a logit rounded to three decimals: a probability is then right to a thousandth of itself at T = 1, and the
/// page half as large.
fn thousandths(logit: f64) -> f64 {
    (logit * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_logits_keep_three_decimals() {
        let shown = ShownLogits::of(&[1.234_567, -0.000_4, 12.0], 0);
        assert_eq!(shown, ShownLogits::All(vec![1.235, -0.0, 12.0]));
    }

    /// Logits of a training set's size: the probabilities at T = 1 and T = 8 are those of all logits within a fiftieth.
    #[test]
    fn many_logits_give_the_probabilities_of_all() {
        let logits: Vec<f32> = (0..4096).map(|class| (class * 37 % 4096) as f32 / 400.0).collect();
        let ShownLogits::Some { classes, logits: shown, others } = ShownLogits::of(&logits, 5) else {
            panic!("some logits")
        };
        assert_eq!((classes.len(), shown.len()), (14, 14));
        assert!(classes.contains(&5) && classes.contains(&0), "{classes:?}");
        assert_eq!(others.iter().map(|(_, count)| count).sum::<usize>(), 4096 - 14);
        for temperature in [1.0, 8.0] {
            let exact: f64 = logits.iter().map(|logit| (f64::from(*logit) / temperature).exp()).sum();
            let own: f64 = shown.iter().map(|logit| (logit / temperature).exp()).sum();
            let rest: f64 =
                others.iter().map(|(mean, count)| *count as f64 * (mean / temperature).exp()).sum();
            assert!(((own + rest) / exact - 1.0).abs() < 0.02, "T = {temperature}: {own} {rest} {exact}");
        }
    }

    #[test]
    fn equal_logits_are_one_group() {
        assert_eq!(groups(&[0.5; 30]), [(0.5, 30)]);
        assert_eq!(groups(&[]), []);
    }
}

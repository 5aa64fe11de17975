//! The confusion of a network: class probabilities and labels in, counts of which class is taken for which and the wrong
//! images of each such pair out. What is not confused takes no place, so that 4,096 classes are no matter.

use std::collections::BTreeMap;

use models::probability::arg_max;

/// Which classes one network takes for which on one set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confusion {
    /// The counts of each class, in the order of the labels.
    pub(crate) classes: Vec<ClassCount>,
    /// The pairs of a label and a wrong guess that occur, the most frequent first.
    pub(crate) pairs: Vec<ConfusedPair>,
}

/// The images of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ClassCount {
    /// The number of images.
    pub(crate) images: usize,
    /// The number of images with a right guess.
    pub(crate) right: usize,
}

/// The images of one class that are taken for another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfusedPair {
    /// The class that the images are.
    pub(crate) label: usize,
    /// The class that they are taken for.
    pub(crate) guess: usize,
    /// The positions of the images, the surest first.
    pub(crate) wrong: Vec<usize>,
}

impl Confusion {
    /// Counts the answers in `probabilities`, one row per image with the probability of each of `classes`.
    pub(crate) fn of_probabilities(probabilities: &[Vec<f32>], labels: &[u16], classes: usize) -> Self {
        let mut counts = vec![ClassCount::default(); classes];
        let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (position, (row, &label)) in probabilities.iter().zip(labels).enumerate() {
            let (label, guess) = (usize::from(label), arg_max(row));
            counts[label].images += 1;
            if guess == label {
                counts[label].right += 1;
            } else {
                pairs.entry((label, guess)).or_default().push(position);
            }
        }
        let mut pairs: Vec<ConfusedPair> = pairs
            .into_iter()
            .map(|((label, guess), mut wrong)| {
                wrong.sort_by(|a, b| probabilities[*b][guess].total_cmp(&probabilities[*a][guess]));
                ConfusedPair { label, guess, wrong }
            })
            .collect();
        // The sort is stable: pairs of one length stay in the order of the labels.
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.wrong.len()));
        Self { classes: counts, pairs }
    }

    /// Returns the confusion matrix `[label][guess]`, in images.
    pub(crate) fn matrix(&self) -> Vec<Vec<usize>> {
        let mut matrix = vec![vec![0; self.classes.len()]; self.classes.len()];
        self.classes.iter().enumerate().for_each(|(class, count)| matrix[class][class] = count.right);
        self.pairs.iter().for_each(|pair| matrix[pair.label][pair.guess] = pair.wrong.len());
        matrix
    }

    /// Returns the classes with wrong guesses, those with the smallest share of right ones first.
    pub(crate) fn worst_classes(&self) -> Vec<usize> {
        let share = |class: &usize| {
            let ClassCount { images, right } = self.classes[*class];
            right as f64 / images as f64
        };
        let has_errors = |class: &usize| self.classes[*class].right < self.classes[*class].images;
        let mut worst: Vec<usize> = (0..self.classes.len()).filter(has_errors).collect();
        worst.sort_by(|a, b| share(a).total_cmp(&share(b)));
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_image_and_lists_the_surest_error_first() {
        let rows = [[0.6, 0.4], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1]].map(Vec::from);
        let found = Confusion::of_probabilities(&rows, &[0, 0, 0, 1, 1], 2);
        assert_eq!(found.matrix(), [[1, 2], [1, 1]]);
        let pair = |label, guess, wrong: &[usize]| ConfusedPair { label, guess, wrong: wrong.to_vec() };
        assert_eq!(found.pairs, [pair(0, 1, &[2, 1]), pair(1, 0, &[4])]);
        assert_eq!(found.worst_classes(), [0, 1]);
    }

    #[test]
    fn classes_without_errors_or_images_are_not_the_worst() {
        let rows = [vec![0.9, 0.1, 0.0, 0.0], vec![0.1, 0.0, 0.9, 0.0]];
        let found = Confusion::of_probabilities(&rows, &[0, 1], 4);
        assert_eq!(found.worst_classes(), [1]);
    }
}

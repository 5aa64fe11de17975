//! The confusion matrix: class probabilities and labels in, counts of which class is taken for which and the wrong
//! images of each cell out.

use models::probability::arg_max;

/// The confusion matrix of one network on one set, with the wrong images of each cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confusion {
    /// The number of images in each cell `[label][guess]`.
    pub(crate) counts: Vec<Vec<usize>>,
    /// The positions of the wrong images in each cell `[label][guess]`, the surest first; none where the guess is the
    /// label.
    pub(crate) wrong: Vec<Vec<Vec<usize>>>,
}

impl Confusion {
    /// Counts the answers in `probabilities`, one row per image with the probability of each of `classes`.
    pub(crate) fn of_probabilities(probabilities: &[Vec<f32>], labels: &[u16], classes: usize) -> Self {
        let mut confusion =
            Self { counts: vec![vec![0; classes]; classes], wrong: vec![vec![vec![]; classes]; classes] };
        for (position, (row, &label)) in probabilities.iter().zip(labels).enumerate() {
            let (label, guess) = (usize::from(label), arg_max(row));
            confusion.counts[label][guess] += 1;
            if guess != label {
                confusion.wrong[label][guess].push(position);
            }
        }
        for (guess, cell) in confusion.wrong.iter_mut().flat_map(|row| row.iter_mut().enumerate()) {
            cell.sort_by(|a, b| probabilities[*b][guess].total_cmp(&probabilities[*a][guess]));
        }
        confusion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_image_and_lists_the_surest_error_first() {
        let rows = [[0.6, 0.4], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1]].map(Vec::from);
        let found = Confusion::of_probabilities(&rows, &[0, 0, 0, 1, 1], 2);
        assert_eq!(found.counts, [[1, 2], [1, 1]]);
        assert_eq!(found.wrong[0][1], [2, 1]);
        assert_eq!(found.wrong[1][0], [4]);
        assert!(found.wrong[0][0].is_empty() && found.wrong[1][1].is_empty());
    }
}

//! The most informative images: a network's class probabilities in, the positions of images whose second guess says
//! most out.
//!
//! A picture that is classified rightly, and still looks much like something else, shows what soft targets carry and a
//! label does not.

use std::collections::HashMap;

use models::probability::arg_max;

/// The bounds of a choice of most informative images.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// The most images in all.
    pub(crate) most: usize,
    /// The most images of the same label and second guess, so that one pair does not fill the page.
    pub(crate) of_a_pair: usize,
}

/// Returns the positions of right answers, those with the largest second probability first. `probabilities` has one row
/// per image.
pub(crate) fn informative_images(probabilities: &[Vec<f32>], labels: &[u16], choice: Choice) -> Vec<usize> {
    let right = |position: &usize| arg_max(&probabilities[*position]) == usize::from(labels[*position]);
    let mut candidates: Vec<(usize, usize)> = (0..labels.len().min(probabilities.len()))
        .filter(right)
        .filter_map(|position| Some((position, second(&probabilities[position])?)))
        .collect();
    let share = |(position, second): &(usize, usize)| probabilities[*position][*second];
    candidates.sort_by(|a, b| share(b).total_cmp(&share(a)));
    let mut seen: HashMap<(u16, usize), usize> = HashMap::new();
    candidates.retain(|(position, second)| {
        let pair = seen.entry((labels[*position], *second)).or_default();
        *pair += 1;
        *pair <= choice.of_a_pair
    });
    candidates.into_iter().map(|(position, _)| position).take(choice.most).collect()
}

/// Returns the class with the second largest value; none where there is one class.
fn second(row: &[f32]) -> Option<usize> {
    let first = arg_max(row);
    (0..row.len()).filter(|class| *class != first).max_by(|a, b| row[*a].total_cmp(&row[*b]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_doubtful_right_answers_come_first_and_no_pair_fills_the_list() {
        let rows = [
            [0.90, 0.07, 0.03], // a 0, second 1
            [0.55, 0.44, 0.01], // a 0, second 1
            [0.60, 0.38, 0.02], // a 0, second 1
            [0.45, 0.50, 0.05], // a 0 taken for 1
            [0.10, 0.20, 0.70], // a 2, second 1
        ]
        .map(Vec::from);
        let labels = [0, 0, 0, 0, 2];
        let chosen = |most, of_a_pair| informative_images(&rows, &labels, Choice { most, of_a_pair });
        assert_eq!(chosen(9, 9), [1, 2, 4, 0]);
        assert_eq!(chosen(9, 1), [1, 4]);
        assert_eq!(chosen(2, 9), [1, 2]);
    }
}

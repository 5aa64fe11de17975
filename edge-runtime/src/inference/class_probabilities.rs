//! The answer for one picture: the classes with their probabilities, the likeliest first.
//!
//! In: the labels of a contract and the network's probabilities, both `[classes]`. Out: a ranking, likeliest class first.

use std::sync::Arc;

/// One class and how likely it is, by the network.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Guess {
    /// The name of the class, from the model's contract.
    pub label: String,
    /// The probability of the class, in [0, 1].
    pub probability: f32,
}

/// The probabilities of all classes for one picture, ranked: the answer of [`Classifier::classify`](crate::Classifier::classify).
#[derive(Debug, Clone, PartialEq)]
pub struct ClassProbabilities {
    labels: Arc<[String]>,
    probabilities: Vec<f32>,
    ranking: Vec<usize>,
    is_blank: bool,
}

impl ClassProbabilities {
    /// `labels` and `probabilities` are `[classes]` and belong together position by position. Equal probabilities keep
    /// the order of the labels.
    pub(crate) fn new(labels: Arc<[String]>, probabilities: Vec<f32>) -> Self {
        let mut ranking: Vec<usize> = (0..probabilities.len().min(labels.len())).collect();
        ranking.sort_by(|&left, &right| probabilities[right].total_cmp(&probabilities[left]));
        Self { labels, probabilities, ranking, is_blank: false }
    }

    /// The answer for a picture without anything to be read: no class is likelier than another one.
    pub(crate) fn of_blank(labels: Arc<[String]>) -> Self {
        let probabilities = vec![1.0 / labels.len() as f32; labels.len()];
        Self { is_blank: true, ..Self::new(labels, probabilities) }
    }

    /// Returns whether the network is to read ink and the picture has none, as an empty sheet of paper. The network was not
    /// asked then, and every class has the same probability.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.is_blank
    }

    /// Returns all classes, the likeliest first. Classes of equal probability keep the order of the contract's labels.
    pub fn ranked(&self) -> impl ExactSizeIterator<Item = Guess> + '_ {
        self.ranking
            .iter()
            .map(|&class| Guess { label: self.labels[class].clone(), probability: self.probabilities[class] })
    }

    /// Returns the `count` likeliest classes, the likeliest first, or all where there are fewer.
    #[must_use]
    pub fn top(&self, count: usize) -> Vec<Guess> {
        self.ranked().take(count).collect()
    }

    /// Returns the likeliest class. Every contract has at least one label, so there always is one.
    #[must_use]
    pub fn best(&self) -> Option<Guess> {
        self.ranked().next()
    }

    /// Returns the probabilities `[classes]` in the order of [`ClassProbabilities::labels`].
    #[must_use]
    pub fn in_label_order(&self) -> &[f32] {
        &self.probabilities
    }

    /// Returns the names of all classes, `[classes]`, in the order of the contract.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(probabilities: &[f32]) -> ClassProbabilities {
        let labels: Arc<[String]> = ["ant", "bee", "fly"].map(str::to_owned).into();
        ClassProbabilities::new(labels, probabilities.to_vec())
    }

    #[test]
    fn ranks_the_likeliest_class_first() {
        let labels: Vec<String> = answer(&[0.2, 0.7, 0.1]).ranked().map(|guess| guess.label).collect();
        assert_eq!(labels, ["bee", "ant", "fly"]);
    }

    #[test]
    fn keeps_the_order_of_the_labels_for_equal_probabilities() {
        assert_eq!(answer(&[0.4, 0.2, 0.4]).best().unwrap().label, "ant");
    }

    #[test]
    fn gives_all_classes_where_more_are_asked_for() {
        assert_eq!(answer(&[0.2, 0.7, 0.1]).top(99).len(), 3);
        assert_eq!(answer(&[0.2, 0.7, 0.1]).top(2).len(), 2);
    }
}

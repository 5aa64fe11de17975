//! The rule by which some of a set's training images are kept for validation, and the images that it keeps.
//!
//! In come the labels of the training files and the word of a `dataset.toml`, out goes which of the images judge. The
//! split belongs to the data: whoever is trained or measured on a set meets the same validation images, whatever the
//! seed of a training.

use std::fmt;

use models::random::{Generator, Purpose};
use serde::{Deserialize, Serialize};

/// The validation split is one in so many of the training files' images: 5,000 of MNIST's 60,000.
pub(super) const VALIDATION_SHARE: usize = 12;

/// The least number of images of a class that train, and that judge: one alone has no other of its kind.
pub(crate) const LEAST_OF_A_CLASS: usize = 2;

/// The seed of a stratified split where the set's description names none.
const SPLIT_SEED: u64 = 0;

/// The rule by which a twelfth of the training images is kept for validation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationRule {
    /// A twelfth of each class and at least two images, drawn by a seed that belongs to the data.
    #[default]
    Stratified,
    /// The last twelfth of the training files, for sets whose published figures were measured so.
    LastTwelfth,
}

impl fmt::Display for ValidationRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stratified => "stratified",
            Self::LastTwelfth => "last-twelfth",
        })
    }
}

/// A class with too few images for some to train and some to judge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooFewOfClass {
    pub(super) class: usize,
    pub(super) found: usize,
}

/// Returns for each of the images with these labels, all below `classes`, whether it judges.
pub(super) fn judges(
    rule: ValidationRule,
    labels: &[u16],
    classes: usize,
    seed: Option<u64>,
) -> Result<Vec<bool>, TooFewOfClass> {
    match rule {
        ValidationRule::LastTwelfth => {
            let first = labels.len() - labels.len() / VALIDATION_SHARE;
            Ok((0..labels.len()).map(|position| position >= first).collect())
        }
        ValidationRule::Stratified => {
            let mut judges = vec![false; labels.len()];
            for (class, positions) in positions_by_class(labels, classes).into_iter().enumerate() {
                if positions.len() < 2 * LEAST_OF_A_CLASS {
                    return Err(TooFewOfClass { class, found: positions.len() });
                }
                let generator =
                    Generator::new(seed.unwrap_or(SPLIT_SEED), Purpose::Split { class: class as u32 }, 0, 0);
                drawn(positions, generator).into_iter().for_each(|position| judges[position] = true);
            }
            Ok(judges)
        }
    }
}

/// Returns the positions of the images of each class, in their order.
fn positions_by_class(labels: &[u16], classes: usize) -> Vec<Vec<usize>> {
    let mut positions = vec![Vec::new(); classes];
    for (position, label) in labels.iter().enumerate() {
        positions[usize::from(*label)].push(position);
    }
    positions
}

/// Returns a twelfth of `positions`, at least [`LEAST_OF_A_CLASS`]: the first ones of a random order (Fisher and Yates).
fn drawn(mut positions: Vec<usize>, mut generator: Generator) -> Vec<usize> {
    let count = (positions.len() / VALIDATION_SHARE).max(LEAST_OF_A_CLASS);
    for place in 0..count {
        let left = (positions.len() - place) as u32;
        positions.swap(place, place + generator.below(left) as usize);
    }
    positions.truncate(count);
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRATIFIED: ValidationRule = ValidationRule::Stratified;

    /// 48 images of class 0, then 24 of class 1, then 5 of class 2: a set that is sorted by class, and uneven.
    fn sorted_labels() -> Vec<u16> {
        [vec![0; 48], vec![1; 24], vec![2; 5]].concat()
    }

    #[test]
    fn every_class_judges_in_proportion_even_where_the_files_are_sorted_by_class() {
        let labels = sorted_labels();
        let judges = judges(STRATIFIED, &labels, 3, None).unwrap();
        let of = |class: u16| (0..labels.len()).filter(|&at| judges[at] && labels[at] == class).count();
        // A twelfth of 48 and of 24; of 5 the least that is possible.
        assert_eq!([of(0), of(1), of(2)], [4, 2, 2]);
    }

    #[test]
    fn the_split_depends_on_the_data_and_its_seed_alone() {
        let labels = sorted_labels();
        let split = |seed| judges(STRATIFIED, &labels, 3, seed).unwrap();
        assert_eq!(split(None), split(Some(SPLIT_SEED)));
        assert_ne!(split(None), split(Some(7)));
        // The seed of a release is the seed of every later one: figures are compared on these images.
        let of_class_0: Vec<usize> = (0..48).filter(|&position| split(None)[position]).collect();
        assert_eq!(of_class_0, [6, 19, 39, 44]);
    }

    #[test]
    fn a_class_that_cannot_stand_on_both_sides_is_named() {
        let labels = [0, 0, 0, 0, 1, 1, 1];
        assert_eq!(judges(STRATIFIED, &labels, 2, None), Err(TooFewOfClass { class: 1, found: 3 }));
        let missing = judges(STRATIFIED, &labels[..4], 2, None);
        assert_eq!(missing, Err(TooFewOfClass { class: 1, found: 0 }));
        assert!(judges(STRATIFIED, &[0, 1, 0, 1, 0, 1, 0, 1], 2, None).is_ok());
    }

    #[test]
    fn the_last_twelfth_is_the_end_of_the_files() {
        let judges = judges(ValidationRule::LastTwelfth, &[0; 40], 1, None).unwrap();
        assert_eq!(judges.iter().position(|&judges| judges), Some(37));
    }
}

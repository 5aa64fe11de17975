//! Answers that say nothing about the pictures: one class for everything, or no more right than one class would be.
//!
//! In come rows of class probabilities, `[classes]` each, with a label for each row; out goes what is wrong with the
//! answers as a whole, or nothing. A training that has failed shows in its answers, whatever its loss is.

use models::probability::arg_max;

use crate::evaluation::evaluation::Evaluation;

/// How far the balanced accuracy must be from that of guessing towards 1 for answers to say something: a network that is
/// right about a rare class may be wrong more often than one that never names it.
const SOMETHING: f64 = 0.1;

/// Answers that say nothing about the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyAnswers {
    /// Every picture gets the same class, though they show several.
    OneClass {
        /// The number of pictures.
        images: usize,
        /// The class that all of them get.
        class: usize,
    },
    /// No more answers are right than if each were the commonest class.
    LikeTheCommonest {
        /// The number of pictures.
        images: usize,
        /// The number of right answers.
        right: usize,
        /// The commonest class.
        class: usize,
        /// The number of pictures that show the commonest class.
        commonest: usize,
    },
}

impl EmptyAnswers {
    /// Returns what is wrong with the answers in `probabilities`, one row per image, in the order of `labels`; nothing
    /// where the answers say something, and where the labels name a single class, so that nothing can be said.
    #[must_use]
    pub fn in_answers(probabilities: &[Vec<f32>], labels: &[u16]) -> Option<Self> {
        let counts = counts(labels.iter().map(|&label| usize::from(label)));
        let classes = counts.iter().filter(|count| **count > 0).count();
        if classes < 2 {
            return None;
        }
        let images = labels.len();
        let class = probabilities.first().map_or(0, |row| arg_max(row));
        if probabilities.iter().all(|row| arg_max(row) == class) {
            return Some(Self::OneClass { images, class });
        }
        let evaluation = Evaluation::of_probabilities(probabilities, labels);
        let right = images - evaluation.errors;
        let class =
            (0..counts.len()).fold(0, |most, class| if counts[class] > counts[most] { class } else { most });
        let guessing = 1.0 / classes as f64;
        let says_something = evaluation.balanced_accuracy > guessing + SOMETHING * (1.0 - guessing);
        let commonest = counts[class];
        (right <= commonest && !says_something).then_some(Self::LikeTheCommonest {
            images,
            right,
            class,
            commonest,
        })
    }

    /// Returns a sentence without its end about the answers to `what`, such as `validation`, with the names of classes in
    /// `labels`.
    #[must_use]
    pub fn describe(self, what: &str, labels: &[String]) -> String {
        let name = |class: usize| labels.get(class).map_or("?", String::as_str);
        match self {
            Self::OneClass { images, class } => {
                format!("each of {images} {what} images is answered '{}'", name(class))
            }
            Self::LikeTheCommonest { images, right, class, commonest } => format!(
                "{right} of {images} {what} images right, always answering '{}' has {commonest} right",
                name(class)
            ),
        }
    }
}

/// Returns how often each class occurs.
fn counts(classes: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut counts = Vec::new();
    for class in classes {
        if counts.len() <= class {
            counts.resize(class + 1, 0);
        }
        counts[class] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row for each answer, sure of it.
    fn answers(classes: &[usize]) -> Vec<Vec<f32>> {
        let row = |&answer: &usize| (0..3).map(|class| f32::from(u8::from(class == answer))).collect();
        classes.iter().map(row).collect()
    }

    fn found(classes: &[usize], labels: &[u16]) -> Option<String> {
        let names = ["cat", "dog", "owl"].map(str::to_owned);
        Some(EmptyAnswers::in_answers(&answers(classes), labels)?.describe("validation", &names))
    }

    #[test]
    fn one_class_for_everything_is_found() {
        let found = found(&[1, 1, 1, 1], &[0, 1, 1, 2]).unwrap();
        assert_eq!(found, "each of 4 validation images is answered 'dog'");
        // A network whose numbers went out of their range answers nothing at all.
        let nothing = vec![vec![f32::NAN; 3]; 2];
        assert_eq!(
            EmptyAnswers::in_answers(&nothing, &[1, 2]),
            Some(EmptyAnswers::OneClass { images: 2, class: 0 })
        );
    }

    /// By hand: three of six are dogs. Three right, with the shares 1/2, 1/3 and 1 of the classes, are 0.61 on the mean; with
    /// the owl wrong, too, two are right, and the mean is 0.28. Guessing is 1/3, and a tenth of the way from there to 1 is 0.4.
    #[test]
    fn answers_that_are_no_better_than_the_commonest_are_found() {
        assert_eq!(found(&[1, 0, 1, 2, 0, 2], &[0, 0, 1, 1, 1, 2]), None);
        let found = found(&[1, 0, 1, 2, 0, 0], &[0, 0, 1, 1, 1, 2]).unwrap();
        assert_eq!(found, "2 of 6 validation images right, always answering 'dog' has 3 right");
    }

    #[test]
    fn answers_that_know_a_rare_class_say_something() {
        let labels: Vec<u16> = (0..100).map(|index| u16::from(index == 99)).collect();
        let answers: Vec<usize> = (0..100).map(|index| usize::from(index % 10 == 9)).collect();
        assert_eq!(found(&answers, &labels), None);
    }

    #[test]
    fn where_the_pictures_show_one_class_nothing_can_be_said() {
        assert_eq!(found(&[1, 1], &[1, 1]), None);
        assert_eq!(found(&[], &[]), None);
    }
}

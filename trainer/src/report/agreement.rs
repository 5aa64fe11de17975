//! The agreement of a teacher and its student: the logits of both for the same images in, counts and a divergence out.
//!
//! A student can be as right as its teacher and still be right elsewhere (Stanton, Izmailov, Kirichenko, Alemi, Wilson,
//! "Does Knowledge Distillation Really Work?", 2021, section 3): so both the top answers and the whole distributions
//! are compared.

use models::probability::{Temperature, arg_max, softmax};
use serde::Serialize;

use crate::evaluation::evaluation::SMALLEST_PROBABILITY;

/// The agreement of a teacher and a student over a set; the five counts together are all images.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Agreement {
    /// The number of images whose label both networks give.
    pub(crate) both_right: usize,
    /// The number of images whose label the teacher alone gives.
    pub(crate) teacher_right: usize,
    /// The number of images whose label the student alone gives.
    pub(crate) student_right: usize,
    /// The number of images for which both networks give the same wrong class.
    pub(crate) same_error: usize,
    /// The number of images for which both networks are wrong, each with another class.
    pub(crate) different_errors: usize,
    /// The mean of `KL(p ‖ q) = Σ_j p_j ln(p_j / q_j)` over images, p being the teacher's probabilities and q the
    /// student's, both at T = 1; in nats.
    pub(crate) divergence: f64,
    /// The positions of the images with different answers, those of the largest divergence first.
    #[serde(skip)]
    pub(crate) disagreements: Vec<usize>,
}

impl Agreement {
    /// Compares the logits of two networks for the same images, one row per image.
    pub(crate) fn of_logits(teacher: &[Vec<f32>], student: &[Vec<f32>], labels: &[u16]) -> Self {
        let mut agreement = Self::default();
        let mut divergences = Vec::with_capacity(labels.len());
        for (position, ((teacher, student), &label)) in teacher.iter().zip(student).zip(labels).enumerate() {
            let (taught, learnt) = (arg_max(teacher), arg_max(student));
            let label = usize::from(label);
            let count = match (taught == label, learnt == label) {
                (true, true) => &mut agreement.both_right,
                (true, false) => &mut agreement.teacher_right,
                (false, true) => &mut agreement.student_right,
                (false, false) if taught == learnt => &mut agreement.same_error,
                (false, false) => &mut agreement.different_errors,
            };
            *count += 1;
            divergences.push(divergence(teacher, student));
            if taught != learnt {
                agreement.disagreements.push(position);
            }
        }
        agreement.disagreements.sort_by(|a, b| divergences[*b].total_cmp(&divergences[*a]));
        agreement.divergence = divergences.iter().sum::<f64>() / labels.len().max(1) as f64;
        agreement
    }
}

fn divergence(teacher: &[f32], student: &[f32]) -> f64 {
    let of_class = |(p, q): (f32, f32)| {
        let (p, q) = (f64::from(p).max(SMALLEST_PROBABILITY), f64::from(q).max(SMALLEST_PROBABILITY));
        p * (p / q).ln()
    };
    softmax(teacher, Temperature::ONE).into_iter().zip(softmax(student, Temperature::ONE)).map(of_class).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits whose softmax is `probabilities`.
    fn logits(probabilities: [f32; 3]) -> Vec<f32> {
        probabilities.map(f32::ln).to_vec()
    }

    /// One image for each of the five counts, in the order of the fields.
    #[test]
    fn every_image_is_counted_once() {
        let answers = [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (1, 2, 0)];
        let sure = |class: usize| {
            let mut row = vec![0.0; 3];
            row[class] = 2.0;
            row
        };
        let teacher: Vec<Vec<f32>> = answers.iter().map(|answer| sure(answer.0)).collect();
        let student: Vec<Vec<f32>> = answers.iter().map(|answer| sure(answer.1)).collect();
        let found = Agreement::of_logits(&teacher, &student, &answers.map(|answer| answer.2));
        assert_eq!((found.both_right, found.teacher_right, found.student_right), (1, 1, 1));
        assert_eq!((found.same_error, found.different_errors), (1, 1));
        assert_eq!(found.disagreements, [1, 2, 4]);
    }

    /// By hand: p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2): 1/2 ln 2 - 1/4 ln 2 = ln 2 / 4. The second image agrees.
    #[test]
    fn the_divergence_matches_a_hand_computed_number() {
        let teacher = [logits([0.5, 0.25, 0.25]), logits([0.5, 0.25, 0.25])];
        let student = [logits([0.25, 0.25, 0.5]), logits([0.5, 0.25, 0.25])];
        let found = Agreement::of_logits(&teacher, &student, &[0, 0]);
        assert!((found.divergence - 2f64.ln() / 8.0).abs() < 1e-7, "{found:?}");
    }

    #[test]
    fn the_largest_divergence_comes_first() {
        let teacher = vec![logits([0.5, 0.3, 0.2]), logits([0.9, 0.05, 0.05])];
        let student = vec![logits([0.3, 0.5, 0.2]), logits([0.05, 0.9, 0.05])];
        assert_eq!(Agreement::of_logits(&teacher, &student, &[0, 0]).disagreements, [1, 0]);
    }

    #[test]
    fn a_probability_of_nothing_keeps_the_mean_finite() {
        let found = Agreement::of_logits(&[vec![0.0, 0.0]], &[vec![1000.0, 0.0]], &[0]);
        assert!(found.divergence.is_finite() && found.divergence > 10.0, "{found:?}");
    }
}

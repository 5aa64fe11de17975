//! What a student minimises: `W · soft + (1 - W) · H(y, p_1)`, means over the batch, where soft is one of
//! [`DistillationLoss`]; by default `T² · H(q, p_T)`.
//!
//! In come logits `[batch, classes]`, labels `[batch]` and soft targets `[batch, classes]`; out go the loss and its
//! gradient `[batch, classes]`. H is the cross entropy, p_T the student's softmax at temperature T, q the soft targets
//! at the same T, y the hard labels. The gradient of H(q, p_T) with respect to a logit is (p_T - q) / T and shrinks as
//! 1 / T² since p_T - q itself shrinks as 1 / T; the factor T² keeps the two terms' shares as the temperature changes
//! (Hinton, Vinyals, Dean 2015, section 2). Value and gradient are made in one pass over the rows, on the host: a row
//! is ten numbers.

use rayon::prelude::*;

use crate::distillation::loss_kind::DistillationLoss;
use crate::distillation::soft_targets::SoftTargets;
use crate::distillation::terms::{Factors, dkd_term, hard_term, mse_term, soft_term, standardised_term};
use crate::network::loss_gradient::LossGradient;

/// The number of rows of a task; the sum over the batch is one of tasks in order, whatever the number of threads.
const TASK_ROWS: usize = 64;

/// Returns H(y, p_1), the mean cross entropy of `logits` `[batch, classes]` with one label per image, and its gradient.
pub(crate) fn hard_loss(logits: &[f32], labels: &[u16]) -> LossGradient {
    batch_mean(logits, labels, |_, logits, label, gradient| hard_term(logits, label, 1.0, gradient))
}

/// Returns the weighted average of the soft and the hard loss, and its gradient; `soft_weight` is in [0, 1]. A term of
/// weight 0 is not computed.
pub(crate) fn distillation_loss(
    logits: &[f32],
    labels: &[u16],
    targets: &SoftTargets,
    soft_weight: f64,
) -> LossGradient {
    batch_mean(logits, labels, |row, logits, label, gradient| {
        let mut loss = 0.0;
        if soft_weight > 0.0 {
            let target = &targets.values[row * targets.classes..][..targets.classes];
            let factors = Factors { temperature: targets.temperature.value(), weight: soft_weight };
            loss += match targets.loss {
                DistillationLoss::SoftenedKl => soft_term(logits, target, factors, gradient),
                DistillationLoss::LogitMse => mse_term(logits, target, factors, gradient),
                DistillationLoss::Dkd { alpha, beta } => {
                    dkd_term(logits, target, usize::from(label), [alpha, beta], factors, gradient)
                }
                DistillationLoss::StandardizedKl => standardised_term(logits, target, factors, gradient),
            };
        }
        if soft_weight < 1.0 {
            loss += hard_term(logits, label, 1.0 - soft_weight, gradient);
        }
        loss
    })
}

/// Returns the mean over rows of what `term` answers, and of the gradients that it adds to zeros.
fn batch_mean(
    logits: &[f32],
    labels: &[u16],
    term: impl Fn(usize, &[f32], u16, &mut [f32]) -> f64 + Sync,
) -> LossGradient {
    let classes = logits.len() / labels.len().max(1);
    let share = 1.0 / labels.len().max(1) as f32;
    let mut gradient = vec![0f32; logits.len()];
    let tasks = gradient.par_chunks_mut(TASK_ROWS * classes.max(1)).enumerate();
    let sums: Vec<f64> = tasks
        .map(|(task, gradient)| {
            let mut sum = 0.0;
            for (index, gradient) in gradient.chunks_exact_mut(classes).enumerate() {
                let row = task * TASK_ROWS + index;
                sum += term(row, &logits[row * classes..][..classes], labels[row], gradient);
                gradient.iter_mut().for_each(|value| *value *= share);
            }
            sum
        })
        .collect();
    LossGradient { loss: sums.iter().sum::<f64>() / labels.len().max(1) as f64, gradient }
}

#[cfg(test)]
mod tests {
    use models::probability::Temperature;

    use super::*;

    fn temperature(value: f32) -> Temperature {
        Temperature::try_from(value).unwrap()
    }

    const KL: DistillationLoss = DistillationLoss::SoftenedKl;

    fn targets(logits: &[f32], classes: usize, at: f32) -> SoftTargets {
        targets_for(KL, logits, classes, at)
    }

    fn targets_for(loss: DistillationLoss, logits: &[f32], classes: usize, at: f32) -> SoftTargets {
        SoftTargets::of_logits(loss, &[logits.to_vec()], classes, temperature(at))
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found}, expected {expected}");
    }

    /// By hand: z = (ln 16, 0) gives 16 : 1 at T = 1, 4 : 1 at T = 2, 2 : 1 at T = 4.
    #[test]
    fn soft_targets_match_hand_computed_numbers() {
        for (value, share) in [(1.0, 16.0 / 17.0), (2.0, 0.8), (4.0, 2.0 / 3.0)] {
            close(f64::from(targets(&[16f32.ln(), 0.0], 2, value).values[0]), share);
        }
    }

    /// By hand: the mean of 0.8 and 0.5.
    #[test]
    fn several_teachers_are_averaged_as_probabilities() {
        let logits = [vec![16f32.ln(), 0.0], vec![3.0, 3.0]];
        let soft = SoftTargets::of_logits(KL, &logits, 2, temperature(2.0));
        close(f64::from(soft.values[0]), 0.65);
    }

    /// By hand: p = (0.8, 0.2) and (0.5, 0.5), labels 1 and 0: -(ln 0.2 + ln 0.5) / 2; the gradient is (p - y) / 2.
    #[test]
    fn the_hard_loss_matches_hand_computed_numbers() {
        let found = hard_loss(&[4f32.ln(), 0.0, 0.0, 0.0], &[1, 0]);
        close(found.loss, -(0.2f64.ln() + 0.5f64.ln()) / 2.0);
        for (found, expected) in found.gradient.iter().zip([0.4, -0.4, -0.25, 0.25]) {
            close(f64::from(*found), expected);
        }
    }

    /// By hand at T = 2: q = (0.8, 0.2) from z = (ln 16, 0); p = (2/3, 1/3) from z = (ln 4, 0);
    /// T² H = -4 (0.8 ln 2/3 + 0.2 ln 1/3), and its gradient T (p - q) = 2 (2/3 - 0.8). The hard term with label 0 at
    /// T = 1: -ln 0.8, and its gradient 0.8 - 1.
    #[test]
    fn the_distillation_loss_matches_hand_computed_numbers() {
        let soft_targets = targets(&[16f32.ln(), 0.0], 2, 2.0);
        let soft = -4.0 * (0.8 * (2f64 / 3.0).ln() + 0.2 * (1f64 / 3.0).ln());
        let hard = -(0.8f64.ln());
        for weight in [0.0, 0.3, 1.0] {
            let found = distillation_loss(&[4f32.ln(), 0.0], &[0], &soft_targets, weight);
            close(found.loss, weight * soft + (1.0 - weight) * hard);
            let slope = weight * 2.0 * (2.0 / 3.0 - 0.8) + (1.0 - weight) * (0.8 - 1.0);
            close(f64::from(found.gradient[0]), slope);
            close(f64::from(found.gradient[1]), -slope);
        }
    }

    /// Central differences of the value, on rows that differ, at several temperatures and weights, with more classes than
    /// the stack has room for.
    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        const STEP: f32 = 1e-2;
        let dkd = DistillationLoss::Dkd { alpha: 1.5, beta: 3.0 };
        let losses = [KL, DistillationLoss::LogitMse, dkd, DistillationLoss::StandardizedKl];
        let cases = [(3, 0.7, 4.0), (20, 0.4, 1.5)];
        for (loss_kind, (classes, weight, at)) in
            losses.into_iter().flat_map(|loss| cases.map(|case| (loss, case)))
        {
            let wave =
                |seed: usize| (0..3 * classes).map(|index| ((index * seed) as f32).sin() * 3.0).collect();
            let (logits, teacher): (Vec<f32>, Vec<f32>) = (wave(7), wave(3));
            let soft_targets = targets_for(loss_kind, &teacher, classes, at);
            let loss = |logits: &[f32]| distillation_loss(logits, &[2, 0, 1], &soft_targets, weight);
            let found = loss(&logits).gradient;
            for position in 0..logits.len() {
                let at = |offset: f32| {
                    let mut moved = logits.clone();
                    moved[position] += offset;
                    loss(&moved).loss
                };
                let difference = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
                let error = (f64::from(found[position]) - difference).abs();
                assert!(error < 5e-4 * (1.0 + difference.abs()), "{loss_kind:?}, {position}: {error}");
            }
        }
    }

    /// By hand: z = (3, 1), v = (1, 2): ½ (4 + 1), gradient (2, -1); the mean of v = (1, 2) and (3, 4) is (2, 3).
    #[test]
    fn the_squared_error_of_logits_matches_hand_computed_numbers() {
        let targets = targets_for(DistillationLoss::LogitMse, &[1.0, 2.0], 2, 4.0);
        let found = distillation_loss(&[3.0, 1.0], &[0], &targets, 1.0);
        close(found.loss, 2.5);
        assert_eq!(found.gradient, [2.0, -1.0]);
        let two = [vec![1.0, 2.0], vec![3.0, 4.0]];
        assert_eq!(
            SoftTargets::of_logits(DistillationLoss::LogitMse, &two, 2, temperature(4.0)).values,
            [2.0, 3.0]
        );
    }

    /// By hand at T = 1 with label 0: p = (1/2, 1/4, 1/4), q = (1/2, 3/8, 1/8). The right class agrees, so α has no part;
    /// among the others p̂ = (1/2, 1/2), q̂ = (3/4, 1/4): KL = 3/4 ln 3/2 + 1/4 ln 1/2.
    #[test]
    fn decoupled_distillation_matches_hand_computed_numbers() {
        let logits = [2f32.ln(), 0.0, 0.0];
        let teacher = [4f32.ln(), 3f32.ln(), 0.0];
        let at = |alpha, beta| {
            let targets = targets_for(DistillationLoss::Dkd { alpha, beta }, &teacher, 3, 1.0);
            distillation_loss(&logits, &[0], &targets, 1.0)
        };
        close(at(5.0, 0.0).loss, 0.0);
        let found = at(1.0, 8.0);
        close(found.loss, 8.0 * (0.75 * 1.5f64.ln() + 0.25 * 0.5f64.ln()));
        for (found, expected) in found.gradient.iter().zip([0.0, 8.0 * (0.5 - 0.75), 8.0 * (0.5 - 0.25)]) {
            close(f64::from(*found), expected);
        }
    }

    /// α = 1 and β = the teacher's share of the other classes is the plain divergence (Zhao et al. 2022, equation 5).
    #[test]
    fn decoupled_distillation_contains_the_plain_one() {
        let (logits, teacher) = ([0.3, -1.0, 0.7, 0.0], [1.0, 0.2, -0.5, 0.4]);
        let plain = targets(&teacher, 4, 2.0);
        let beta = 1.0 - plain.values[2];
        let decoupled = targets_for(DistillationLoss::Dkd { alpha: 1.0, beta }, &teacher, 4, 2.0);
        let left = distillation_loss(&logits, &[2], &plain, 1.0);
        let right = distillation_loss(&logits, &[2], &decoupled, 1.0);
        for (left, right) in left.gradient.iter().zip(right.gradient) {
            assert!((left - right).abs() < 1e-6, "{left} {right}");
        }
    }

    /// By hand: (1, 3) becomes (-1, 1); so does (10, 30), and a student that differs in shift and scale alone has
    /// nothing to learn.
    #[test]
    fn standardised_logits_forget_shift_and_scale() {
        let targets = targets_for(DistillationLoss::StandardizedKl, &[10.0, 30.0], 2, 2.0);
        close(f64::from(targets.values[0]), 1.0 / (1.0 + 1f64.exp()));
        let found = distillation_loss(&[1.0, 3.0], &[0], &targets, 1.0);
        assert!(found.gradient.iter().all(|value| value.abs() < 1e-6), "{found:?}");
        assert!(distillation_loss(&[2.0, 2.0], &[0], &targets, 1.0).loss.is_finite());
    }

    /// In the limit of high temperature T² H has the gradient (z - v) / N for logits of zero mean (Hinton 2015,
    /// equation 4): it does not shrink with T. Without the factor it would at T = 200 be 40,000 times smaller.
    #[test]
    fn the_gradient_keeps_its_scale_as_the_temperature_rises() {
        let (v, z) = ([1.0f32, -2.0, 1.0], [0.5f32, 0.5, -1.0]);
        for value in [50.0, 200.0] {
            let found = distillation_loss(&z, &[0], &targets(&v, 3, value), 1.0).gradient;
            for (class, found) in found.iter().enumerate() {
                let expected = (z[class] - v[class]) / 3.0;
                assert!((found - expected).abs() < 0.02, "T = {value}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let logits: Vec<f32> = (0..1000 * 10).map(|index| (index as f32 * 0.7).sin() * 9.0).collect();
        let labels: Vec<u16> = (0..1000).map(|index| (index % 10) as u16).collect();
        let in_pool = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| distillation_loss(&logits, &labels, &targets(&logits, 10, 4.0), 0.9))
        };
        assert_eq!(in_pool(1), in_pool(3));
    }

    #[test]
    fn a_logit_that_is_no_number_shows_in_the_loss() {
        assert!(hard_loss(&[f32::NAN, 0.0], &[1]).loss.is_nan());
        assert!(hard_loss(&[f32::INFINITY, 0.0], &[1]).loss.is_nan());
    }
}

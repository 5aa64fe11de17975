//! What a student minimises: `W · T² · H(q, p_T) + (1 - W) · H(y, p_1)`, means over the batch.
//!
//! H is the cross entropy, p_T the student's softmax at temperature T, q the soft targets at the same T, y the hard
//! labels. The gradient of H(q, p_T) with respect to a logit is (p_T - q) / T and shrinks as 1 / T² since p_T - q itself
//! shrinks as 1 / T; the factor T² keeps the two terms' shares as the temperature changes (Hinton, Vinyals, Dean 2015,
//! section 2). Value and gradient are made in one pass over the rows, on the host: a row is ten numbers.

use models::softmax::Temperature;
use rayon::prelude::*;

/// Rows of a task; the sum over the batch is one of tasks in order, whatever the number of threads.
const TASK_ROWS: usize = 64;

/// A batch's loss and its gradient with respect to the logits, `[batch, classes]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossGradient {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f32>,
}

/// A teacher's class probabilities at the distillation temperature, `[batch, classes]`, rows of sum 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SoftTargets {
    probabilities: Vec<f32>,
    classes: usize,
    temperature: Temperature,
}

impl SoftTargets {
    /// The mean over teachers of their softmax at `temperature`. `teacher_logits` are `[batch, classes]` each.
    pub(crate) fn of_logits(teacher_logits: &[Vec<f32>], classes: usize, temperature: Temperature) -> Self {
        let mut probabilities = vec![0f32; teacher_logits.first().map_or(0, Vec::len)];
        for logits in teacher_logits {
            let rows = probabilities.par_chunks_mut(classes).zip(logits.par_chunks(classes));
            rows.for_each_init(
                || vec![0f32; classes],
                |softened, (sum, logits)| {
                    log_softmax(logits, temperature.value(), softened);
                    sum.iter_mut().zip(softened).for_each(|(sum, log)| *sum += libm::expf(*log));
                },
            );
        }
        let share = 1.0 / teacher_logits.len().max(1) as f32;
        probabilities.iter_mut().for_each(|probability| *probability *= share);
        Self { probabilities, classes, temperature }
    }

    /// The rows of these images.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        let row = |row: &u32| &self.probabilities[*row as usize * self.classes..][..self.classes];
        let probabilities = rows.iter().flat_map(row).copied().collect();
        Self { probabilities, ..*self }
    }
}

/// H(y, p_1): `logits` `[batch, classes]`, a label an image.
pub(crate) fn hard_loss(logits: &[f32], labels: &[u8]) -> LossGradient {
    batch_mean(logits, labels, |_, logits, label, gradient| hard_term(logits, label, 1.0, gradient))
}

/// The weighted average; `soft_weight` in [0, 1]. A term of weight 0 is not computed.
pub(crate) fn distillation_loss(
    logits: &[f32],
    labels: &[u8],
    targets: &SoftTargets,
    soft_weight: f64,
) -> LossGradient {
    batch_mean(logits, labels, |row, logits, label, gradient| {
        let mut loss = 0.0;
        if soft_weight > 0.0 {
            let target = &targets.probabilities[row * targets.classes..][..targets.classes];
            loss += soft_term(logits, target, targets.temperature, soft_weight, gradient);
        }
        if soft_weight < 1.0 {
            loss += hard_term(logits, label, 1.0 - soft_weight, gradient);
        }
        loss
    })
}

/// Adds `weight · (p_1 - y)` to the gradient of a row; the answer is `weight · H(y, p_1)`.
fn hard_term(logits: &[f32], label: u8, weight: f64, gradient: &mut [f32]) -> f64 {
    let mut row = Row::new(logits.len());
    let logs = row.of(logits.len());
    log_softmax(logits, 1.0, logs);
    for (class, (gradient, log)) in gradient.iter_mut().zip(logs.iter()).enumerate() {
        let target = if class == usize::from(label) { 1.0 } else { 0.0 };
        *gradient += weight as f32 * (libm::expf(*log) - target);
    }
    logs.get(usize::from(label)).map_or(0.0, |log| -weight * f64::from(*log))
}

/// Adds `weight · T · (p_T - q)` to the gradient of a row; the answer is `weight · T² · H(q, p_T)`.
fn soft_term(
    logits: &[f32],
    target: &[f32],
    temperature: Temperature,
    weight: f64,
    gradient: &mut [f32],
) -> f64 {
    let temperature = temperature.value();
    let mut row = Row::new(logits.len());
    let logs = row.of(logits.len());
    log_softmax(logits, temperature, logs);
    let mut entropy = 0.0;
    for ((gradient, log), target) in gradient.iter_mut().zip(logs.iter()).zip(target) {
        *gradient += weight as f32 * temperature * (libm::expf(*log) - target);
        entropy -= f64::from(*target) * f64::from(*log);
    }
    weight * f64::from(temperature) * f64::from(temperature) * entropy
}

/// Room for a row: on the stack for as many classes as most tasks have.
struct Row {
    few: [f32; 16],
    many: Vec<f32>,
}

impl Row {
    fn new(classes: usize) -> Self {
        Self { few: [0.0; 16], many: if classes > 16 { vec![0.0; classes] } else { Vec::new() } }
    }

    fn of(&mut self, classes: usize) -> &mut [f32] {
        if classes > 16 { &mut self.many } else { &mut self.few[..classes] }
    }
}

/// The mean over rows of what `term` answers, and of the gradients that it adds to zeros.
fn batch_mean(
    logits: &[f32],
    labels: &[u8],
    term: impl Fn(usize, &[f32], u8, &mut [f32]) -> f64 + Sync,
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

/// ln softmax(z / T), shifted by the largest so that nothing overflows; libm, not the system's, for the same bits on every
/// machine.
fn log_softmax(logits: &[f32], temperature: f32, logs: &mut [f32]) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (log, logit) in logs.iter_mut().zip(logits) {
        *log = (logit - largest) / temperature;
        sum += libm::expf(*log);
    }
    let shift = libm::logf(sum);
    logs.iter_mut().for_each(|log| *log -= shift);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temperature(value: f32) -> Temperature {
        Temperature::try_from(value).unwrap()
    }

    fn targets(logits: &[f32], classes: usize, at: f32) -> SoftTargets {
        SoftTargets::of_logits(&[logits.to_vec()], classes, temperature(at))
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found}, expected {expected}");
    }

    /// By hand: z = (ln 16, 0) gives 16 : 1 at T = 1, 4 : 1 at T = 2, 2 : 1 at T = 4.
    #[test]
    fn soft_targets_match_hand_computed_numbers() {
        for (value, share) in [(1.0, 16.0 / 17.0), (2.0, 0.8), (4.0, 2.0 / 3.0)] {
            close(f64::from(targets(&[16f32.ln(), 0.0], 2, value).probabilities[0]), share);
        }
    }

    /// By hand: the mean of 0.8 and 0.5.
    #[test]
    fn several_teachers_are_averaged_as_probabilities() {
        let logits = [vec![16f32.ln(), 0.0], vec![3.0, 3.0]];
        let soft = SoftTargets::of_logits(&logits, 2, temperature(2.0));
        close(f64::from(soft.probabilities[0]), 0.65);
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
        for (classes, weight, at) in [(3, 0.7, 4.0), (20, 0.4, 1.5)] {
            let wave =
                |seed: usize| (0..3 * classes).map(|index| ((index * seed) as f32).sin() * 3.0).collect();
            let (logits, teacher): (Vec<f32>, Vec<f32>) = (wave(7), wave(3));
            let soft_targets = targets(&teacher, classes, at);
            let loss = |logits: &[f32]| distillation_loss(logits, &[2, 0, 1], &soft_targets, weight);
            let found = loss(&logits).gradient;
            for position in 0..logits.len() {
                let at = |offset: f32| {
                    let mut moved = logits.clone();
                    moved[position] += offset;
                    loss(&moved).loss
                };
                let difference = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
                assert!((f64::from(found[position]) - difference).abs() < 1e-4, "{position}");
            }
        }
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
        let labels: Vec<u8> = (0..1000).map(|index| (index % 10) as u8).collect();
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

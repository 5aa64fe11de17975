//! The terms of a loss, one row of logits at a time.
//!
//! In come the logits and the target of one image, `[classes]`; each term adds its gradient to a row of the same length
//! and returns its value. Terms are added up in place, so that the batch is passed over once.

use crate::distillation::log_softmax::{log_softmax, standardise};

/// Adds `weight · (p_1 - y)` to the gradient of a row and returns `weight · H(y, p_1)`.
pub(super) fn hard_term(logits: &[f32], label: u16, weight: f64, gradient: &mut [f32]) -> f64 {
    let mut row = Row::new(logits.len());
    let logs = row.of(logits.len());
    log_softmax(logits, 1.0, logs);
    for (class, (gradient, log)) in gradient.iter_mut().zip(logs.iter()).enumerate() {
        let target = if class == usize::from(label) { 1.0 } else { 0.0 };
        *gradient += weight as f32 * (libm::expf(*log) - target);
    }
    logs.get(usize::from(label)).map_or(0.0, |log| -weight * f64::from(*log))
}

/// The weight that a soft term is multiplied by, and the temperature that it is softened with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors {
    pub(super) temperature: f32,
    pub(super) weight: f64,
}

/// Adds `weight · T · (p_T - q)` to the gradient of a row and returns `weight · T² · H(q, p_T)`.
pub(super) fn soft_term(
    logits: &[f32],
    target: &[f32],
    Factors { temperature, weight }: Factors,
    gradient: &mut [f32],
) -> f64 {
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

/// Adds `weight · (z - v)` to the gradient of a row and returns `weight · ½ Σ (z - v)²`.
pub(super) fn mse_term(
    logits: &[f32],
    target: &[f32],
    Factors { weight, .. }: Factors,
    gradient: &mut [f32],
) -> f64 {
    let mut squares = 0.0;
    for ((gradient, logit), target) in gradient.iter_mut().zip(logits).zip(target) {
        let difference = logit - target;
        *gradient += weight as f32 * difference;
        squares += f64::from(difference) * f64::from(difference);
    }
    weight * 0.5 * squares
}

/// Adds the gradient of decoupled knowledge distillation to a row and returns its value. With p, q at T, t the right
/// class and hats for shares among the other classes, the gradient is `weight · T · α · (p_t - q_t)` for t, and `weight
/// · T · (β · (p̂ - q̂) - α · (p_t - q_t) · p̂)` for each other class.
pub(super) fn dkd_term(
    logits: &[f32],
    target: &[f32],
    label: usize,
    [alpha, beta]: [f32; 2],
    Factors { temperature, weight }: Factors,
    gradient: &mut [f32],
) -> f64 {
    let mut row = Row::new(logits.len());
    let logs = row.of(logits.len());
    log_softmax(logits, temperature, logs);
    let others = || (0..logits.len()).filter(|class| *class != label);
    // Sums over the others, not 1 - p_t, which is nothing but rounding where p_t is nearly 1.
    let (p_others, q_others): (f32, f32) =
        others().fold((0.0, 0.0), |(p, q), class| (p + libm::expf(logs[class]), q + target[class]));
    let (p_others, q_others) = (p_others.max(f32::MIN_POSITIVE), q_others.max(f32::MIN_POSITIVE));
    let (Some(log_right), Some(q_right)) = (logs.get(label).copied(), target.get(label).copied()) else {
        return 0.0;
    };
    let right_difference = libm::expf(log_right) - q_right;
    let scale = weight as f32 * temperature;
    let divergence =
        |q: f32, log_p: f32| if q > 0.0 { f64::from(q) * f64::from(libm::logf(q) - log_p) } else { 0.0 };
    let log_p_others = libm::logf(p_others);
    let right_against_rest = divergence(q_right, log_right) + divergence(q_others, log_p_others);
    let mut among_others = 0.0;
    gradient[label] += scale * alpha * right_difference;
    for class in others() {
        let (p, q) = (libm::expf(logs[class]) / p_others, target[class] / q_others);
        among_others += divergence(q, logs[class] - log_p_others);
        gradient[class] += scale * (beta * (p - q) - alpha * right_difference * p);
    }
    let squared = f64::from(temperature) * f64::from(temperature);
    weight * squared * (f64::from(alpha) * right_against_rest + f64::from(beta) * among_others)
}

/// Adds the gradient of the soft term of `u = (z - mean) / deviation` to a row and returns its value; the gradient g
/// with respect to u goes back as `(g - mean(g) - u · mean(g u)) / deviation`.
pub(super) fn standardised_term(
    logits: &[f32],
    target: &[f32],
    factors: Factors,
    gradient: &mut [f32],
) -> f64 {
    let (mut row, mut room) = (Row::new(logits.len()), Row::new(logits.len()));
    let (standardised, by_standardised) = (row.of(logits.len()), room.of(logits.len()));
    let deviation = standardise(logits, standardised);
    let loss = soft_term(standardised, target, factors, by_standardised);
    let count = logits.len() as f32;
    let mean = by_standardised.iter().sum::<f32>() / count;
    let along = by_standardised.iter().zip(standardised.iter()).map(|(g, u)| g * u).sum::<f32>() / count;
    for ((gradient, g), u) in gradient.iter_mut().zip(by_standardised.iter()).zip(standardised.iter()) {
        *gradient += (g - mean - u * along) / deviation;
    }
    loss
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

//! Rows of logits on the way to a loss: their log softmax, and their standardized form.
//!
//! In come the logits of one image, `[classes]`; out goes a row of the same length. Soft targets and losses use the
//! same two functions, so that teacher and student are softened alike.

/// The number that is added to the variance, so that the deviation of a row of equal logits is not 0.
const STANDARDISING_EPSILON: f32 = 1e-7;

/// Writes ln softmax(z / T) into `logs`, shifted by the largest logit so that nothing overflows; with libm's functions,
/// not the system's, for the same bits on every machine.
pub(super) fn log_softmax(logits: &[f32], temperature: f32, logs: &mut [f32]) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (log, logit) in logs.iter_mut().zip(logits) {
        *log = (logit - largest) / temperature;
        sum += libm::expf(*log);
    }
    let shift = libm::logf(sum);
    logs.iter_mut().for_each(|log| *log -= shift);
}

/// Writes the logits, brought to mean 0 and standard deviation 1, into `standardised`, and returns their deviation.
pub(super) fn standardise(logits: &[f32], standardised: &mut [f32]) -> f32 {
    let count = logits.len() as f32;
    let mean = logits.iter().sum::<f32>() / count;
    let variance = logits.iter().map(|logit| (logit - mean) * (logit - mean)).sum::<f32>() / count;
    let deviation = (variance + STANDARDISING_EPSILON).sqrt();
    standardised.iter_mut().zip(logits).for_each(|(u, logit)| *u = (logit - mean) / deviation);
    deviation
}

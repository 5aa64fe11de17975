//! Rows of logits on the way to a loss: their log softmax, and their standardized form.

/// Keeps the deviation of a row of equal logits from being 0.
const STANDARDISING_EPSILON: f32 = 1e-7;

/// ln softmax(z / T), shifted by the largest so that nothing overflows; libm, not the system's, for the same bits on every
/// machine.
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

/// To mean 0 and deviation 1; the answer is the deviation.
pub(super) fn standardise(logits: &[f32], standardised: &mut [f32]) -> f32 {
    let count = logits.len() as f32;
    let mean = logits.iter().sum::<f32>() / count;
    let variance = logits.iter().map(|logit| (logit - mean) * (logit - mean)).sum::<f32>() / count;
    let deviation = (variance + STANDARDISING_EPSILON).sqrt();
    standardised.iter_mut().zip(logits).for_each(|(u, logit)| *u = (logit - mean) / deviation);
    deviation
}

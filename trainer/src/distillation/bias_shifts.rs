//! The shifts of biases with which the mean probability of each class over images is what it should be, `1/n Σ
//! softmax(z_i + b)_k = t_k`.
//!
//! In come logits, one row `[classes]` per image, and the frequencies t `[classes]`; out go the shifts b `[classes]`.
//! The differences of both sides are the gradient of `F(b) = 1/n Σ log Σ exp(z_i + b) - Σ t_k b_k`, which is convex, so
//! that there is one solution and Newton's method finds it: a step is halved until F falls enough or, close to the
//! solution, where F's own rounding hides that, until the differences do. Sums are in f64 and in the order of the
//! images: the same bits every time.

use crate::distillation::bias_error::BiasError;

/// The largest difference between a mean probability and the expected one, before the shifts are rounded to f32.
pub const TOLERANCE: f64 = 1e-9;

/// The most steps of Newton's method, which takes few: equations that need so many have no solution in f64.
const MOST_STEPS: usize = 200;

/// The number that is added to the curvature, which is next to nothing where all probabilities are 0 or 1.
const RIDGE: f64 = 1e-9;

/// The rounding of F, which is a sum over many images.
const ROUNDING: f64 = 1e-11;

/// The share of what its slope promises by which F must fall, or a step is halved (Armijo).
const SUFFICIENT_DECREASE: f64 = 1e-4;
const MOST_HALVINGS: i32 = 50;

/// Returns the mean probability of each class over the images, with `shifts` added to the logits.
pub(super) fn mean_probabilities(logits: &[Vec<f32>], shifts: &[f64]) -> Vec<f64> {
    Moments::of(logits, shifts, &[]).mean
}

/// Returns a shift for each class, 0 for all but `shifted`. Where all are shifted, a constant is free: the shifts add
/// up to 0.
pub(super) fn find_shifts(
    logits: &[Vec<f32>],
    frequencies: &[f64],
    shifted: &[usize],
) -> Result<Vec<f64>, BiasError> {
    let classes = frequencies.len();
    let mut free = shifted.to_vec();
    free.sort_unstable();
    free.dedup();
    let all = free.len() == classes;
    if all {
        free.pop();
    }
    let differences = |moments: &Moments| -> Vec<f64> {
        free.iter().map(|&class| moments.mean[class] - frequencies[class]).collect()
    };
    let squares = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let value = |moments: &Moments, shifts: &[f64]| {
        moments.log_sum - free.iter().map(|&class| frequencies[class] * shifts[class]).sum::<f64>()
    };
    let mut shifts = vec![0.0; classes];
    let mut moments = Moments::of(logits, &shifts, &free);
    let mut distance = f64::INFINITY;
    for _ in 0..MOST_STEPS {
        let gradient = differences(&moments);
        distance = gradient.iter().fold(0.0, |most, value| value.abs().max(most));
        if distance <= TOLERANCE {
            if all {
                let mean = shifts.iter().sum::<f64>() / classes as f64;
                shifts.iter_mut().for_each(|shift| *shift -= mean);
            }
            return Ok(shifts);
        }
        let mut curvature = moments.curvature.clone();
        curvature.iter_mut().enumerate().for_each(|(class, row)| row[class] += RIDGE);
        let step = solve(curvature, &gradient);
        let fall: f64 = gradient.iter().zip(&step).map(|(gradient, step)| gradient * step).sum();
        let start = value(&moments, &shifts);
        let next = (0..MOST_HALVINGS).find_map(|halvings| {
            let length = 0.5f64.powi(halvings);
            let mut tried = shifts.clone();
            free.iter().zip(&step).for_each(|(&class, step)| tried[class] -= length * step);
            let moments = Moments::of(logits, &tried, &free);
            let end = value(&moments, &tried);
            let falls = end <= start - SUFFICIENT_DECREASE * length * fall - ROUNDING;
            let comes_closer =
                end <= start + ROUNDING && squares(&differences(&moments)) <= 0.5 * squares(&gradient);
            (falls || comes_closer).then_some((tried, moments))
        });
        let Some(next) = next else { break };
        (shifts, moments) = next;
    }
    Err(BiasError::NotFound { distance })
}

/// The means over the images at some shifts.
struct Moments {
    /// The mean of log Σ exp.
    log_sum: f64,
    /// The mean probability of each class.
    mean: Vec<f64>,
    /// The second derivative for the free classes, `[free][free]`: the mean of `p_j (δ_jk - p_k)`.
    curvature: Vec<Vec<f64>>,
}

impl Moments {
    fn of(logits: &[Vec<f32>], shifts: &[f64], free: &[usize]) -> Self {
        let classes = shifts.len();
        let mut log_sum = 0.0;
        let mut mean = vec![0.0; classes];
        let mut curvature = vec![vec![0.0; free.len()]; free.len()];
        let mut probabilities = vec![0.0; classes];
        for row in logits {
            let shifted = || row.iter().zip(shifts).map(|(logit, shift)| f64::from(*logit) + shift);
            let largest = shifted().fold(f64::NEG_INFINITY, f64::max);
            let exponents = shifted().map(|logit| libm::exp(logit - largest));
            probabilities
                .iter_mut()
                .zip(exponents)
                .for_each(|(probability, exponent)| *probability = exponent);
            let sum: f64 = probabilities.iter().sum();
            log_sum += largest + libm::log(sum);
            probabilities.iter_mut().for_each(|probability| *probability /= sum);
            mean.iter_mut().zip(&probabilities).for_each(|(mean, probability)| *mean += probability);
            for (row, &j) in curvature.iter_mut().zip(free) {
                for (value, &k) in row.iter_mut().zip(free) {
                    let own = if j == k { 1.0 } else { 0.0 };
                    *value += probabilities[j] * (own - probabilities[k]);
                }
            }
        }
        let count = logits.len().max(1) as f64;
        mean.iter_mut().for_each(|value| *value /= count);
        curvature.iter_mut().flatten().for_each(|value| *value /= count);
        Self { log_sum: log_sum / count, mean, curvature }
    }
}

/// Returns x of A x = b by Gauss's elimination with pivots. A is positive definite but for rounding; a pivot of nothing
/// leaves its x at 0.
fn solve(mut a: Vec<Vec<f64>>, b: &[f64]) -> Vec<f64> {
    let size = b.len();
    let mut x = b.to_vec();
    for column in 0..size {
        let larger =
            |best: usize, row: usize| if a[row][column].abs() > a[best][column].abs() { row } else { best };
        let pivot = (column..size).fold(column, larger);
        a.swap(column, pivot);
        x.swap(column, pivot);
        if a[column][column] == 0.0 {
            continue;
        }
        for row in column + 1..size {
            let factor = a[row][column] / a[column][column];
            let (upper, lower) = a.split_at_mut(row);
            lower[0].iter_mut().zip(&upper[column]).for_each(|(value, above)| *value -= factor * above);
            x[row] -= factor * x[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| a[row][column] * x[column]).sum();
        x[row] = if a[row][row] == 0.0 { 0.0 } else { (x[row] - known) / a[row][row] };
    }
    x
}

#[cfg(test)]
mod tests {
    use models::probability::{Temperature, softmax};

    use super::*;

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
        }
    }

    /// By hand: all images alike, with logits 0. A class with shift b among two others has e^b / (e^b + 2), which is 0.6
    /// for b = ln 3.
    #[test]
    fn the_shift_of_equal_logits_is_the_logarithm_of_the_odds() {
        let shifts = find_shifts(&vec![vec![0.0; 3]; 5], &[0.6, 0.3, 0.1], &[0]).unwrap();
        close(&shifts, &[3f64.ln(), 0.0, 0.0], 1e-8);
    }

    /// By hand: with all classes free, p_k = t_k of equal logits needs b_k = ln t_k but for a constant.
    #[test]
    fn the_shifts_of_all_classes_add_up_to_nothing() {
        let frequencies = [0.5f64, 0.3, 0.2];
        let shifts = find_shifts(&vec![vec![1.0; 3]; 2], &frequencies, &[2, 0, 1]).unwrap();
        let logs = frequencies.map(f64::ln);
        let mean = logs.iter().sum::<f64>() / 3.0;
        close(&shifts, &logs.map(|log| log - mean), 1e-8);
    }

    /// Shifts that were put on are found again: what a missing class has lost, and what two that were alone have won.
    #[test]
    fn shifts_that_were_put_on_are_taken_off() {
        let mut random = 1u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 40) as f32 / (1u64 << 24) as f32
        };
        let logits: Vec<Vec<f32>> = (0..400).map(|_| (0..10).map(|_| 12.0 * next()).collect()).collect();
        let frequencies = mean_probabilities(&logits, &[0.0; 10]);
        let put_on = |shifts: [f32; 10]| -> Vec<Vec<f32>> {
            let row = |row: &Vec<f32>| row.iter().zip(shifts).map(|(logit, shift)| logit + shift).collect();
            logits.iter().map(row).collect()
        };
        let mut lost = [0.0; 10];
        lost[3] = -6.5;
        let shifts = find_shifts(&put_on(lost), &frequencies, &[3]).unwrap();
        close(&shifts, &lost.map(|shift| -f64::from(shift)), 1e-6);
        let mut won = [0.0; 10];
        (won[7], won[8]) = (9.0, 7.5);
        let found = find_shifts(&put_on(won), &frequencies, &[7, 8]).unwrap();
        close(&found, &won.map(|shift| -f64::from(shift)), 1e-6);
        let all: Vec<usize> = (0..10).collect();
        let found = find_shifts(&put_on(won), &frequencies, &all).unwrap();
        close(&found, &won.map(|shift| f64::from(1.65 - shift)), 1e-6);
        // Logits far apart, as a long training leaves them: probabilities of 0 and 1 nearly everywhere.
        let steep: Vec<Vec<f32>> =
            put_on(won).iter().map(|row| row.iter().map(|logit| 20.0 * logit).collect()).collect();
        let found = find_shifts(&steep, &frequencies, &all).unwrap();
        close(&mean_probabilities(&steep, &found), &frequencies, 10.0 * TOLERANCE);
    }

    #[test]
    fn equations_are_solved_whatever_their_order() {
        let x = solve(vec![vec![0.0, 2.0], vec![4.0, 1.0]], &[6.0, 11.0]);
        close(&x, &[2.0, 3.0], 1e-12);
    }

    #[test]
    fn the_temperature_of_the_probabilities_is_one() {
        let rows = vec![vec![1.0f32, 2.0, -1.0], vec![0.5, 0.0, 3.0]];
        let softmaxes: Vec<Vec<f32>> = rows.iter().map(|row| softmax(row, Temperature::ONE)).collect();
        let mean: Vec<f64> = (0..3)
            .map(|class| softmaxes.iter().map(|row| f64::from(row[class])).sum::<f64>() / 2.0)
            .collect();
        close(&mean_probabilities(&rows, &[0.0; 3]), &mean, 1e-6);
    }
}

//! The loops of batch norm over rows `[rows, channels]`.
//!
//! In come rows and numbers for each channel, out go rows or sums over rows. Channels are walked in blocks of a vector or two,
//! and each block over all rows, so that what belongs to a channel stays in registers. A sum over rows is one chain in the order
//! of the rows, in f64.

use kernels::{Activation, vectorised_fn};

use super::batch_norm_state::NormState;

/// Calls `$walk` for each block of the channels: 32 or 16 or 8 at a time, and the rest one by one.
macro_rules! for_each_block {
    ($channels:expr, $walk:ident, $($argument:expr),*) => {{
        let (mut first, channels) = (0, $channels);
        while first + 32 <= channels {
            $walk::<32>(first, channels, $($argument),*);
            first += 32;
        }
        while first + 16 <= channels {
            $walk::<16>(first, channels, $($argument),*);
            first += 16;
        }
        while first + 8 <= channels {
            $walk::<8>(first, channels, $($argument),*);
            first += 8;
        }
        while first < channels {
            $walk::<1>(first, channels, $($argument),*);
            first += 1;
        }
    }};
}

vectorised_fn! {
    /// Writes activation(x · factor + offset) of each channel into `y`.
    pub(super) fn apply<'a>(activation: Activation, state: &'a NormState, x: &'a [f32], y: &'a mut [f32]) {
        for_each_block!(state.factors.len(), apply_block, state, x, y);
        activation.apply(y);
    }
}

#[inline(always)]
fn apply_block<const WIDTH: usize>(
    first: usize,
    channels: usize,
    state: &NormState,
    x: &[f32],
    y: &mut [f32],
) {
    let factors: [f32; WIDTH] = block(&state.factors[first..]);
    let offsets: [f32; WIDTH] = block(&state.offsets[first..]);
    for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
        let x: [f32; WIDTH] = block(&x[first..]);
        let y = &mut y[first..first + WIDTH];
        for lane in 0..WIDTH {
            y[lane] = x[lane] * factors[lane] + offsets[lane];
        }
    }
}

vectorised_fn! {
    /// Turns the gradient `dy` behind a ReLU, whose output is `y`, into that before it.
    pub(super) fn mask<'a>(y: &'a [f32], dy: &'a mut [f32]) {
        dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = if *y <= 0.0 { 0.0 } else { *dy });
    }
}

vectorised_fn! {
    /// Adds the rows to one sum a channel.
    pub(super) fn add_rows<'a>(x: &'a [f32], sums: &'a mut [f64]) {
        for_each_block!(sums.len(), add_rows_block, x, sums);
    }
}

#[inline(always)]
fn add_rows_block<const WIDTH: usize>(first: usize, channels: usize, x: &[f32], sums: &mut [f64]) {
    let mut own: [f64; WIDTH] = block(&sums[first..]);
    for x in x.chunks_exact(channels) {
        let x: [f32; WIDTH] = block(&x[first..]);
        for lane in 0..WIDTH {
            own[lane] += f64::from(x[lane]);
        }
    }
    sums[first..first + WIDTH].copy_from_slice(&own);
}

vectorised_fn! {
    /// Adds the squared differences from the mean to one sum a channel.
    pub(super) fn add_squared_differences<'a>(mean: &'a [f32], x: &'a [f32], sums: &'a mut [f64]) {
        for_each_block!(sums.len(), add_squared_block, mean, x, sums);
    }
}

#[inline(always)]
fn add_squared_block<const WIDTH: usize>(
    first: usize,
    channels: usize,
    mean: &[f32],
    x: &[f32],
    sums: &mut [f64],
) {
    let mean: [f32; WIDTH] = block(&mean[first..]);
    let mut own: [f64; WIDTH] = block(&sums[first..]);
    for x in x.chunks_exact(channels) {
        let x: [f32; WIDTH] = block(&x[first..]);
        for lane in 0..WIDTH {
            let difference = f64::from(x[lane] - mean[lane]);
            own[lane] += difference * difference;
        }
    }
    sums[first..first + WIDTH].copy_from_slice(&own);
}

vectorised_fn! {
    /// Adds dy · x̂ of the rows to the first half of `sums`, one sum a channel, and dy to the second half.
    pub(super) fn add_gradient_sums<'a>(state: &'a NormState, x: &'a [f32], dy: &'a [f32], sums: &'a mut [f64]) {
        let (by_x, plain) = sums.split_at_mut(state.deviations.len());
        for_each_block!(state.deviations.len(), add_gradients_block, state, x, dy, by_x, plain);
    }
}

#[inline(always)]
fn add_gradients_block<const WIDTH: usize>(
    first: usize,
    channels: usize,
    state: &NormState,
    x: &[f32],
    dy: &[f32],
    by_x: &mut [f64],
    plain: &mut [f64],
) {
    let mean: [f32; WIDTH] = block(&state.statistics.mean[first..]);
    let deviations: [f32; WIDTH] = block(&state.deviations[first..]);
    let reciprocals: [f32; WIDTH] = block(&state.reciprocals[first..]);
    let (mut products, mut sums): ([f64; WIDTH], [f64; WIDTH]) =
        (block(&by_x[first..]), block(&plain[first..]));
    for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
        let (x, dy): ([f32; WIDTH], [f32; WIDTH]) = (block(&x[first..]), block(&dy[first..]));
        for lane in 0..WIDTH {
            let normalised = quotient(x[lane] - mean[lane], deviations[lane], reciprocals[lane]);
            let dy = f64::from(dy[lane]);
            products[lane] += dy * f64::from(normalised);
            sums[lane] += dy;
        }
    }
    by_x[first..first + WIDTH].copy_from_slice(&products);
    plain[first..first + WIDTH].copy_from_slice(&sums);
}

vectorised_fn! {
    /// Writes the gradient of the rows of x into `dx`.
    pub(super) fn input_gradient<'a>(state: &'a NormState, x: &'a [f32], dy: &'a [f32], dx: &'a mut [f32]) {
        for_each_block!(state.deviations.len(), input_gradient_block, state, x, dy, dx);
    }
}

#[inline(always)]
fn input_gradient_block<const WIDTH: usize>(
    first: usize,
    channels: usize,
    state: &NormState,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    let mean: [f32; WIDTH] = block(&state.statistics.mean[first..]);
    let deviations: [f32; WIDTH] = block(&state.deviations[first..]);
    let reciprocals: [f32; WIDTH] = block(&state.reciprocals[first..]);
    let factors: [f32; WIDTH] = block(&state.factors[first..]);
    let [scale_gradient, shift_gradient] = &state.gradients;
    let scale_gradient: [f32; WIDTH] = block(&scale_gradient[first..]);
    let shift_gradient: [f32; WIDTH] = block(&shift_gradient[first..]);
    let count = state.statistics.rows as f32;
    let share = 1.0 / count;
    let rows = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
    for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(channels)) {
        let (x, dy): ([f32; WIDTH], [f32; WIDTH]) = (block(&x[first..]), block(&dy[first..]));
        let dx = &mut dx[first..first + WIDTH];
        for lane in 0..WIDTH {
            let normalised = quotient(x[lane] - mean[lane], deviations[lane], reciprocals[lane]);
            let mean_gradient =
                quotient(shift_gradient[lane] + normalised * scale_gradient[lane], count, share);
            dx[lane] = factors[lane] * (dy[lane] - mean_gradient);
        }
    }
}

/// Returns `dividend / divisor`, correctly rounded, from the correctly rounded `reciprocal` of the divisor: two corrections by
/// fused multiply-adds (Markstein 1990), which a processor does many times faster than it divides.
#[inline(always)]
fn quotient(dividend: f32, divisor: f32, reciprocal: f32) -> f32 {
    let guess = dividend * reciprocal;
    let close = (-divisor).mul_add(guess, dividend).mul_add(reciprocal, guess);
    (-divisor).mul_add(close, dividend).mul_add(reciprocal, close)
}

/// Returns the first numbers of a slice.
#[inline(always)]
fn block<const WIDTH: usize, T: Copy + Default>(values: &[T]) -> [T; WIDTH] {
    let mut block = [T::default(); WIDTH];
    block.copy_from_slice(&values[..WIDTH]);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::random::{Generator, Purpose};

    #[test]
    fn a_quotient_is_that_of_a_division() {
        let mut generator = Generator::new(7, Purpose::Augmentation, 0, 0);
        for _ in 0..200_000 {
            let dividend = generator.symmetric(1.0) * 2f32.powi((generator.unit() * 40.0) as i32 - 20);
            let divisor = (generator.unit() + 1e-3) * 2f32.powi((generator.unit() * 30.0) as i32 - 15);
            let found = quotient(dividend, divisor, 1.0 / divisor);
            assert_eq!(found.to_bits(), (dividend / divisor).to_bits(), "{dividend} / {divisor}");
        }
    }
}

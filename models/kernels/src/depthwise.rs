//! Sums over windows that keep channels apart: depthwise convolution, its input gradient and its weight gradient.
//!
//! In come channels-last images with their padding and one weight a tap and channel, out go images; for the weight gradient
//! in come two batches of images, out goes one sum a tap and channel. A product of matrices would have a single column
//! here, so that vectors must run over the channels instead.
//!
//! # Shape of the kernels
//! [`DepthwiseSum`] keeps up to twelve pixels of one vector of channels in registers while the taps run: a tap loads its
//! weights once, and each pixel takes one load for one multiply-add, which is what the load units give in the time of
//! the multipliers. Where a vector is wider than all channels (8 channels with AVX-512) and pixels lie side by side, a
//! vector holds several pixels. [`DepthwiseWeightGradient`] keeps up to nine taps in registers while the pixels run.
//!
//! Each value is one chain of fused multiply-adds, over the taps in their order or over images, rows and columns: vectors
//! and tiles change no bit.
//!
//! # Unsafe
//! The loops use pointers, so that no bounds are checked in them; both kernels prove all indices before the first.
#![allow(unsafe_code)]

use pulp::{MemMask, Simd, WithSimd};

use crate::activation::Activation;
use crate::tile::activated;
use crate::vectors::processor;

/// The most pixels of a tile: sums that 16 registers can hold beside a weight and a value.
const TILE_PIXELS: usize = 12;

/// The most taps whose sums a weight gradient keeps in registers: a window of 3×3.
const TILE_TAPS: usize = 9;

/// One position of a window.
#[derive(Debug, Clone, Copy)]
pub struct Tap {
    /// The distance of its pixel from the window's first pixel, in values.
    pub x: usize,
    /// The position of the weight of the first channel.
    pub weights: usize,
}

/// y = activation(bias + Σ taps x · weights), channel by channel.
#[derive(Debug)]
pub struct DepthwiseSum<'a> {
    /// The number of images, of rows and of columns of y.
    pub rows: [usize; 3],
    /// The number of channels.
    pub channels: usize,
    /// The positions of a window in the order of their sum.
    pub taps: &'a [Tap],
    /// The images that windows lie in.
    pub x: &'a [f32],
    /// The distance from an image, a row and a column of windows to the next, in values.
    pub x_rows: [usize; 3],
    /// The weights, which [`Tap::weights`] refers to.
    pub weights: &'a [f32],
    /// What sums begin with, `[channels]`; zero without.
    pub bias: Option<&'a [f32]>,
    /// The images that are written.
    pub y: &'a mut [f32],
    /// The distance from an image, a row and a column of y to the next, in values.
    pub y_rows: [usize; 3],
    /// The activation that is applied to the sums.
    pub activation: Activation,
}

/// dW += Σ x · dy over images, rows and columns, for each tap and channel.
#[derive(Debug)]
pub struct DepthwiseWeightGradient<'a> {
    /// The number of images, of rows and of columns of dy.
    pub rows: [usize; 3],
    /// The number of channels.
    pub channels: usize,
    /// The positions of a window.
    pub taps: &'a [Tap],
    /// The images that windows lie in.
    pub x: &'a [f32],
    /// The distance from an image, a row and a column of windows to the next, in values.
    pub x_rows: [usize; 3],
    /// The gradient of the output, `[images, rows, columns, channels]`.
    pub dy: &'a [f32],
    /// The gradient of the weights, to which is added; [`Tap::weights`] refers to it.
    pub weights: &'a mut [f32],
}

/// Returns the index of the last value of a walk.
fn last(counts: [usize; 3], steps: [usize; 3]) -> usize {
    counts.iter().zip(steps).map(|(count, step)| (count - 1) * step).sum()
}

/// Panics where a window or a weight of a tap is out of range.
fn check_taps(taps: &[Tap], channels: usize, [last_x, x_len, weights_len]: [usize; 3]) {
    for tap in taps {
        assert!(last_x + tap.x + channels <= x_len, "x: tap at {} of {x_len}", last_x + tap.x);
        assert!(tap.weights + channels <= weights_len, "weights: tap at {} of {weights_len}", tap.weights);
    }
}

impl DepthwiseSum<'_> {
    /// Computes the sums with the widest vectors that this processor has.
    ///
    /// # Panics
    /// Where a slice is too short for its strides: an error of the calling layer, never of its data.
    pub fn compute(self) {
        let Self { rows, channels, x_rows, y_rows, bias, .. } = self;
        if channels == 0 || rows.contains(&0) {
            return;
        }
        check_taps(self.taps, channels, [last(rows, x_rows), self.x.len(), self.weights.len()]);
        assert!(last(rows, y_rows) + channels <= self.y.len(), "y: {}", self.y.len());
        assert!(bias.is_none_or(|bias| bias.len() >= channels), "a bias of fewer than {channels} channels");
        processor().dispatch(self);
    }

    /// Returns how many pixels a vector of `lanes` values holds.
    fn pixels_a_vector(&self, lanes: usize) -> usize {
        let side_by_side = self.x_rows[2] == self.channels && self.y_rows[2] == self.channels;
        if side_by_side && self.channels < lanes && lanes.is_multiple_of(self.channels) {
            lanes / self.channels
        } else {
            1
        }
    }
}

impl WithSimd for DepthwiseSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pixels = self.pixels_a_vector(S::F32_LANES);
        let Self { channels, x_rows, y_rows, activation, .. } = self;
        let y_values = self.y.as_mut_ptr();
        let [images, rows, columns] = self.rows;
        // The weights of several pixels side by side, and the bias behind them.
        let mut weights: Vec<f32> = Vec::new();
        for tap in self.taps {
            (0..pixels).for_each(|_| weights.extend_from_slice(&self.weights[tap.weights..][..channels]));
        }
        (0..pixels).for_each(|_| match self.bias {
            Some(bias) => weights.extend_from_slice(&bias[..channels]),
            None => weights.resize(weights.len() + channels, 0.0),
        });
        let (whole, rest) = (columns / pixels, columns % pixels * channels);
        let width = channels * pixels;
        for (image, row) in (0..images).flat_map(|image| (0..rows).map(move |row| (image, row))) {
            let [x, y] = [x_rows, y_rows].map(|steps| image * steps[0] + row * steps[1]);
            for first in (0..width).step_by(S::F32_LANES) {
                // SAFETY: `compute` proved the last index of x, y and the weights; what is behind whole vectors of pixels
                // is one vector of which `rest` values are read and written.
                unsafe {
                    let strip = Strip {
                        x: self.x.as_ptr().add(x + first),
                        y: y_values.add(y + first),
                        x_step: x_rows[2] * pixels,
                        y_step: y_rows[2] * pixels,
                        taps: self.taps,
                        weights: weights.as_ptr().add(first),
                        width,
                        activation,
                    };
                    strip.compute(simd, whole, width - first);
                    if rest > 0 {
                        strip.behind(whole).compute(simd, 1, rest);
                    }
                }
            }
        }
    }
}

/// Pixels of one row and one vector of channels.
#[derive(Clone, Copy)]
struct Strip<'a> {
    x: *const f32,
    y: *mut f32,
    x_step: usize,
    y_step: usize,
    taps: &'a [Tap],
    /// The weights `[taps, width]` and the bias `[width]`, moved to the vector's first channel.
    weights: *const f32,
    width: usize,
    activation: Activation,
}

impl Strip<'_> {
    /// Returns the strip behind `pixels` pixels.
    fn behind(self, pixels: usize) -> Self {
        Self {
            x: self.x.wrapping_add(pixels * self.x_step),
            y: self.y.wrapping_add(pixels * self.y_step),
            ..self
        }
    }

    /// Computes `pixels` pixels of a vector of which `channels` are in range.
    ///
    /// # Safety
    /// All windows and pixels of y are in range.
    #[inline(always)]
    unsafe fn compute<S: Simd>(self, simd: S, pixels: usize, channels: usize) {
        let tiles = pixels.div_ceil(TILE_PIXELS);
        for tile in 0..tiles {
            let (start, end) = (tile * pixels / tiles, (tile + 1) * pixels / tiles);
            let strip = self.behind(start);
            macro_rules! of_width {
                ($($width:literal)*) => {
                    match (end - start, channels >= S::F32_LANES) {
                        // SAFETY: the caller's promise.
                        $(($width, true) => unsafe { strip.run::<S, $width, false>(simd, channels) },
                        ($width, false) => unsafe { strip.run::<S, $width, true>(simd, channels) },)*
                        _ => {}
                    }
                };
            }
            of_width!(1 2 3 4 5 6 7 8 9 10 11 12);
        }
    }

    /// # Safety
    /// As for [`Strip::compute`].
    #[inline(always)]
    unsafe fn run<S: Simd, const PIXELS: usize, const PARTIAL: bool>(self, simd: S, channels: usize) {
        let mask = MemMask::new(simd.mask_between_m32s(0, channels.min(S::F32_LANES) as u32).mask());
        let read = |from: *const f32| unsafe { load::<S, PARTIAL>(simd, mask, from) };
        let Self { x_step, y_step, width, .. } = self;
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [read(self.weights.add(self.taps.len() * width)); PIXELS];
            for (number, tap) in self.taps.iter().enumerate() {
                let weight = read(self.weights.add(number * width));
                let x = self.x.add(tap.x);
                for (pixel, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add_f32s(read(x.add(pixel * x_step)), weight, *sum);
                }
            }
            for (pixel, sum) in sums.iter().enumerate() {
                let value = activated(simd, self.activation, *sum);
                store::<S, PARTIAL>(simd, mask, self.y.add(pixel * y_step), value);
            }
        }
    }
}

impl DepthwiseWeightGradient<'_> {
    /// Adds the gradient with the widest vectors that this processor has.
    ///
    /// # Panics
    /// Where a slice is too short for its strides: an error of the calling layer, never of its data.
    pub fn compute(self) {
        let Self { rows, channels, .. } = self;
        if channels == 0 || rows.contains(&0) {
            return;
        }
        check_taps(self.taps, channels, [last(rows, self.x_rows), self.x.len(), self.weights.len()]);
        assert!(rows.iter().product::<usize>() * channels <= self.dy.len(), "dy: {}", self.dy.len());
        processor().dispatch(self);
    }

    /// # Safety
    /// The indices are proved, and `taps` has `TAPS` taps.
    #[inline(always)]
    unsafe fn run<S: Simd, const TAPS: usize, const PARTIAL: bool>(
        &mut self,
        simd: S,
        taps: &[Tap],
        first: usize,
    ) {
        let channels = self.channels;
        let filled = (channels - first).min(S::F32_LANES);
        let mask = MemMask::new(simd.mask_between_m32s(0, filled as u32).mask());
        let read = |from: *const f32| unsafe { load::<S, PARTIAL>(simd, mask, from) };
        let [images, rows, columns] = self.rows;
        let mut offsets = [0; TAPS];
        offsets.iter_mut().zip(taps).for_each(|(offset, tap)| *offset = tap.x);
        let mut sums = [simd.splat_f32s(0.0); TAPS];
        // SAFETY: the caller's promise.
        unsafe {
            let weights = self.weights.as_mut_ptr().add(first);
            for (sum, tap) in sums.iter_mut().zip(taps) {
                *sum = read(weights.add(tap.weights));
            }
            let mut dy = self.dy.as_ptr().add(first);
            for (image, row) in (0..images).flat_map(|image| (0..rows).map(move |row| (image, row))) {
                let mut x = self.x.as_ptr().add(image * self.x_rows[0] + row * self.x_rows[1] + first);
                for _ in 0..columns {
                    let gradient = read(dy);
                    for (sum, offset) in sums.iter_mut().zip(offsets) {
                        *sum = simd.mul_add_f32s(read(x.add(offset)), gradient, *sum);
                    }
                    x = x.wrapping_add(self.x_rows[2]);
                    dy = dy.wrapping_add(channels);
                }
            }
            for (sum, tap) in sums.iter().zip(taps) {
                store::<S, PARTIAL>(simd, mask, weights.add(tap.weights), *sum);
            }
        }
    }
}

impl WithSimd for DepthwiseWeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for taps in self.taps.chunks(TILE_TAPS) {
            for first in (0..self.channels).step_by(S::F32_LANES) {
                macro_rules! of_taps {
                    ($($taps:literal)*) => {
                        match (taps.len(), self.channels - first >= S::F32_LANES) {
                            // SAFETY: `compute` proved the indices.
                            $(($taps, true) => unsafe { self.run::<S, $taps, false>(simd, taps, first) },
                            ($taps, false) => unsafe { self.run::<S, $taps, true>(simd, taps, first) },)*
                            _ => {}
                        }
                    };
                }
                of_taps!(1 2 3 4 5 6 7 8 9);
            }
        }
    }
}

/// Returns the vector at `from`, of which `mask` says what is in range where it is `PARTIAL`.
///
/// # Safety
/// What is read is in range.
#[inline(always)]
unsafe fn load<S: Simd, const PARTIAL: bool>(simd: S, mask: MemMask<S::m32s>, from: *const f32) -> S::f32s {
    // SAFETY: the caller's promise.
    unsafe {
        if PARTIAL { simd.mask_load_ptr_f32s(mask, from) } else { from.cast::<S::f32s>().read_unaligned() }
    }
}

/// Writes a vector to `to`, of which `mask` says what is in range where it is `PARTIAL`.
///
/// # Safety
/// What is written is in range.
#[inline(always)]
unsafe fn store<S: Simd, const PARTIAL: bool>(
    simd: S,
    mask: MemMask<S::m32s>,
    to: *mut f32,
    values: S::f32s,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if PARTIAL {
            simd.mask_store_ptr_f32s(mask, to, values);
        } else {
            to.cast::<S::f32s>().write_unaligned(values);
        }
    }
}

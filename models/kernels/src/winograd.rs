//! The transforms of Winograd's convolution F(2×2, 3×3), forward and backward.
//!
//! In come channels-last images or weights, out go their tiles in the domain in which a 3×3 convolution is sixteen
//! products of matrices, one for each position of a 4×4 tile, and back. Four outputs take 16 multiplications a pair of
//! channels instead of 36 (Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks", 1509.09308,
//! section 4.1): y = Aᵀ \[(G w Gᵀ) ⊙ (Bᵀ x B)\] A. The gradients are the adjoints of the same transforms.
//!
//! A block is some rows of tiles of a batch, `[16, tiles, channels]`. Rows of tiles are counted through the batch: two
//! rows of pixels each, of images whose height is even.

use std::marker::PhantomData;

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::ImageShape;
use crate::activation::Activation;
use crate::tile::activated;
use crate::vectors::processor;

/// The number of positions of a tile.
pub const POSITIONS: usize = 16;

/// A transform of `N` values to `M` along one axis of a tile.
trait Transform<const N: usize, const M: usize> {
    fn along<S: Simd>(simd: S, values: [S::f32s; N]) -> [S::f32s; M];
}

/// Bᵀ, of the input.
struct Input;
/// Aᵀ, to the output.
struct Output;
/// A, of the gradient of the output.
struct OutputGradient;
/// G, of the weights.
struct Weight;
/// Gᵀ, to the gradient of the weights.
struct WeightGradient;

impl Transform<4, 4> for Input {
    #[inline(always)]
    fn along<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
        [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
    }
}

impl Transform<4, 2> for Output {
    #[inline(always)]
    fn along<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
        [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
    }
}

impl Transform<2, 4> for OutputGradient {
    #[inline(always)]
    fn along<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 4] {
        [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)]
    }
}

impl Transform<3, 4> for Weight {
    #[inline(always)]
    fn along<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; 4] {
        let half = simd.splat_f32s(0.5);
        let ends = simd.add_f32s(a, c);
        let (sum, difference) = (simd.add_f32s(ends, b), simd.sub_f32s(ends, b));
        [a, simd.mul_f32s(half, sum), simd.mul_f32s(half, difference), c]
    }
}

impl Transform<4, 3> for WeightGradient {
    #[inline(always)]
    fn along<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 3] {
        let half = simd.splat_f32s(0.5);
        let sum = simd.mul_f32s(half, simd.add_f32s(b, c));
        [simd.add_f32s(a, sum), simd.mul_f32s(half, simd.sub_f32s(b, c)), simd.add_f32s(sum, d)]
    }
}

/// Transforms a tile along both axes.
#[inline(always)]
fn both_axes<S: Simd, T: Transform<N, M>, const N: usize, const M: usize>(
    simd: S,
    tile: [[S::f32s; N]; N],
) -> [[S::f32s; M]; M] {
    let zero = simd.splat_f32s(0.0);
    let mut rows = [[zero; M]; N];
    for (row, values) in rows.iter_mut().zip(tile) {
        *row = T::along(simd, values);
    }
    let mut transformed = [[zero; M]; M];
    for column in 0..M {
        let mut values = [zero; N];
        for (value, row) in values.iter_mut().zip(&rows) {
            *value = row[column];
        }
        let values = T::along(simd, values);
        for (row, value) in transformed.iter_mut().zip(values) {
            row[column] = value;
        }
    }
    transformed
}

/// The rows of tiles of a batch of images.
#[derive(Debug, Clone)]
pub struct TileRows {
    /// The sides of an image, `[height, width, channels]`; height and width are even, the channels a multiple of the
    /// lanes of every processor, 16.
    pub image: ImageShape,
    /// The rows of tiles, counted through the batch.
    pub rows: Range<usize>,
}

impl TileRows {
    /// Returns the number of tiles.
    #[must_use]
    pub fn tiles(&self) -> usize {
        self.rows.len() * self.image[1] / 2
    }

    /// Calls `tile` with the number of each tile within the block, and the first row and column of its pixels: the row
    /// within its image, and the row through the batch.
    #[inline(always)]
    fn for_each(&self, mut tile: impl FnMut(usize, [usize; 3])) {
        let [height, width, _] = self.image;
        for (number, row) in self.rows.clone().enumerate() {
            for column in 0..width / 2 {
                tile(number * width / 2 + column, [row * 2 % height, row * 2, column * 2]);
            }
        }
    }

    /// Writes Bᵀ x B of each tile's 4×4 pixels of the batch `x`, with a pixel of zeros around each image, into `block`.
    pub fn input(&self, x: &[f32], block: &mut [f32]) {
        processor().dispatch(Forth::<'_, 4, 1> { tiles: self, x, block });
    }

    /// Writes A dy Aᵀ of each tile's 2×2 pixels of the batch `dy` into `block`.
    pub fn output_gradient(&self, dy: &[f32], block: &mut [f32]) {
        processor().dispatch(Forth::<'_, 2, 0> { tiles: self, x: dy, block });
    }

    /// Writes activation(Aᵀ m A + bias) of each tile of `block` into `y`, the pixels of these rows of tiles.
    pub fn output(&self, block: &[f32], bias: Option<&[f32]>, activation: Activation, y: &mut [f32]) {
        processor().dispatch(Back { tiles: self, block, bias, activation, y });
    }
}

/// Pixels to a block: `SIDE`×`SIDE` of them a tile, from `BEFORE` before its first output on.
struct Forth<'a, const SIDE: usize, const BEFORE: usize> {
    tiles: &'a TileRows,
    x: &'a [f32],
    block: &'a mut [f32],
}

impl<const SIDE: usize, const BEFORE: usize> WithSimd for Forth<'_, SIDE, BEFORE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { tiles, x, block } = self;
        let [height, width, channels] = tiles.image;
        let vectors = channels / S::F32_LANES;
        let x = S::as_simd_f32s(x).0;
        let block = S::as_mut_simd_f32s(block).0;
        let position_len = tiles.tiles() * vectors;
        let zeros = vec![simd.splat_f32s(0.0); vectors];
        tiles.for_each(|tile, [row_in_image, row, column]| {
            let mut pixels = [[&zeros[..vectors]; SIDE]; SIDE];
            for (down, pixels) in pixels.iter_mut().enumerate() {
                for (right, pixel) in pixels.iter_mut().enumerate() {
                    let inside = (BEFORE..height + BEFORE).contains(&(row_in_image + down))
                        && (BEFORE..width + BEFORE).contains(&(column + right));
                    if inside {
                        let from = (row + down - BEFORE) * width + column + right - BEFORE;
                        *pixel = &x[from * vectors..][..vectors];
                    }
                }
            }
            for vector in 0..vectors {
                let mut values = [[simd.splat_f32s(0.0); SIDE]; SIDE];
                for (values, pixels) in values.iter_mut().zip(&pixels) {
                    for (value, pixel) in values.iter_mut().zip(pixels) {
                        *value = pixel[vector];
                    }
                }
                let transformed = transform::<S, SIDE>(simd, values);
                for (position, value) in transformed.as_flattened().iter().enumerate() {
                    block[position * position_len + tile * vectors + vector] = *value;
                }
            }
        });
    }
}

/// The transform of inputs for a side of 4, of output gradients for one of 2.
#[inline(always)]
fn transform<S: Simd, const SIDE: usize>(simd: S, values: [[S::f32s; SIDE]; SIDE]) -> [[S::f32s; 4]; 4] {
    let at = |row: usize, column: usize| values[row % SIDE][column % SIDE];
    if SIDE == 2 {
        both_axes::<S, OutputGradient, 2, 4>(simd, [[at(0, 0), at(0, 1)], [at(1, 0), at(1, 1)]])
    } else {
        let mut tile = [[simd.splat_f32s(0.0); 4]; 4];
        for (row, values) in tile.iter_mut().enumerate() {
            for (column, value) in values.iter_mut().enumerate() {
                *value = at(row, column);
            }
        }
        both_axes::<S, Input, 4, 4>(simd, tile)
    }
}

/// A block to pixels.
struct Back<'a> {
    tiles: &'a TileRows,
    block: &'a [f32],
    bias: Option<&'a [f32]>,
    activation: Activation,
    y: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { tiles, block, bias, activation, y } = self;
        let [_, width, channels] = tiles.image;
        let vectors = channels / S::F32_LANES;
        let block = S::as_simd_f32s(block).0;
        let bias = bias.map(|bias| S::as_simd_f32s(bias).0);
        let y = S::as_mut_simd_f32s(y).0;
        let position_len = tiles.tiles() * vectors;
        let (zero, first_row) = (simd.splat_f32s(0.0), tiles.rows.start * 2);
        tiles.for_each(|tile, [_, row, column]| {
            for vector in 0..vectors {
                let mut values = [[zero; 4]; 4];
                for (position, value) in values.as_flattened_mut().iter_mut().enumerate() {
                    *value = block[position * position_len + tile * vectors + vector];
                }
                let bias = bias.map_or(zero, |bias| bias[vector]);
                let pixels = both_axes::<S, Output, 4, 2>(simd, values);
                for (down, pixels) in pixels.iter().enumerate() {
                    for (right, sum) in pixels.iter().enumerate() {
                        let value = simd.add_f32s(*sum, bias);
                        let to = (row - first_row + down) * width + column + right;
                        y[to * vectors + vector] = activated(simd, activation, value);
                    }
                }
            }
        });
    }
}

/// Writes G w Gᵀ of 3×3 weights `[9, columns]` into `transformed`, `[16, columns]`; the columns are a multiple of the
/// lanes.
pub fn transform_weights(weights: &[f32], transformed: &mut [f32]) {
    processor().dispatch(Weights::<'_, Weight, 3, 4> { from: weights, to: transformed, of: PhantomData });
}

/// Writes Gᵀ u G of `[16, columns]` into `weights`, `[9, columns]`: the gradient of weights from that of their transform.
/// The columns are a multiple of the lanes.
pub fn weight_gradient(transformed: &[f32], weights: &mut [f32]) {
    processor().dispatch(Weights::<'_, WeightGradient, 4, 3> {
        from: transformed,
        to: weights,
        of: PhantomData,
    });
}

struct Weights<'a, T, const N: usize, const M: usize> {
    from: &'a [f32],
    to: &'a mut [f32],
    of: PhantomData<T>,
}

impl<T: Transform<N, M>, const N: usize, const M: usize> WithSimd for Weights<'_, T, N, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let from = S::as_simd_f32s(self.from).0;
        let to = S::as_mut_simd_f32s(self.to).0;
        let columns = from.len() / (N * N);
        for column in 0..columns {
            let mut values = [[simd.splat_f32s(0.0); N]; N];
            for (position, value) in values.as_flattened_mut().iter_mut().enumerate() {
                *value = from[position * columns + column];
            }
            let transformed = both_axes::<S, T, N, M>(simd, values);
            for (position, value) in transformed.as_flattened().iter().enumerate() {
                to[position * columns + column] = *value;
            }
        }
    }
}

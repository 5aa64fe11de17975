//! One tile of a product in vector registers.
//!
//! In come pointers to the first row of A, the panel of B and the first row of C of a tile, out goes the tile of C. It is
//! a file of its own, because its heights and widths are versions of one loop that only the compiler should tell apart.
//!
//! # Unsafe
//! The loops use pointers, so that no bounds are checked in them. Whoever makes a [`Tile`] proves its indices first.
#![allow(unsafe_code)]

use pulp::{MemMask, Simd};

use crate::activation::Activation;
use crate::panels::PANEL_VECTORS;

/// The most rows of a tile of one vector and of two vectors: with 32 vector registers (AVX-512, NEON) 24 of them are
/// sums, with 16 (AVX2) 12; the others hold values of A and B.
pub(crate) const fn tile_rows<S: Simd>(vectors: usize) -> usize {
    (if S::REGISTER_COUNT >= 32 { 24 } else { 12 }) / vectors
}

/// The most rows that each half of a tile of two blocks of rows has, two vectors wide: of 32 registers 28 are sums then, 2
/// hold values of B and 1 a value of A; of 16 registers 12 are sums.
pub(crate) const fn rows_of_half<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 7 } else { 3 }
}

/// What a tile's sums begin with.
#[derive(Clone, Copy)]
pub(crate) enum TileStart {
    /// What C holds.
    Sum,
    /// Zero.
    Zero,
    /// These values in each row, as many as the tile has columns.
    Columns(*const f32),
}

/// One tile's operands, moved to its first row and panel; strides as in [`Product`](crate::Product).
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) a: *const f32,
    pub(crate) b: *const f32,
    pub(crate) c: *mut f32,
    pub(crate) depth: [usize; 3],
    pub(crate) a_row: usize,
    pub(crate) a_depth: [usize; 3],
    pub(crate) b_depth: [usize; 3],
    pub(crate) c_row: usize,
    /// The distance from a block of rows of A and of C to the next.
    pub(crate) block: [usize; 2],
    pub(crate) start: TileStart,
    pub(crate) activation: Activation,
}

impl Tile {
    /// Computes a tile of `rows` rows and `columns` columns, which are two whole vectors, or one or less.
    ///
    /// # Safety
    /// `rows` rows of A, the panel of B and `rows` rows of C are in range for `columns` columns, and there are at most
    /// [`tile_rows`] rows.
    #[inline(always)]
    pub(crate) unsafe fn compute<S: Simd>(&self, simd: S, rows: usize, columns: usize) {
        macro_rules! of_height {
            ($vectors:ident, $partial:literal: $($height:literal)*) => {
                match rows {
                    // SAFETY: the caller's promise.
                    $($height => unsafe { self.run::<S, 1, $height, $vectors, $partial>(simd, columns) },)*
                    _ => {}
                }
            };
        }
        const ONE: usize = 1;
        match (columns > S::F32_LANES, columns.is_multiple_of(S::F32_LANES), S::REGISTER_COUNT >= 32) {
            (true, _, true) => of_height!(PANEL_VECTORS, false: 1 2 3 4 5 6 7 8 9 10 11 12),
            (true, _, false) => of_height!(PANEL_VECTORS, false: 1 2 3 4 5 6),
            (false, true, true) => {
                of_height!(ONE, false: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24)
            }
            (false, true, false) => of_height!(ONE, false: 1 2 3 4 5 6 7 8 9 10 11 12),
            (false, false, true) => {
                of_height!(ONE, true: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24)
            }
            (false, false, false) => of_height!(ONE, true: 1 2 3 4 5 6 7 8 9 10 11 12),
        }
    }

    /// Computes a tile of two blocks of `rows` rows of two whole vectors.
    ///
    /// # Safety
    /// As for [`Tile::compute`], of both blocks; there are at most [`rows_of_half`] rows.
    #[inline(always)]
    pub(crate) unsafe fn compute_two_blocks<S: Simd>(&self, simd: S, rows: usize) {
        macro_rules! of_height {
            ($($height:literal)*) => {
                match rows {
                    // SAFETY: the caller's promise.
                    $($height => unsafe { self.run::<S, 2, $height, PANEL_VECTORS, false>(simd, 0) },)*
                    _ => {}
                }
            };
        }
        if S::REGISTER_COUNT >= 32 {
            of_height!(1 2 3 4 5 6 7);
        } else {
            of_height!(1 2 3);
        }
    }

    /// Computes a tile of `BLOCKS` blocks of `ROWS` rows of `VECTORS` vectors; `PARTIAL` where one vector is not filled by `columns`.
    ///
    /// # Safety
    /// As for [`Tile::compute`].
    #[inline(always)]
    unsafe fn run<
        S: Simd,
        const BLOCKS: usize,
        const ROWS: usize,
        const VECTORS: usize,
        const PARTIAL: bool,
    >(
        &self,
        simd: S,
        columns: usize,
    ) {
        let mask = MemMask::new(simd.mask_between_m32s(0, columns.min(S::F32_LANES) as u32).mask());
        // SAFETY: the caller's promise, for whatever lies within `columns` columns.
        let read = |from: *const f32| unsafe {
            if PARTIAL {
                simd.mask_load_ptr_f32s(mask, from)
            } else {
                from.cast::<S::f32s>().read_unaligned()
            }
        };
        let mut sums = [[[simd.splat_f32s(0.0); VECTORS]; ROWS]; BLOCKS];
        let Self { a_row, depth: [images, runs, steps], a_depth, b_depth, .. } = *self;
        // SAFETY: all offsets below are of rows, columns and steps within the product's.
        unsafe {
            for (block, sums) in sums.iter_mut().enumerate() {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        let c = self.c.add(block * self.block[1] + row * self.c_row);
                        match self.start {
                            TileStart::Sum => *sum = read(c.add(vector * S::F32_LANES)),
                            TileStart::Columns(values) => *sum = read(values.add(vector * S::F32_LANES)),
                            TileStart::Zero => {}
                        }
                    }
                }
            }
            for image in 0..images {
                for run in 0..runs {
                    let mut a = self.a.add(image * a_depth[0] + run * a_depth[1]);
                    let mut b = self.b.add(image * b_depth[0] + run * b_depth[1]);
                    for _ in 0..steps {
                        let mut values = [simd.splat_f32s(0.0); VECTORS];
                        for (vector, value) in values.iter_mut().enumerate() {
                            *value = read(b.add(vector * S::F32_LANES));
                        }
                        for (block, sums) in sums.iter_mut().enumerate() {
                            for (row, sums) in sums.iter_mut().enumerate() {
                                let factor = simd.splat_f32s(*a.add(block * self.block[0] + row * a_row));
                                for (sum, value) in sums.iter_mut().zip(values) {
                                    *sum = simd.mul_add_f32s(factor, value, *sum);
                                }
                            }
                        }
                        a = a.wrapping_add(a_depth[2]);
                        b = b.wrapping_add(b_depth[2]);
                    }
                }
            }
            for (block, sums) in sums.iter().enumerate() {
                for (row, sums) in sums.iter().enumerate() {
                    for (vector, sum) in sums.iter().enumerate() {
                        let c = self.c.add(block * self.block[1] + row * self.c_row);
                        let to = c.add(vector * S::F32_LANES);
                        let value = activated(simd, self.activation, *sum);
                        if PARTIAL {
                            simd.mask_store_ptr_f32s(mask, to, value);
                        } else {
                            to.cast::<S::f32s>().write_unaligned(value);
                        }
                    }
                }
            }
        }
    }
}

/// Returns the activation of sums. It is not a maximum, which would turn a NaN into 0.
#[inline(always)]
pub(crate) fn activated<S: Simd>(simd: S, activation: Activation, sums: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        Activation::Identity => sums,
        Activation::Relu => simd.select_f32s(simd.less_than_f32s(sums, zero), zero, sums),
    }
}

//! The one kernel under every convolution and linear layer: C += A · B on f32.
//!
//! In come two matrices A and B, B in panels; out goes their product, added to C. The strides are general enough that
//! no layer has to copy its input into columns first.
//!
//! # Shape of the kernel
//! A tile of C, up to `TILE_ROWS` rows by two vector registers, stays in registers while the depth runs: per step two
//! loads of B, one broadcast of A a row, two fused multiply-adds a broadcast. With AVX-512 that is 24 accumulators for
//! 14 loads, so the multipliers are the bottleneck, not the loads. The depth is two nested loops (`runs` × `depth`):
//! a convolution's window is `kernel_height` runs of `kernel_width · channels` neighbours in a channels-last image, and
//! a kernel gradient is `height` runs of `width` pixels. Both read the image where it lies, so no im2col matrix (nine
//! times the image for a 3×3 window) is written to memory and read again.
//!
//! # Repeatable
//! Each value of C is one chain of fused multiply-adds in the order of the depth, starting from what C held. No
//! blocking, vector width or number of threads changes that order.
//!
//! # Unsafe
//! This file uses pointers, so that no bounds are checked in the innermost loop. `Product::check` proves all of a
//! call's indices in range before the first of them is used.
#![allow(unsafe_code)]

use pulp::{Arch, Simd, WithSimd};
use std::sync::OnceLock;

/// The most rows of a tile with 32 vector registers (AVX-512, NEON): 24 accumulators, 2 values of B, 1 of A.
const TILE_ROWS: usize = 12;

/// The most rows of a tile with 16 vector registers (AVX2): 12 accumulators, 2 values of B, 1 of A.
const TILE_ROWS_OF_16_REGISTERS: usize = 6;

/// The number of vector registers that one row of a tile takes.
const TILE_VECTORS: usize = 2;

/// The widest panel of any processor: two AVX-512 registers.
const WIDEST_PANEL: usize = 32;

/// A product of matrices, C += A · B, with its strides in values. C has `rows` × `columns` values, and each of them is
/// a sum of `runs` × `depth` products.
///
/// - A at (row i, run r, step k): `a[i · a_row + r · a_run + k · a_step]`
/// - B at (run r, step k, column j of panel p): `b[p · b_panel + r · b_run + k · b_step + j]`, where a panel is
///   [`panel_width`] columns; all of the last panel must be readable too
/// - C at (row i, column j): `c[i · c_row + j]`
#[derive(Debug)]
pub struct Product<'a> {
    /// The number of rows of A and of C.
    pub rows: usize,
    /// The number of columns of B and of C.
    pub columns: usize,
    /// The number of runs of the depth, which is its outer loop.
    pub runs: usize,
    /// The number of steps of a run, which is the inner loop of the depth.
    pub depth: usize,
    /// The values of A.
    pub a: &'a [f32],
    /// The distance from a row of A to the next, in values.
    pub a_row: usize,
    /// The distance from a run of A to the next, in values.
    pub a_run: usize,
    /// The distance from a step of A to the next, in values.
    pub a_step: usize,
    /// The values of B in panels, as [`pack`] makes them.
    pub b: &'a [f32],
    /// The distance from a panel of B to the next, in values.
    pub b_panel: usize,
    /// The distance from a run of B to the next, in values.
    pub b_run: usize,
    /// The distance from a step of B to the next, in values.
    pub b_step: usize,
    /// The values of C, to which the product is added.
    pub c: &'a mut [f32],
    /// The distance from a row of C to the next, in values.
    pub c_row: usize,
}

/// Returns the number of columns of a panel of B on this processor: two vector registers, which are 32 values with
/// AVX-512, 16 with AVX2, 8 with NEON.
#[must_use]
pub fn panel_width() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    static WIDTH: OnceLock<usize> = OnceLock::new();
    *WIDTH.get_or_init(|| Arch::new().dispatch(Lanes) * TILE_VECTORS)
}

/// Returns `columns` rounded up to whole panels.
#[must_use]
pub fn panelled(columns: usize) -> usize {
    columns.next_multiple_of(panel_width())
}

impl Product<'_> {
    /// Computes the product with the widest vectors that this processor has, and adds it to C.
    ///
    /// # Panics
    /// Where a slice is too short for its strides: an error of the calling layer, never of its data.
    pub fn compute(self) {
        if self.rows * self.columns * self.runs * self.depth == 0 {
            return;
        }
        self.check();
        Arch::new().dispatch(self);
    }

    /// Panics where an index of A, B or C would be out of range.
    fn check(&self) {
        let last = |run: usize, step: usize| (self.runs - 1) * run + (self.depth - 1) * step;
        let last_a = (self.rows - 1) * self.a_row + last(self.a_run, self.a_step);
        let panels = self.columns.div_ceil(panel_width());
        let last_b = (panels - 1) * self.b_panel + last(self.b_run, self.b_step) + panel_width() - 1;
        let last_c = (self.rows - 1) * self.c_row + self.columns - 1;
        assert!(last_a < self.a.len(), "A: index {last_a} of {}", self.a.len());
        assert!(last_b < self.b.len(), "B: index {last_b} of {}", self.b.len());
        assert!(last_c < self.c.len(), "C: index {last_c} of {}", self.c.len());
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile_rows = if S::REGISTER_COUNT >= 32 { TILE_ROWS } else { TILE_ROWS_OF_16_REGISTERS };
        let width = S::F32_LANES * TILE_VECTORS;
        // Tiles of nearly equal height: 26 rows are 9 + 9 + 8, not 12 + 12 + 2.
        let tiles = self.rows.div_ceil(tile_rows);
        let Self { runs, depth, a_row, a_run, a_step, b_run, b_step, .. } = self;
        let steps = Steps { runs, depth, a_row, a_run, a_step, b_run, b_step };
        for panel in 0..self.columns.div_ceil(width) {
            let columns = width.min(self.columns - panel * width);
            for tile in 0..tiles {
                let (start, end) = (tile * self.rows / tiles, (tile + 1) * self.rows / tiles);
                let c = &mut self.c[start * self.c_row + panel * width..];
                // SAFETY: `check` proved the last index of A and B; rows and panels only start later.
                let tile = unsafe {
                    Tile {
                        a: self.a.as_ptr().add(start * self.a_row),
                        b: self.b.as_ptr().add(panel * self.b_panel),
                        steps,
                    }
                };
                if columns == width {
                    // SAFETY: as above, and C holds `end - start` rows of a whole panel from `c` on.
                    unsafe { tile.compute(simd, end - start, c.as_mut_ptr(), self.c_row) };
                } else {
                    let mut whole = [0f32; TILE_ROWS * WIDEST_PANEL];
                    let rows = || (0..end - start).map(|row| (row * self.c_row, row * width));
                    for (from, to) in rows() {
                        whole[to..to + columns].copy_from_slice(&c[from..from + columns]);
                    }
                    // SAFETY: as above; `whole` has room for the highest tile of the widest panel.
                    unsafe { tile.compute(simd, end - start, whole.as_mut_ptr(), width) };
                    for (to, from) in rows() {
                        c[to..to + columns].copy_from_slice(&whole[from..from + columns]);
                    }
                }
            }
        }
    }
}

/// One tile's operands, moved to its first row and panel.
struct Tile {
    a: *const f32,
    b: *const f32,
    steps: Steps,
}

/// The strides with which a tile walks its operands, as in [`Product`].
#[derive(Clone, Copy)]
struct Steps {
    runs: usize,
    depth: usize,
    a_row: usize,
    a_run: usize,
    a_step: usize,
    b_run: usize,
    b_step: usize,
}

impl Tile {
    /// Adds the product to a tile of `rows` rows at `c`.
    ///
    /// # Safety
    /// `rows` rows of A from `a`, one panel of B from `b` and `rows` rows of a whole panel from `c` are in range.
    #[inline(always)]
    unsafe fn compute<S: Simd>(&self, simd: S, rows: usize, c: *mut f32, c_row: usize) {
        macro_rules! of_height {
            ($($height:literal)*) => {
                match rows {
                    // SAFETY: the caller's promise.
                    $($height => unsafe { self.run::<S, $height>(simd, c, c_row) },)*
                    _ => {}
                }
            };
        }
        if S::REGISTER_COUNT >= 32 {
            of_height!(1 2 3 4 5 6 7 8 9 10 11 12);
        } else {
            of_height!(1 2 3 4 5 6);
        }
    }

    /// Adds the product to a tile of `ROWS` rows at `c`.
    ///
    /// # Safety
    /// `ROWS` rows of A from `a`, one panel of B from `b` and `ROWS` rows of a whole panel from `c` are in range.
    #[inline(always)]
    unsafe fn run<S: Simd, const ROWS: usize>(&self, simd: S, c: *mut f32, c_row: usize) {
        let Steps { runs, depth, a_row, a_run, a_step, b_run, b_step } = self.steps;
        let mut sums = [[simd.splat_f32s(0.0); TILE_VECTORS]; ROWS];
        // SAFETY: all offsets below are of rows, runs and steps within the product's.
        unsafe {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = c.add(row * c_row + vector * S::F32_LANES).cast::<S::f32s>().read_unaligned();
                }
            }
            for run in 0..runs {
                let mut a = self.a.add(run * a_run);
                let mut b = self.b.add(run * b_run);
                for _ in 0..depth {
                    let left = b.cast::<S::f32s>().read_unaligned();
                    let right = b.add(S::F32_LANES).cast::<S::f32s>().read_unaligned();
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let value = simd.splat_f32s(*a.add(row * a_row));
                        sums[0] = simd.mul_add_f32s(value, left, sums[0]);
                        sums[1] = simd.mul_add_f32s(value, right, sums[1]);
                    }
                    a = a.wrapping_add(a_step);
                    b = b.wrapping_add(b_step);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (vector, sum) in sums.iter().enumerate() {
                    c.add(row * c_row + vector * S::F32_LANES).cast::<S::f32s>().write_unaligned(*sum);
                }
            }
        }
    }
}

/// Copies a matrix B `[depth, columns]` into panels, `[panels][rows][panel_width]`, and fills the last panel up with
/// zeros. The length of `panels` decides the rows of each panel, which are `depth` or more: the rows after `depth` are
/// zeros.
///
/// B at (step k, column j) is `matrix[k · step + j · column]`; with `column` = 1 the matrix lies in rows, with `step` =
/// 1 it is transposed on the way.
pub fn pack(matrix: &[f32], depth: usize, columns: usize, step: usize, column: usize, panels: &mut [f32]) {
    use rayon::prelude::*;
    let width = panel_width();
    let panel_len = panels.len() / columns.div_ceil(width).max(1);
    panels.par_chunks_exact_mut(panel_len.max(1)).enumerate().for_each(|(panel, packed)| {
        let first = panel * width;
        let filled = width.min(columns - first);
        let (rows, below) = packed.split_at_mut(depth * width);
        if column == 1 {
            for (k, row) in rows.chunks_exact_mut(width).enumerate() {
                row[..filled].copy_from_slice(&matrix[k * step + first..][..filled]);
                row[filled..].fill(0.0);
            }
        } else {
            pack_transposed(matrix, (first, filled), (step, column), rows, width);
        }
        below.fill(0.0);
    });
}

/// Fills one panel from a matrix that lies in columns. Blocks of the depth keep both sides of the transposition in the
/// first cache.
fn pack_transposed(
    matrix: &[f32],
    (first, filled): (usize, usize),
    (step, column): (usize, usize),
    packed: &mut [f32],
    width: usize,
) {
    const BLOCK: usize = 64;
    for (block, rows) in packed.chunks_mut(BLOCK * width).enumerate() {
        for j in 0..filled {
            let from = (first + j) * column + block * BLOCK * step;
            for (k, row) in rows.chunks_exact_mut(width).enumerate() {
                row[j] = matrix[from + k * step];
            }
        }
        for row in rows.chunks_exact_mut(width) {
            row[filled..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of few bits, so that every order of summation gives the same sum.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 7919 + seed * 104_729) % 31) as f32 - 15.0).collect()
    }

    #[test]
    fn agrees_with_plain_loops_for_every_height_and_width() {
        for rows in 1..=27 {
            for columns in [1, 7, 8, 16, 31, 32, 33, 70] {
                let depth = 5;
                let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
                let mut panels = vec![9.0; depth * panelled(columns)];
                pack(&b, depth, columns, columns, 1, &mut panels);
                let mut c = numbers(rows * columns, 3);
                let mut expected = c.clone();
                for i in 0..rows {
                    for j in 0..columns {
                        expected[i * columns + j] +=
                            (0..depth).map(|k| a[i * depth + k] * b[k * columns + j]).sum::<f32>();
                    }
                }
                Product {
                    rows,
                    columns,
                    runs: 1,
                    depth,
                    a: &a,
                    a_row: depth,
                    a_run: 0,
                    a_step: 1,
                    b: &panels,
                    b_panel: depth * panel_width(),
                    b_run: 0,
                    b_step: panel_width(),
                    c: &mut c,
                    c_row: columns,
                }
                .compute();
                assert_eq!(c, expected, "{rows} x {columns}");
            }
        }
    }

    #[test]
    fn packing_a_transposed_matrix_gives_the_panels_of_the_plain_one() {
        let (depth, columns) = (150, 45);
        let rows = numbers(depth * columns, 4);
        let transposed: Vec<f32> =
            (0..columns * depth).map(|index| rows[index % depth * columns + index / depth]).collect();
        let below = 3;
        let empty = vec![9.0; (depth + below) * panelled(columns)];
        let (mut plain, mut turned) = (empty.clone(), empty);
        pack(&rows, depth, columns, columns, 1, &mut plain);
        pack(&transposed, depth, columns, 1, depth, &mut turned);
        assert_eq!(plain, turned);
        for panel in plain.chunks_exact((depth + below) * panel_width()) {
            assert!(panel[depth * panel_width()..].iter().all(|value| *value == 0.0));
        }
    }

    #[test]
    #[should_panic(expected = "A: index")]
    fn a_slice_that_is_too_short_is_found_before_it_is_read() {
        let b = vec![0.0; 64];
        let mut c = vec![0.0; 64];
        Product {
            rows: 2,
            columns: 1,
            runs: 1,
            depth: 2,
            a: &[0.0; 3],
            a_row: 2,
            a_run: 0,
            a_step: 1,
            b: &b,
            b_panel: 0,
            b_run: 0,
            b_step: 0,
            c: &mut c,
            c_row: 1,
        }
        .compute();
    }
}

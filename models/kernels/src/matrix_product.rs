//! The one kernel under every convolution and linear layer: C = activation(start + A · B) on f32.
//!
//! In come two matrices A and B, B in panels; out goes their product. The strides are general enough that no layer has to
//! copy its input into columns first.
//!
//! # Shape of the kernel
//! A tile of C, up to 12 rows by two vector registers or 24 rows by one, stays in registers while the depth runs: per step
//! two loads of B, one broadcast of A a row, two fused multiply-adds a broadcast. With AVX-512 that is 24 accumulators for
//! 14 loads, so the multipliers are the bottleneck, not the loads. Sixteen columns fill a tile of one vector: 24
//! accumulators for 25 loads, which is where loads and multipliers are in balance, and no half of a vector is wasted.
//! Where the innermost rows are few, the 7 columns of a small image, a tile takes two blocks of them.
//!
//! Rows and depth are three nested loops each. The rows of a convolution are the output's images, rows and columns; its
//! depth is the window's rows, columns and channels. The depth of a kernel gradient is images, rows and columns of
//! pixels, so that a tile of the gradient is loaded and stored once for many images. All read the image where it lies:
//! no im2col matrix (nine times the image for a 3×3 window) is written to memory and read again. The panel is the
//! outermost loop: it is fetched once for all rows of a group of images.
//!
//! # Repeatable
//! Each value of C is one chain of fused multiply-adds in the order of the depth, starting from [`Start`]. No
//! blocking, vector width or number of threads changes that order.
//!
//! # Unsafe
//! `Product::check` proves all of a call's indices in range before the first pointer of a tile is made.
#![allow(unsafe_code)]

use pulp::{Simd, WithSimd};

use crate::activation::Activation;
pub use crate::panels::{pack, panel_width, panelled};
use crate::tile::{Tile, TileStart, rows_of_half, tile_rows};
use crate::vectors::processor;

/// What the sums of a product begin with.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// What C holds: the product is added to it.
    Sum,
    /// Zero: what C holds is not read.
    Zero,
    /// One value a column, `[columns]`: what C holds is not read.
    Bias(&'a [f32]),
}

/// A product of matrices, C = activation(start + A · B), with its strides in values. Rows and depth are three nested
/// loops, the first index of an array being that of the outermost: C has `rows[0] · rows[1] · rows[2]` rows of `columns`
/// values, and each of them is a sum of `depth[0] · depth[1] · depth[2]` products.
///
/// - A at (row i, step k): `a[i · a_rows + k · a_depth]`, where i and k are three numbers each and · the sum of their
///   products
/// - B at (step k, column j of panel p): `b[p · b_panel + k · b_depth + j]`, where a panel is [`panel_width`] columns
/// - C at (row i, column j): `c[i · c_rows + j]`
#[derive(Debug)]
pub struct Product<'a> {
    /// The number of rows of A and of C.
    pub rows: [usize; 3],
    /// The number of columns of B and of C.
    pub columns: usize,
    /// The number of steps of the depth.
    pub depth: [usize; 3],
    /// The values of A.
    pub a: &'a [f32],
    /// The distance from a row of A to the next, in values.
    pub a_rows: [usize; 3],
    /// The distance from a step of A to the next, in values.
    pub a_depth: [usize; 3],
    /// The values of B in panels, as [`pack`] makes them, or in rows, with a `b_panel` of [`panel_width`].
    pub b: &'a [f32],
    /// The distance from a panel of B to the next, in values.
    pub b_panel: usize,
    /// The distance from a step of B to the next, in values.
    pub b_depth: [usize; 3],
    /// What the sums begin with.
    pub start: Start<'a>,
    /// The values of C.
    pub c: &'a mut [f32],
    /// The distance from a row of C to the next, in values.
    pub c_rows: [usize; 3],
    /// The activation that is applied to the sums.
    pub activation: Activation,
}

impl Product<'_> {
    /// Computes the product with the widest vectors that this processor has. Without rows, columns or depth it does
    /// nothing.
    ///
    /// # Panics
    /// Where a slice is too short for its strides: an error of the calling layer, never of its data.
    pub fn compute(self) {
        if self.columns == 0 || [self.rows, self.depth].as_flattened().contains(&0) {
            return;
        }
        self.check();
        processor().dispatch(self);
    }

    /// Panics where an index of A, B or C would be out of range.
    fn check(&self) {
        let last = |counts: [usize; 3], steps: [usize; 3]| {
            counts.iter().zip(steps).map(|(count, step)| (count - 1) * step).sum::<usize>()
        };
        let width = panel_width(self.columns);
        let panels = self.columns.div_ceil(width);
        let last_a = last(self.rows, self.a_rows) + last(self.depth, self.a_depth);
        let (before, last_panel) = ((panels - 1) * width, (panels - 1) * self.b_panel);
        let whole_panel = if panels > 1 { last_panel - self.b_panel + width } else { 0 };
        let last_b =
            last(self.depth, self.b_depth) + (last_panel + self.columns - before).max(whole_panel) - 1;
        let last_c = last(self.rows, self.c_rows) + self.columns - 1;
        assert!(last_a < self.a.len(), "A: index {last_a} of {}", self.a.len());
        assert!(last_b < self.b.len(), "B: index {last_b} of {}", self.b.len());
        assert!(last_c < self.c.len(), "C: index {last_c} of {}", self.c.len());
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.columns, "{} columns, a bias of {}", self.columns, bias.len());
        }
    }

    /// Computes the columns from `first` on, `columns` of them, which are two whole vectors, or one or less; `b` is
    /// where they begin in B.
    #[inline(always)]
    fn columns<S: Simd>(&mut self, simd: S, [first, columns]: [usize; 2], b: usize) {
        let [images, blocks, rows] = self.rows;
        // Tiles of nearly equal height: 26 rows are 9 + 9 + 8, not 12 + 12 + 2.
        let tiles = rows.div_ceil(tile_rows::<S>(columns.div_ceil(S::F32_LANES)));
        // SAFETY: `check` proved the last index of A, B, C and the bias, and all of these are earlier.
        unsafe {
            let whole = Tile {
                a: self.a.as_ptr(),
                b: self.b.as_ptr().add(b),
                c: self.c.as_mut_ptr().add(first),
                depth: self.depth,
                a_row: self.a_rows[2],
                a_depth: self.a_depth,
                b_depth: self.b_depth,
                c_row: self.c_rows[2],
                block: [self.a_rows[1], self.c_rows[1]],
                start: match self.start {
                    Start::Sum => TileStart::Sum,
                    Start::Zero => TileStart::Zero,
                    Start::Bias(bias) => TileStart::Columns(bias.as_ptr().add(first)),
                },
                activation: self.activation,
            };
            // Blocks of few rows fill a tile in pairs: 7 rows leave half of the registers empty.
            let in_pairs = if columns > S::F32_LANES && rows <= rows_of_half::<S>() { blocks / 2 } else { 0 };
            for image in 0..images {
                for pair in 0..in_pairs {
                    let at = |steps: [usize; 3]| image * steps[0] + pair * 2 * steps[1];
                    let tile =
                        Tile { a: whole.a.add(at(self.a_rows)), c: whole.c.add(at(self.c_rows)), ..whole };
                    tile.compute_two_blocks(simd, rows);
                }
                for block in in_pairs * 2..blocks {
                    for tile in 0..tiles {
                        let (start, end) = (tile * rows / tiles, (tile + 1) * rows / tiles);
                        let at = |steps: [usize; 3]| image * steps[0] + block * steps[1] + start * steps[2];
                        let tile = Tile {
                            a: whole.a.add(at(self.a_rows)),
                            c: whole.c.add(at(self.c_rows)),
                            ..whole
                        };
                        tile.compute(simd, end - start, columns);
                    }
                }
            }
        }
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = panel_width(self.columns);
        let mut first = 0;
        while first < self.columns {
            let b = first / width * self.b_panel + first % width;
            let rest = self.columns - first;
            let columns = if rest >= width { width } else { rest.min(S::F32_LANES) };
            self.columns(simd, [first, columns], b);
            first += columns;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{processors, with_processor};

    /// Values of few bits, so that every order of summation gives the same sum.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 7919 + seed * 104_729) % 31) as f32 - 15.0).collect()
    }

    /// The product of matrices in rows, with B in panels.
    fn product<'a>(
        [rows, columns, depth]: [usize; 3],
        a: &'a [f32],
        panels: &'a [f32],
        start: Start<'a>,
        c: &'a mut [f32],
    ) -> Product<'a> {
        Product {
            rows: [1, 1, rows],
            columns,
            depth: [1, 1, depth],
            a,
            a_rows: [0, 0, depth],
            a_depth: [0, 0, 1],
            b: panels,
            b_panel: depth * panel_width(columns),
            b_depth: [0, 0, panel_width(columns)],
            start,
            c,
            c_rows: [0, 0, columns],
            activation: Activation::Identity,
        }
    }

    #[test]
    fn agrees_with_plain_loops_for_every_height_width_and_vector() {
        let depth = 5;
        for (processor, rows) in
            processors().into_iter().flat_map(|kind| (1..=51).map(move |rows| (kind, rows)))
        {
            for columns in [1, 7, 8, 9, 16, 17, 31, 32, 33, 48, 53, 70] {
                let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
                let bias = numbers(columns, 4);
                let before = numbers(rows * columns, 3);
                let sum = |i: usize, j: usize| {
                    (0..depth).map(|k| a[i * depth + k] * b[k * columns + j]).sum::<f32>()
                };
                let found = |start: Start<'_>| {
                    let mut c = before.clone();
                    with_processor(processor, || {
                        let mut panels = vec![9.0; depth * panelled(columns)];
                        pack(&b, depth, columns, columns, 1, &mut panels);
                        product([rows, columns, depth], &a, &panels, start, &mut c).compute();
                    });
                    c
                };
                let expected = |start: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
                    (0..rows * columns)
                        .map(|at| start(at / columns, at % columns) + sum(at / columns, at % columns))
                        .collect()
                };
                let of = format!("{rows} x {columns}");
                assert_eq!(found(Start::Sum), expected(&|i, j| before[i * columns + j]), "{of}");
                assert_eq!(found(Start::Zero), expected(&|_, _| 0.0), "{of}");
                assert_eq!(found(Start::Bias(&bias)), expected(&|_, j| bias[j]), "{of}");
            }
        }
    }

    /// A: `[2 images, 3 steps, 5 rows]` and B: `[2 images, 3 steps, 19 columns]`, both in rows; C = Σ aᵀ b.
    #[test]
    fn the_depth_may_be_several_images_and_b_may_lie_in_rows() {
        for processor in processors() {
            let (a, b) = (numbers(2 * 3 * 5, 1), numbers(2 * 3 * 19, 2));
            let mut c = vec![0.0; 5 * 19];
            with_processor(processor, || {
                Product {
                    rows: [1, 1, 5],
                    columns: 19,
                    depth: [2, 1, 3],
                    a: &a,
                    a_rows: [0, 0, 1],
                    a_depth: [15, 0, 5],
                    b: &b,
                    b_panel: panel_width(19),
                    b_depth: [57, 0, 19],
                    start: Start::Sum,
                    c: &mut c,
                    c_rows: [0, 0, 19],
                    activation: Activation::Relu,
                }
                .compute();
            });
            for (at, found) in c.iter().enumerate() {
                let sum: f32 = (0..6).map(|k| a[k * 5 + at / 19] * b[k * 19 + at % 19]).sum();
                assert_eq!(*found, sum.max(0.0));
            }
        }
    }

    #[test]
    fn relu_keeps_a_nan() {
        let mut c = [f32::NAN, -1.0, 2.0];
        let mut relu = product([1, 3, 1], &[0.0], &[0.0; 32], Start::Sum, &mut c);
        relu.activation = Activation::Relu;
        relu.compute();
        assert!(c[0].is_nan() && c[1..] == [0.0, 2.0]);
    }

    #[test]
    #[should_panic(expected = "A: index")]
    fn a_slice_that_is_too_short_is_found_before_it_is_read() {
        product([2, 1, 2], &[0.0; 3], &[0.0; 64], Start::Sum, &mut [0.0; 64]).compute();
    }
}

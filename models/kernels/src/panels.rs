//! The layout of a product's second matrix: panels of one or two vectors' width.
//!
//! In comes a matrix `[depth, columns]` in rows or columns, out go its panels, `[panels][depth][panel_width]`. A panel's
//! rows lie one after the other, so that the innermost loop of a product reads memory in one run.

use rayon::prelude::*;

use crate::vectors::lanes;

/// The number of vector registers that one row of a wide tile takes.
pub(crate) const PANEL_VECTORS: usize = 2;

/// Returns the number of columns of a panel of a matrix with `columns` columns on this processor: one vector register
/// where that is enough, else two. A register holds 16 values with AVX-512, 8 with AVX2, 4 with NEON.
#[must_use]
pub fn panel_width(columns: usize) -> usize {
    let lanes = lanes();
    if columns <= lanes { lanes } else { lanes * PANEL_VECTORS }
}

/// Returns `columns` rounded up to whole panels.
#[must_use]
pub fn panelled(columns: usize) -> usize {
    columns.next_multiple_of(panel_width(columns))
}

/// Copies a matrix B `[depth, columns]` into panels, `[panels][rows][panel_width]`, and fills the last panel up with
/// zeros. The length of `panels` decides the rows of each panel, which are `depth` or more: the rows after `depth` are
/// zeros.
///
/// B at (step k, column j) is `matrix[k · step + j · column]`; with `column` = 1 the matrix lies in rows, with `step` =
/// 1 it is transposed on the way.
pub fn pack(matrix: &[f32], depth: usize, columns: usize, step: usize, column: usize, panels: &mut [f32]) {
    let width = panel_width(columns);
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

    #[test]
    fn packing_a_transposed_matrix_gives_the_panels_of_the_plain_one() {
        let depth = 150;
        for columns in [45, 7] {
            let rows: Vec<f32> = (0..depth * columns).map(|index| (index * 7919 % 31) as f32).collect();
            let transposed: Vec<f32> =
                (0..columns * depth).map(|index| rows[index % depth * columns + index / depth]).collect();
            let below = 3;
            let empty = vec![9.0; (depth + below) * panelled(columns)];
            let (mut plain, mut turned) = (empty.clone(), empty);
            pack(&rows, depth, columns, columns, 1, &mut plain);
            pack(&transposed, depth, columns, 1, depth, &mut turned);
            assert_eq!(plain, turned);
            for panel in plain.chunks_exact((depth + below) * panel_width(columns)) {
                assert!(panel[depth * panel_width(columns)..].iter().all(|value| *value == 0.0));
            }
        }
    }

    #[test]
    fn few_columns_take_one_vector() {
        let lanes = lanes();
        assert_eq!([1, lanes, lanes + 1].map(panel_width), [lanes, lanes, 2 * lanes]);
        assert_eq!([lanes, 2 * lanes, 2 * lanes + 1].map(panelled), [lanes, 2 * lanes, 4 * lanes]);
    }
}

//! The colours of a picture on a grid of 8×8, and a first comparison of them.
//!
//! In comes a thumbnail, out goes a [`Sketch`] of 192 bytes, kept of every picture. Pictures of one scene have near hashes
//! by the thousand; two sketches are compared in a thousandth of the time of two thumbnails.

use super::least_squares::Equations;
use super::thumbnails::{AREA, SIDE};

/// The side of a sketch.
const GRID: usize = 8;
/// The number of cells of a sketch.
const CELLS: usize = GRID * GRID;
/// The side of a cell, in pixels of the thumbnail.
const CELL: usize = SIDE / GRID;

/// The mean difference of the colours that is passed on without a move, as a share of the contrast and in values.
const SHARE: f32 = 0.36;
const FLOOR: f32 = 2.5;

/// The root of the mean squared difference that is passed on after the best move, as a share of the contrast and in
/// values.
const MOVED_SHARE: f32 = 0.12;
const MOVED_FLOOR: f32 = 0.3;

/// What pulls the move of a sketch towards none.
const PULL: f32 = 50.0;

/// The colours of a picture, `[3, 8, 8]`.
#[derive(Debug, Clone)]
pub(super) struct Sketch([u8; 3 * CELLS]);

impl Sketch {
    /// Returns the colours of a thumbnail on the grid, each a mean weighted by the distance from the cell's middle.
    pub(super) fn of(thumbnail: &[u8]) -> Self {
        let mut sketch = [0; 3 * CELLS];
        for (plane, colours) in thumbnail.chunks_exact(AREA).zip(sketch.chunks_exact_mut(CELLS)) {
            let mut columns = [[0.0; GRID]; SIDE];
            for (row, columns) in plane.chunks_exact(SIDE).zip(&mut columns) {
                *columns = std::array::from_fn(|cell| weighted(cell, |at| f32::from(row[at])));
            }
            for (cell, colour) in colours.iter_mut().enumerate() {
                *colour = weighted(cell / GRID, |row| columns[row][cell % GRID]).round() as u8;
            }
        }
        Self(sketch)
    }

    /// Returns whether the pictures may show the same: whether little is left where one of them is moved by a little.
    /// `contrast` is that of the flatter one.
    pub(super) fn is_like(&self, other: &Self, contrast: f32) -> bool {
        let difference: u32 =
            self.0.iter().zip(&other.0).map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
        difference as f32 <= (SHARE * contrast + FLOOR) * (3 * CELLS) as f32
            && self.difference_after_a_move(other) <= MOVED_SHARE * contrast + MOVED_FLOOR
    }

    /// Returns the root of the mean squared difference inside the outermost cells, after the move that leaves the least.
    fn difference_after_a_move(&self, other: &Self) -> f32 {
        let mut equations = Equations::default();
        let place = |cell: usize| (cell as f32 - 3.5) / 3.5;
        let inner = 1..GRID - 1;
        for plane in 0..3 {
            for row in inner.clone() {
                for column in inner.clone() {
                    let at = plane * CELLS + row * GRID + column;
                    let sum = |at: usize| f32::from(self.0[at]) + f32::from(other.0[at]);
                    let slopes =
                        [sum(at + 1) - sum(at - 1), sum(at + GRID) - sum(at - GRID)].map(|it| it / 4.0);
                    let difference = f32::from(other.0[at]) - f32::from(self.0[at]);
                    equations.add(slopes, [place(column), place(row)], difference);
                }
            }
        }
        let remaining = equations.remaining(equations.solved([0.0; 4], PULL));
        (remaining.max(0.0) / (3 * inner.len() * inner.len()) as f32).sqrt()
    }
}

/// Returns the mean of what lies within one and a half cells of the middle of a cell along an axis, weighted by a parabola.
fn weighted(cell: usize, value: impl Fn(usize) -> f32) -> f32 {
    let middle = (cell * CELL) as f32 + (CELL - 1) as f32 / 2.0;
    let reach = 1.5 * CELL as f32;
    let (mut sum, mut weights) = (0.0, 0.0);
    for at in (cell * CELL).saturating_sub(CELL)..((cell + 2) * CELL).min(SIDE) {
        let weight = 1.0 - ((at as f32 - middle) / reach).powi(2);
        sum += weight * value(at);
        weights += weight;
    }
    sum / weights
}

#[cfg(test)]
mod tests {
    use super::super::thumbnails::VALUES;
    use super::*;

    #[test]
    fn a_cell_has_the_colours_around_its_middle() {
        let mut thumbnail = [0; VALUES];
        // The blue of a field in the last rows and around the second cell's columns.
        for row in 20..32 {
            thumbnail[2 * AREA + row * SIDE..][..12].fill(200);
        }
        let sketch = Sketch::of(&thumbnail).0;
        assert_eq!(sketch[2 * CELLS + 7 * GRID + 1], 200);
        assert_eq!(sketch[2 * CELLS + 7 * GRID + 4], 0);
        assert_eq!(sketch[2 * CELLS + 3 * GRID + 1], 0);
        assert!(sketch[..2 * CELLS].iter().all(|&value| value == 0));
    }

    #[test]
    fn a_picture_moved_by_a_pixel_is_like_itself_and_unlike_its_negative() {
        let wave = |shift: f32, height: f32| {
            let thumbnail: Vec<u8> = (0..VALUES)
                .map(|at| (128.0 + height * (((at % SIDE) as f32 + shift) / 4.0).sin()).round() as u8)
                .collect();
            Sketch::of(&thumbnail)
        };
        assert!(wave(0.0, 60.0).is_like(&wave(1.0, 60.0), 42.0));
        assert!(!wave(0.0, 60.0).is_like(&wave(1.0, 60.0), 2.0));
        assert!(!wave(0.0, 60.0).is_like(&wave(0.0, -60.0), 42.0));
    }
}

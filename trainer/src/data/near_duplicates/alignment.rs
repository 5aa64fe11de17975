//! Two thumbnails laid over each other: a crop shifts and stretches a picture, by little.
//!
//! In come two softened thumbnails, out goes a [`Overlay`]: both on one grid of 16×16 cells, where they show the same places
//! if one is a crop of the other. The shift and the stretch along each axis are found by Gauss-Newton steps on the squared
//! difference (B. Lucas and T. Kanade, "An Iterative Image Registration Technique", 1981, section 4), half of the way applied
//! to either picture, so that the order of the two does not matter.

use super::least_squares::{Equations, Move};
use super::softened::Softened;
use super::thumbnails::SIDE;

/// The side of the grid that is compared, in cells of two by two pixels.
pub(super) const GRID: usize = 16;
/// The number of cells of the grid.
pub(super) const CELLS: usize = GRID * GRID;

/// The number of Gauss-Newton steps: the third moves by less than a hundredth of a pixel.
const STEPS: usize = 3;

/// The largest shift at a border, in cells: 7.5 % of a side. A crop of 5 % shifts by 0.8.
const LARGEST_SHIFT: f32 = 1.2;

/// What pulls the shift towards none, beside the product of the contrasts: where nothing is shown, nothing moves.
const PULL: f32 = 50.0;

/// How far from the border the colours are those of the picture alone, in pixels of the thumbnail.
const BORDER: f32 = 1.0;

/// Two pictures on one grid, `[3, 16, 16]` each.
#[derive(Debug)]
pub(super) struct Overlay {
    /// The colours of the one picture.
    pub(super) one: Vec<f32>,
    /// The colours of the other.
    pub(super) other: Vec<f32>,
    /// For each cell, whether both pictures show the place.
    pub(super) is_shown: Vec<bool>,
}

/// Returns the two pictures on one grid, moved so that they differ least.
pub(super) fn overlaid(one: &Softened, other: &Softened) -> Overlay {
    let pull = one.contrast * other.contrast + PULL;
    let mut moved = [0.0; 4];
    for _ in 0..STEPS {
        let overlay = at(one, other, moved);
        moved = limited(step(&overlay, moved, pull));
    }
    at(one, other, moved)
}

/// The place of a cell along an axis, from -1 to 1.
fn place(cell: usize) -> f32 {
    let middle = (GRID - 1) as f32 / 2.0;
    (cell as f32 - middle) / middle
}

/// Returns both pictures, each moved half of the way.
fn at(one: &Softened, other: &Softened, moved: Move) -> Overlay {
    let mut overlay =
        Overlay { one: vec![0.0; 3 * CELLS], other: vec![0.0; 3 * CELLS], is_shown: vec![false; CELLS] };
    let is_inside = |place: f32| (BORDER..=(SIDE - 1) as f32 - BORDER).contains(&place);
    for row in 0..GRID {
        for column in 0..GRID {
            // Half of a move in cells is as many pixels.
            let (right, down) = (moved[0] + moved[1] * place(column), moved[2] + moved[3] * place(row));
            let (x, y) = (2.0 * column as f32 + 0.5, 2.0 * row as f32 + 0.5);
            let cell = row * GRID + column;
            overlay.is_shown[cell] = [x + right, x - right, y + down, y - down].into_iter().all(is_inside);
            let colours = (one.colour_at(x + right, y + down), other.colour_at(x - right, y - down));
            for plane in 0..3 {
                overlay.one[plane * CELLS + cell] = colours.0[plane];
                overlay.other[plane * CELLS + cell] = colours.1[plane];
            }
        }
    }
    overlay
}

impl Overlay {
    /// Returns by how much the mean of the two pictures rises to the right and down, a cell, at a position `[3, 16, 16]`.
    pub(super) fn slope(&self, position: usize) -> [f32; 2] {
        let (row, column) = (position % CELLS / GRID, position % GRID);
        let plane = position - position % CELLS;
        let mean = |row: usize, column: usize| {
            let position = plane + row * GRID + column;
            (self.one[position] + self.other[position]) / 2.0
        };
        let (left, right) = (column.saturating_sub(1), (column + 1).min(GRID - 1));
        let (above, below) = (row.saturating_sub(1), (row + 1).min(GRID - 1));
        [
            (mean(row, right) - mean(row, left)) / (right - left) as f32,
            (mean(below, column) - mean(above, column)) / (below - above) as f32,
        ]
    }

    /// Returns the positions `[3, 16, 16]` of the cells that both pictures show.
    pub(super) fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        (0..3 * CELLS).filter(|position| self.is_shown[position % CELLS])
    }
}

/// Returns the move after one Gauss-Newton step, in cells at the border.
fn step(overlay: &Overlay, moved: Move, pull: f32) -> Move {
    let mut equations = Equations::default();
    for position in overlay.shown() {
        let (row, column) = (position % CELLS / GRID, position % GRID);
        let difference = overlay.other[position] - overlay.one[position];
        equations.add(overlay.slope(position), [place(column), place(row)], difference);
    }
    let change = equations.solved(moved, pull);
    std::array::from_fn(|part| moved[part] + change[part])
}

/// Returns the move, shortened where it goes further than [`LARGEST_SHIFT`].
fn limited(moved: Move) -> Move {
    let furthest = (moved[0].abs() + moved[1].abs()).max(moved[2].abs() + moved[3].abs());
    if furthest <= LARGEST_SHIFT { moved } else { moved.map(|part| part * LARGEST_SHIFT / furthest) }
}

#[cfg(test)]
mod tests {
    use super::super::thumbnails::{AREA, VALUES};
    use super::*;

    /// Waves along both axes, of another length in each plane, seen from `x` to `x + width` of a picture 32 wide.
    fn waves(x: f32, width: f32) -> Softened {
        let thumbnail: Vec<u8> = (0..VALUES)
            .map(|at| {
                let (plane, row, column) = (at / AREA, at % AREA / SIDE, at % SIDE);
                let right = x + (column as f32 + 0.5) * width / SIDE as f32;
                let length = 9.0 + 3.0 * plane as f32;
                (128.0
                    + 60.0 * (right / length * std::f32::consts::TAU).sin()
                    + 30.0 * (row as f32 / 5.0).cos())
                .round() as u8
            })
            .collect();
        Softened::of(&thumbnail)
    }

    fn distance(overlay: &Overlay) -> f32 {
        let squares = |at: usize| (overlay.one[at] - overlay.other[at]).powi(2);
        (overlay.shown().map(squares).sum::<f32>() / overlay.shown().count() as f32).sqrt()
    }

    #[test]
    fn a_crop_is_laid_over_what_it_was_cut_from() {
        let (whole, crop) = (waves(0.0, 32.0), waves(1.6, 30.4));
        assert!(distance(&at(&whole, &crop, [0.0; 4])) > 10.0);
        let overlay = overlaid(&whole, &crop);
        assert!(distance(&overlay) < 1.0, "{}", distance(&overlay));
        // Its left end is seen by the whole picture alone.
        assert!(!overlay.is_shown[5 * GRID] && overlay.is_shown[5 * GRID + 8]);
        assert_eq!(distance(&overlay), distance(&overlaid(&crop, &whole)));
    }

    #[test]
    fn a_picture_moved_by_more_than_a_crop_is_not_followed() {
        let overlay = overlaid(&waves(0.0, 32.0), &waves(4.5, 32.0));
        assert!(distance(&overlay) > 10.0, "{}", distance(&overlay));
    }
}

//! Whether two pictures show the same.
//!
//! In come two softened thumbnails, out goes yes or no. They are laid over each other; what is left of their difference must
//! be small beside the contrast of the pictures, and in each part of them small beside what that part shows: re-encoding
//! changes edges a little and everywhere, another hand before the same wall changes one part much.

use super::alignment::{CELLS, GRID, Overlay, overlaid};
use super::softened::Softened;

/// The largest root of the mean squared difference, as a share of the contrast and in values.
const LARGEST_DIFFERENCE: f32 = 0.13;
const DIFFERENCE_FLOOR: f32 = 0.4;

/// The largest root of the mean squared difference in a part, beside its slopes and [`SLOPE_FLOOR`].
const LARGEST_IN_A_PART: f32 = 0.24;

/// What is added to the slopes of a part, in values a cell: JPEG of quality 70 changes flat parts as well, by up to 0.8.
const SLOPE_FLOOR: f32 = 4.0;

/// The side of a part in cells; parts overlap by half.
const PART: usize = 4;

/// The fewest cells of a part that both pictures must show for it to be compared.
const LEAST_CELLS: usize = 6;

/// The most that one picture may be sharper than the other, as a factor of the curvature.
const LARGEST_SHARPNESS: f32 = 0.3;

/// Returns whether one of the pictures is the other one re-encoded, made smaller or cropped by a few hundredths.
pub(super) fn show_the_same(one: &Softened, other: &Softened) -> bool {
    let mut overlay = overlaid(one, other);
    sharpen_alike(&mut overlay);
    let count = overlay.shown().count();
    let squares: f32 = overlay.shown().map(|position| difference(&overlay, position).powi(2)).sum();
    let allowed = LARGEST_DIFFERENCE * one.contrast.min(other.contrast) + DIFFERENCE_FLOOR;
    count > CELLS && squares / count as f32 <= allowed * allowed && parts_agree(&overlay)
}

fn difference(overlay: &Overlay, position: usize) -> f32 {
    overlay.other[position] - overlay.one[position]
}

/// Makes both pictures equally sharp: a picture that was made smaller and larger again lacks a share of its curvature,
/// which is found by linear regression and given to one, taken from the other, by half.
fn sharpen_alike(overlay: &mut Overlay) {
    let curvatures: Vec<(usize, f32)> =
        overlay.shown().filter_map(|position| Some((position, curvature(overlay, position)?))).collect();
    let product: f32 = curvatures.iter().map(|&(at, curvature)| curvature * difference(overlay, at)).sum();
    let squares: f32 = curvatures.iter().map(|(_, curvature)| curvature * curvature).sum();
    let factor = (product / (squares + 1.0)).clamp(-LARGEST_SHARPNESS, LARGEST_SHARPNESS);
    for (position, curvature) in curvatures {
        overlay.one[position] += factor * curvature / 2.0;
        overlay.other[position] -= factor * curvature / 2.0;
    }
}

/// Returns the sum of the second differences of the mean picture; `None` at the border of the grid.
fn curvature(overlay: &Overlay, position: usize) -> Option<f32> {
    let (row, column) = (position % CELLS / GRID, position % GRID);
    let is_inside = (1..GRID - 1).contains(&row) && (1..GRID - 1).contains(&column);
    let mean = |position: usize| (overlay.one[position] + overlay.other[position]) / 2.0;
    is_inside.then(|| {
        mean(position - 1) + mean(position + 1) + mean(position - GRID) + mean(position + GRID)
            - 4.0 * mean(position)
    })
}

/// Returns whether no part of the pictures differs by more than its slopes explain.
fn parts_agree(overlay: &Overlay) -> bool {
    let starts = || (0..=GRID - PART).step_by(PART / 2);
    starts().all(|row| starts().all(|column| part_agrees(overlay, row, column)))
}

fn part_agrees(overlay: &Overlay, row: usize, column: usize) -> bool {
    let cells =
        (row..row + PART).flat_map(|row| (column..column + PART).map(move |column| row * GRID + column));
    let (mut count, mut squares, mut slopes) = (0, 0.0, 0.0);
    for cell in cells.filter(|&cell| overlay.is_shown[cell]) {
        for position in [cell, CELLS + cell, 2 * CELLS + cell] {
            count += 1;
            squares += difference(overlay, position).powi(2);
            slopes += overlay.slope(position).iter().map(|slope| slope * slope).sum::<f32>();
        }
    }
    let root_of_mean = |sum: f32| (sum / count as f32).sqrt();
    count < 3 * LEAST_CELLS
        || root_of_mean(squares) <= LARGEST_IN_A_PART * (root_of_mean(slopes) + SLOPE_FLOOR)
}

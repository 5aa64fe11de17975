//! Whether there is anything on a grey picture to be read.
//!
//! In: tones that nothing has corrected yet. Out: whether the picture is an empty sheet: of one tone, scanned with a scanner's
//! noise, or photographed in uneven light.
//!
//! The picture is brought to a coarse grid of means, which takes most of the noise away. Light changes slowly from cell to cell
//! and ink does not, so what is looked at is how far a cell is from the middle of its two neighbours. The quietest places
//! tell how far that is for the noise that is left.

use super::tones::Tones;

/// The cells of the grid along the picture's longer side.
const CELLS: usize = 64;

/// Rows of a cell that are read, so that a camera's picture is not read as a whole once more.
const ROWS: usize = 16;

/// Under this difference nobody sees anything, and what stands out are the last bits of a scanner or of JPEG's rounding:
/// seven of 255 steps.
const FAINTEST: f32 = 7.5 / 255.0;

/// How far apart, in cells, what is compared lies: a sharp stroke shows beside itself, a blurred one further off.
const DISTANCES: [usize; 3] = [1, 2, 4];

/// No figure fits into fewer pixels.
const LEAST_SIDE: usize = 8;

/// The share of places that are taken for quiet. Even in a picture that a figure fills, as many lie within its strokes or
/// beside them.
const QUIET: f32 = 0.2;

/// The quantile of [`QUIET`] of the absolute values of a normal distribution, in standard deviations.
const QUIET_DEVIATIONS: f32 = 0.253;

/// Standard deviations that noise does not reach: one place in a million and a half is further away.
const NOISE_DEVIATIONS: f32 = 5.0;

/// Whether the picture is too small for any figure.
pub(super) fn is_tiny(tones: &Tones) -> bool {
    tones.width.max(tones.height) < LEAST_SIDE
}

/// Whether the picture, whose tones are not corrected, has nothing on it.
pub(super) fn is_blank(tones: &Tones) -> bool {
    let grid = Grid::of(tones);
    DISTANCES.iter().all(|&distance| is_noise(grid.steps(distance)))
}

/// Whether no step stands out of the quiet ones.
fn is_noise(mut steps: Vec<f32>) -> bool {
    let Some(strongest) = steps.iter().copied().reduce(f32::max) else { return true };
    let quiet = (QUIET * steps.len() as f32) as usize;
    let noise = *steps.select_nth_unstable_by(quiet, f32::total_cmp).1 / QUIET_DEVIATIONS;
    strongest < FAINTEST.max(NOISE_DEVIATIONS * noise)
}

/// Means of squares of pixels, in rows from the top.
struct Grid {
    columns: usize,
    rows: usize,
    means: Vec<f32>,
}

impl Grid {
    /// Pixels at the right and at the bottom that fill no cell are left out.
    fn of(tones: &Tones) -> Self {
        let side = tones.width.max(tones.height).div_ceil(CELLS);
        // A strip is thinner than a cell of its length.
        let (across, down) = (side.min(tones.width), side.min(tones.height));
        let (columns, rows) = (tones.width / across, tones.height / down);
        let step = down.div_ceil(ROWS);
        let (mut means, mut values) = (Vec::with_capacity(columns * rows), Vec::new());
        for row in 0..rows {
            let mut sums = vec![0f32; columns];
            let read = (row * down..(row + 1) * down).step_by(step);
            let count = read.len() * across;
            for y in read {
                tones.read_row(y, 0..columns * across, &mut values);
                for (sum, cell) in sums.iter_mut().zip(values.chunks_exact(across)) {
                    *sum += cell.iter().sum::<f32>();
                }
            }
            means.extend(sums.into_iter().map(|sum| sum / count as f32));
        }
        Self { columns, rows, means }
    }

    /// How far each cell is from the middle of the two that are `distance` cells to the left and right, and of the two that are
    /// as far above and below.
    fn steps(&self, distance: usize) -> Vec<f32> {
        let step = |place: usize, distance: usize| {
            let [before, own, after] =
                [place - distance, place, place + distance].map(|place| self.means[place]);
            (own - (before + after) / 2.0).abs()
        };
        let mut steps = Vec::with_capacity(2 * self.means.len());
        for place in 0..self.means.len() {
            let (column, row) = (place % self.columns, place / self.columns);
            if column >= distance && column + distance < self.columns {
                steps.push(step(place, distance));
            }
            if row >= distance && row + distance < self.rows {
                steps.push(step(place, distance * self.columns));
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::plane::Plane;
    use super::*;
    use crate::random::{Generator, Purpose};

    fn blank(width: usize, height: usize, value: impl Fn(f32, f32) -> f32, noise: f32) -> bool {
        let mut generator = Generator::new(3, Purpose::Sample, 0, 0);
        // The sum of twelve even values is nearly normal.
        let mut normal = || (0..12).map(|_| generator.below(1000) as f32 / 999.0).sum::<f32>() - 6.0;
        let pixel =
            |place: usize| ((place % width) as f32 / width as f32, (place / width) as f32 / height as f32);
        let values = (0..width * height).map(|place| {
            let (x, y) = pixel(place);
            // As bytes have them.
            ((value(x, y) + noise * normal()).clamp(0.0, 1.0) * 255.0).round() / 255.0
        });
        is_blank(&Tones::of_plane(Plane { width, height, values: values.collect() }))
    }

    /// A stroke of a twentieth of the picture.
    fn stroke(x: f32, y: f32) -> bool {
        (0.48..0.53).contains(&x) && (0.3..0.7).contains(&y)
    }

    #[test]
    fn sheets_in_any_light_and_with_noise_are_blank() {
        for (width, height) in [(28, 28), (100, 130), (300, 200), (800, 600)] {
            for noise in [0.0, 3.0 / 255.0, 6.0 / 255.0] {
                assert!(blank(width, height, |_, _| 0.9, noise), "{width}x{height}, even, {noise}");
                assert!(blank(width, height, |x, y| 0.9 - 0.3 * x - 0.2 * y, noise), "gradient, {noise}");
                let vignette = |x: f32, y: f32| 0.95 - 0.9 * ((x - 0.5).powi(2) + (y - 0.5).powi(2));
                assert!(blank(width, height, vignette, noise), "{width}x{height}, vignette, {noise}");
            }
        }
        let tiny = |side| {
            is_tiny(&Tones::of_plane(Plane { width: side, height: side, values: vec![0.5; side * side] }))
        };
        assert!(tiny(3) && !tiny(8));
    }

    #[test]
    fn a_stroke_is_seen_on_the_same_sheets() {
        for (width, height) in [(28, 28), (100, 130), (300, 200), (800, 600)] {
            for noise in [0.0, 3.0 / 255.0, 6.0 / 255.0] {
                for ink in [0.0, 0.5, 0.75] {
                    let on = |ground: f32, x, y| if stroke(x, y) { ink } else { ground };
                    assert!(
                        !blank(width, height, |x, y| on(0.95, x, y), noise),
                        "{width}x{height} {ink} {noise}"
                    );
                    let vignette = |x: f32, y: f32| 0.95 - 0.9 * ((x - 0.5).powi(2) + (y - 0.5).powi(2));
                    assert!(
                        !blank(width, height, |x, y| on(vignette(x, y), x, y), noise),
                        "vignette {ink} {noise}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_faint_and_blurred_stroke_is_seen() {
        for (width, height) in [(28, 28), (60, 60), (300, 300)] {
            let blurred = |x: f32, _: f32| 0.5 + 0.1 * (-((x - 0.5) / 0.08).powi(2)).exp();
            assert!(!blank(width, height, blurred, 0.0), "{width}x{height}");
        }
    }

    #[test]
    fn strips_of_pixels_are_looked_at_too() {
        assert!(blank(5000, 1, |_, _| 0.5, 0.0) && blank(1, 5000, |_, _| 0.5, 0.0));
        assert!(!blank(1, 5000, |_, y| if y < 0.5 { 0.0 } else { 1.0 }, 0.0));
    }
}

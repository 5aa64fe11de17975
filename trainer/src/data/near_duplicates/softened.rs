//! A thumbnail as it is compared: without the finest detail, which re-encoding and shrinking change.
//!
//! In comes a thumbnail, out goes [`Softened`], whose colours can be asked for between pixels.

use super::thumbnails::{AREA, SIDE, VALUES};

/// How often the kernel 1-2-1 is applied along each axis: a standard deviation of 1.2 pixels. Chosen on CIFAR-10: the next
/// lower number leaves differences between a picture and its half, the next higher one brings the border into the middle.
const PASSES: usize = 3;

/// A thumbnail without its finest detail, `[3, 32, 32]`.
#[derive(Debug)]
pub(super) struct Softened {
    values: Vec<f32>,
    /// The standard deviation of the values within each plane.
    pub(super) contrast: f32,
}

impl Softened {
    /// Returns a thumbnail `[3, 32, 32]` without its finest detail.
    pub(super) fn of(thumbnail: &[u8]) -> Self {
        let mut values: Vec<f32> = thumbnail.iter().map(|&value| f32::from(value)).collect();
        let mut blurred = vec![0.0; VALUES];
        for _ in 0..PASSES {
            blur(&values, &mut blurred, |row, column| row * SIDE + column);
            blur(&blurred, &mut values, |column, row| row * SIDE + column);
        }
        let contrast = (values.chunks_exact(AREA).map(variance).sum::<f32>() / 3.0).sqrt();
        Self { values, contrast }
    }

    /// Returns the red, green and blue value at a place in pixels, interpolated between the four pixels around it.
    pub(super) fn colour_at(&self, x: f32, y: f32) -> [f32; 3] {
        let last = (SIDE - 1) as f32;
        let (x, y) = (x.clamp(0.0, last), y.clamp(0.0, last));
        let (column, row) = ((x as usize).min(SIDE - 2), (y as usize).min(SIDE - 2));
        let (right, down) = (x - column as f32, y - row as f32);
        let first = row * SIDE + column;
        std::array::from_fn(|plane| {
            let plane = &self.values[plane * AREA..(plane + 1) * AREA];
            let upper = plane[first] * (1.0 - right) + plane[first + 1] * right;
            let lower = plane[first + SIDE] * (1.0 - right) + plane[first + SIDE + 1] * right;
            upper * (1.0 - down) + lower * down
        })
    }
}

/// Applies the kernel 1-2-1 along the lines of each plane; `place` gives the position of a line's element in a plane.
fn blur(values: &[f32], blurred: &mut [f32], place: impl Fn(usize, usize) -> usize) {
    for (plane, blurred) in values.chunks_exact(AREA).zip(blurred.chunks_exact_mut(AREA)) {
        for line in 0..SIDE {
            for element in 0..SIDE {
                let before = plane[place(line, element.saturating_sub(1))];
                let after = plane[place(line, (element + 1).min(SIDE - 1))];
                let here = place(line, element);
                blurred[here] = (before + 2.0 * plane[here] + after) / 4.0;
            }
        }
    }
}

fn variance(plane: &[f32]) -> f32 {
    let mean = plane.iter().sum::<f32>() / AREA as f32;
    plane.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / AREA as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_stays_itself_inside_and_is_read_between_pixels() {
        // Red rises by 4 a column, green by 2 a row, blue is 7.
        let thumbnail: Vec<u8> = (0..VALUES)
            .map(|at| match (at / AREA, at % AREA / SIDE, at % SIDE) {
                (0, _, column) => 4 * column as u8,
                (1, row, _) => 2 * row as u8,
                _ => 7,
            })
            .collect();
        let colour = Softened::of(&thumbnail).colour_at(10.25, 20.5);
        assert!(
            [41.0, 41.0, 7.0].iter().zip(colour).all(|(one, other)| (one - other).abs() < 1e-4),
            "{colour:?}"
        );
    }

    #[test]
    fn a_place_outside_has_the_colour_of_the_border() {
        let softened = Softened::of(&[9; VALUES]);
        assert_eq!(softened.colour_at(-5.0, 40.0), [9.0; 3]);
        assert_eq!(softened.contrast, 0.0);
    }
}

//! Which part of a natural picture is scaled, to what size, and where that lies in the network's input.
//!
//! In: the sides of a picture and a contract's input. Out: a [`Placement`]. Sides are rounded as Pillow's `ImageOps` rounds
//! them, halves to the even number, so that a teacher that was trained with it sees the same: `fit` is `ImageOps.pad`,
//! `fill` is `ImageOps.fit`, and `stretch` is `Image.resize`.

use crate::contract::{Framing, ImageInput};

/// A part of a picture and its place in the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    /// The columns of the picture that are scaled, from one position to another, and the rows.
    pub(super) columns: [f32; 2],
    pub(super) rows: [f32; 2],
    /// The size to which they are scaled, and the first column and row of it in the input.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) left: usize,
    pub(super) top: usize,
}

impl Placement {
    /// Where a picture of `width` × `height` pixels goes.
    pub(super) fn of(width: usize, height: usize, input: &ImageInput) -> Self {
        let whole = Self {
            columns: [0.0, width as f32],
            rows: [0.0, height as f32],
            width: input.width,
            height: input.height,
            left: 0,
            top: 0,
        };
        match input.framing {
            Framing::Fit | Framing::Ink(_) => whole.fitted(width as f64, height as f64),
            Framing::Fill => whole.filled(width as f64, height as f64),
            Framing::Stretch => whole,
        }
    }

    /// `ImageOps.pad`: the whole picture in proportion. A side that would be rounded to nothing is one pixel.
    fn fitted(self, width: f64, height: f64) -> Self {
        let rounded = |side: f64| (side.round_ties_even() as usize).max(1);
        let half = |rest: usize| (0.5 * rest as f64).round_ties_even() as usize;
        let (picture, input) = (width / height, self.width as f64 / self.height as f64);
        if picture > input {
            let scaled = rounded(height / width * self.width as f64).min(self.height);
            Self { height: scaled, top: half(self.height - scaled), ..self }
        } else {
            let scaled = rounded(width / height * self.height as f64).min(self.width);
            Self { width: scaled, left: half(self.width - scaled), ..self }
        }
    }

    /// `ImageOps.fit`: the largest part of the input's proportions, around the middle.
    fn filled(self, width: f64, height: f64) -> Self {
        let input = self.width as f64 / self.height as f64;
        let middle = |side: f64, part: f64| {
            let start = 0.5 * (side - part);
            [start as f32, (start + part) as f32]
        };
        if width / height >= input {
            Self { columns: middle(width, input * height), ..self }
        } else {
            Self { rows: middle(height, width / input), ..self }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Resize;

    fn of(width: usize, height: usize, [rows, columns]: [usize; 2], resize: Resize) -> Placement {
        Placement::of(width, height, &ImageInput::version_2([3, rows, columns], resize))
    }

    /// By hand: 100·3/4 = 75 rows, 25 are left, half of 25 is rounded to the even 12. A half of a pixel goes to the even
    /// number: 30·5/60 = 2.5 columns become 2, 8 are left of 10.
    #[test]
    fn a_picture_that_is_fitted_is_rounded_as_by_pillow() {
        let fitted = of(4000, 3000, [100, 100], Resize::Fit);
        assert_eq!((fitted.width, fitted.height, fitted.left, fitted.top), (100, 75, 0, 12));
        assert_eq!((fitted.columns, fitted.rows), ([0.0, 4000.0], [0.0, 3000.0]));
        let narrow = of(5, 60, [30, 10], Resize::Fit);
        assert_eq!((narrow.width, narrow.height, narrow.left, narrow.top), (2, 30, 4, 0));
        let thread = of(1, 100_000, [28, 28], Resize::Fit);
        assert_eq!((thread.width, thread.height, thread.left), (1, 28, 14));
        let same = of(28, 20, [20, 28], Resize::Fit);
        assert_eq!((same.width, same.height, same.left, same.top), (28, 20, 0, 0));
    }

    /// By hand: 32·96/96 = 32 of 50 columns, from 9 to 41; of 100×31 into 20×10 rows of 50 columns would be 62 columns.
    #[test]
    fn a_picture_that_fills_loses_as_much_on_both_sides() {
        let square = of(50, 32, [96, 96], Resize::Fill);
        assert_eq!((square.columns, square.rows), ([9.0, 41.0], [0.0, 32.0]));
        assert_eq!((square.width, square.height, square.left, square.top), (96, 96, 0, 0));
        let wide = of(100, 31, [10, 20], Resize::Fill);
        assert_eq!((wide.columns, wide.rows), ([19.0, 81.0], [0.0, 31.0]));
        let tall = of(30, 101, [10, 20], Resize::Fill);
        assert_eq!((tall.columns, tall.rows), ([0.0, 30.0], [43.0, 58.0]));
    }

    #[test]
    fn a_picture_that_is_stretched_is_taken_whole() {
        let stretched = of(7, 900, [10, 20], Resize::Stretch);
        assert_eq!((stretched.columns, stretched.rows), ([0.0, 7.0], [0.0, 900.0]));
        assert_eq!((stretched.width, stretched.height), (20, 10));
    }
}

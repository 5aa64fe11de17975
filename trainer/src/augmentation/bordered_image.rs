//! An image that can be read between its pixels and outside of them.
//!
//! In comes an image `[height, width]` of one byte a pixel and a place, out goes the value there, 0 outside. The border
//! lets every place be read in the same way.

/// An image with a border of zeros around it, so that a place outside needs no question for each of its neighbours.
pub(super) struct BorderedImage {
    /// The pixels with their border, `[height + 3, width + 3]`: one row and column before the image, two behind it.
    values: Vec<f32>,
    row_len: usize,
    /// The largest places, right and down, that are told apart: what lies behind is zero as they are.
    end: [f32; 2],
}

impl BorderedImage {
    pub(super) fn around(image: &[u8], width: usize) -> Self {
        let (height, row_len) = (image.len() / width, width + 3);
        let mut values = vec![0f32; (height + 3) * row_len];
        for (row, image) in image.chunks_exact(width).enumerate() {
            let start = (row + 1) * row_len + 1;
            values[start..start + width]
                .iter_mut()
                .zip(image)
                .for_each(|(value, pixel)| *value = f32::from(*pixel));
        }
        Self { values, row_len, end: [width as f32, height as f32] }
    }

    /// Returns where the upper left of the four pixels around a place lies, and the shares of the right and of the
    /// lower ones.
    #[inline(always)]
    pub(super) fn place(&self, x: f32, y: f32) -> Position {
        let [x, y] = [x.clamp(-1.0, self.end[0]) + 1.0, y.clamp(-1.0, self.end[1]) + 1.0];
        let (left, top) = (x as i32, y as i32);
        let start = top * self.row_len as i32 + left;
        Position { start, right_share: x - left as f32, low_share: y - top as f32 }
    }

    /// Returns the value between the four pixels around a place.
    #[inline(always)]
    pub(super) fn at(&self, Position { start, right_share, low_share }: Position) -> u8 {
        let around = &self.values[start as usize..start as usize + self.row_len + 2];
        let upper = around[0] + (around[1] - around[0]) * right_share;
        let (left, right) = (around[self.row_len], around[self.row_len + 1]);
        let lower = left + (right - left) * right_share;
        // Between 0.5 and 255.5.
        (upper + (lower - upper) * low_share + 0.5) as i32 as u8
    }
}

/// A position between four pixels of the image.
#[derive(Clone, Copy, Default)]
pub(super) struct Position {
    start: i32,
    right_share: f32,
    low_share: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_far_outside_are_ground() {
        let image = BorderedImage::around(&[255; 6], 3);
        let at = |x, y| image.at(image.place(x, y));
        assert_eq!([at(-1.0, 0.0), at(-0.5, 0.0), at(0.0, 0.0)], [0, 128, 255]);
        assert_eq!([at(2.0, 1.0), at(2.5, 1.0), at(3.0, 1.0)], [255, 128, 0]);
        for (x, y) in [(1e9, 0.0), (-1e9, 0.0), (0.0, 1e9), (0.0, -1e9), (f32::INFINITY, 1.0)] {
            assert_eq!(at(x, y), 0, "{x}, {y}");
        }
    }
}

//! An image that can be read between its pixels and outside of them.
//!
//! In comes an image `[channels, height, width]` of one byte a value and a place, out goes the value of each channel
//! there; outside it is black or that of the nearest pixel. The border lets every place be read in the same way.

use models::Polarity;

/// An image as it is before its augmentation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceImage<'a> {
    /// The values of the image, `[channels, height, width]`, one byte each.
    pub(crate) values: &'a [u8],
    /// The shape of the image, `[channels, height, width]`.
    pub(crate) shape: [usize; 3],
    /// What lies outside of the image.
    pub(crate) surroundings: Surroundings,
}

/// What an augmented image shows where nothing of its original lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surroundings {
    /// Black: the ground on which light ink is drawn.
    Black,
    /// The nearest pixel of the image. A black corner would tell of the augmentation and of nothing in the world; a
    /// mirrored one would show things twice, and needs a border as wide as the longest way out of the image. A picture
    /// that was padded to size stays padded.
    NearestPixel,
}

impl Surroundings {
    /// Returns what lies around images of this polarity.
    pub(crate) fn of(polarity: Polarity) -> Self {
        match polarity {
            Polarity::LightOnDark => Self::Black,
            Polarity::DarkOnLight | Polarity::Natural => Self::NearestPixel,
        }
    }
}

/// The longer side of the images for which bounds in pixels are stated: MNIST's.
const STATED_SIDE: f32 = 28.0;

impl SourceImage<'_> {
    /// Returns the number of rows and columns.
    pub(super) fn sides(&self) -> [usize; 2] {
        [self.shape[1], self.shape[2]]
    }

    /// Returns the factor of bounds that are stated in pixels of MNIST: a shift of two pixels in 28 is one of sixteen in
    /// 224.
    pub(super) fn pixel_scale(&self) -> f32 {
        let [height, width] = self.sides();
        height.max(width) as f32 / STATED_SIDE
    }
}

/// An image with a border around it, so that a place outside needs no question for each of its neighbours.
pub(super) struct BorderedImage {
    /// The pixels with their border, `[channels, height + 3, width + 3]`: one row and column before the image, two behind
    /// it.
    values: Vec<f32>,
    row_len: usize,
    plane_len: usize,
    /// The largest places, right and down, that are told apart: what lies behind is as they are.
    end: [f32; 2],
}

impl BorderedImage {
    pub(super) fn around(image: SourceImage<'_>) -> Self {
        let [channels, height, width] = image.shape;
        let row_len = width + 3;
        let plane_len = (height + 3) * row_len;
        let mut values = vec![0f32; channels * plane_len];
        let planes = values.chunks_exact_mut(plane_len).zip(image.values.chunks_exact(height * width));
        for (plane, channel) in planes {
            for (row, pixels) in channel.chunks_exact(width).enumerate() {
                let start = (row + 1) * row_len + 1;
                plane[start..start + width]
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(value, pixel)| *value = f32::from(*pixel));
            }
            if image.surroundings == Surroundings::NearestPixel {
                extend_edges(plane, [height, width]);
            }
        }
        Self { values, row_len, plane_len, end: [width as f32, height as f32] }
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

    /// Returns the channels of the image, each with its border.
    #[inline(always)]
    pub(super) fn channels(&self) -> impl Iterator<Item = BorderedChannel<'_>> {
        let row_len = self.row_len;
        self.values.chunks_exact(self.plane_len).map(move |values| BorderedChannel { values, row_len })
    }
}

/// One channel of a bordered image.
#[derive(Clone, Copy)]
pub(super) struct BorderedChannel<'a> {
    values: &'a [f32],
    row_len: usize,
}

impl BorderedChannel<'_> {
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

/// Fills the border of one channel with the nearest pixels.
fn extend_edges(plane: &mut [f32], [height, width]: [usize; 2]) {
    let row_len = width + 3;
    for row in plane.chunks_exact_mut(row_len).skip(1).take(height) {
        row[0] = row[1];
        let last = row[width];
        row[width + 1..].fill(last);
    }
    plane.copy_within(row_len..2 * row_len, 0);
    let last = height * row_len..(height + 1) * row_len;
    plane.copy_within(last.clone(), (height + 1) * row_len);
    plane.copy_within(last, (height + 2) * row_len);
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

    fn read(image: SourceImage<'_>, places: &[(f32, f32)]) -> Vec<Vec<u8>> {
        let image = BorderedImage::around(image);
        let of_channel = |channel: BorderedChannel<'_>| {
            places.iter().map(|(x, y)| channel.at(image.place(*x, *y))).collect()
        };
        image.channels().map(of_channel).collect()
    }

    const FAR: [(f32, f32); 5] = [(1e9, 0.0), (-1e9, 0.0), (0.0, 1e9), (0.0, -1e9), (f32::INFINITY, 1.0)];

    #[test]
    fn places_far_outside_are_ground() {
        let white = SourceImage { values: &[255; 6], shape: [1, 2, 3], surroundings: Surroundings::Black };
        let found = read(white, &[(-1.0, 0.0), (-0.5, 0.0), (0.0, 0.0), (2.0, 1.0), (2.5, 1.0), (3.0, 1.0)]);
        assert_eq!(found, [[0, 128, 255, 255, 128, 0]]);
        assert_eq!(read(white, &FAR), [[0; 5]]);
    }

    /// Three channels of two rows and three columns.
    #[test]
    fn places_far_outside_of_a_photograph_are_as_its_nearest_pixel() {
        let values: Vec<u8> = (0..18).map(|value| value * 10).collect();
        let image =
            SourceImage { values: &values, shape: [3, 2, 3], surroundings: Surroundings::NearestPixel };
        let places = [(-0.5, 0.0), (-1e9, 1.0), (1e9, -1e9), (1e9, 1e9), (2.5, 0.5), (1.0, 7.0)];
        assert_eq!(
            read(image, &places),
            [[0, 30, 20, 50, 35, 40], [60, 90, 80, 110, 95, 100], [120, 150, 140, 170, 155, 160]]
        );
    }
}

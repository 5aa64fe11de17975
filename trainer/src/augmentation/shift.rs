//! Augmentation by whole pixels: the jitter of Hinton, Vinyals, Dean 2015, and pictures that are mirrored.
//!
//! In comes an image `[channels, height, width]` of one byte a value, out goes the same image, moved and as it is or
//! mirrored. No value between pixels is made up, so the image stays as sharp as it is.

use models::random::Generator;

use crate::augmentation::bordered_image::{SourceImage, Surroundings};

/// The most pixels that an image of MNIST's size is moved, each way.
const JITTER_PIXELS: f32 = 2.0;

/// Which of left and right is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facing {
    /// As in the original.
    AsItIs,
    /// Left and right are exchanged.
    Mirrored,
}

impl Facing {
    /// Draws one of the two, both with the same probability.
    pub(super) fn random(generator: &mut Generator) -> Self {
        if generator.below(2) == 0 { Self::AsItIs } else { Self::Mirrored }
    }
}

/// Draws a shift of up to two of 28 pixels each way, right and down.
pub(super) fn jitter(generator: &mut Generator, image: SourceImage<'_>) -> [isize; 2] {
    let most = (JITTER_PIXELS * image.pixel_scale()).round().max(1.0) as u32;
    [(); 2].map(|()| whole_pixels(generator, most))
}

/// Draws a whole number of pixels of up to `most` each way.
pub(super) fn whole_pixels(generator: &mut Generator, most: u32) -> isize {
    generator.below(2 * most + 1) as isize - most as isize
}

/// Writes the image, moved right and down and then turned to face as `facing` says, into `augmented`, which has the same
/// shape.
pub(super) fn shift(image: SourceImage<'_>, [right, down]: [isize; 2], facing: Facing, augmented: &mut [u8]) {
    let [height, width] = image.sides();
    let planes = image.values.chunks_exact(height * width).zip(augmented.chunks_exact_mut(height * width));
    for (plane, augmented) in planes {
        for (row, augmented) in augmented.chunks_exact_mut(width).enumerate() {
            let source = row as isize - down;
            let inside = source.clamp(0, height as isize - 1);
            if image.surroundings == Surroundings::Black && inside != source {
                augmented.fill(0);
                continue;
            }
            let source = &plane[inside as usize * width..][..width];
            shift_row(source, right, image.surroundings, augmented);
            if facing == Facing::Mirrored {
                augmented.reverse();
            }
        }
    }
}

/// Writes a row moved to the right into `augmented`, which is as long.
fn shift_row(source: &[u8], right: isize, surroundings: Surroundings, augmented: &mut [u8]) {
    let width = source.len();
    // The columns that stay inside, where they come from and where they go.
    let kept = width.saturating_sub(right.unsigned_abs());
    let (from, to) = ((-right).max(0) as usize, right.max(0) as usize);
    let [before, behind] = match (surroundings, source) {
        (Surroundings::NearestPixel, [first, .., last]) => [*first, *last],
        (Surroundings::NearestPixel, [only]) => [*only; 2],
        _ => [0; 2],
    };
    let to = to.min(width);
    augmented[..to].fill(before);
    augmented[to..to + kept].copy_from_slice(&source[from.min(width)..][..kept]);
    augmented[to + kept..].fill(behind);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three channels of two rows and four columns: 0, 1, 2, … 23.
    fn moved(surroundings: Surroundings, by: [isize; 2], facing: Facing) -> Vec<u8> {
        let values: Vec<u8> = (0..24).collect();
        let mut augmented = vec![99; 24];
        shift(SourceImage { values: &values, shape: [3, 2, 4], surroundings }, by, facing, &mut augmented);
        augmented
    }

    #[test]
    fn every_channel_is_moved_and_mirrored_alike() {
        let (black, nearest) = (Surroundings::Black, Surroundings::NearestPixel);
        let found = moved(black, [1, 1], Facing::AsItIs);
        assert_eq!(found[..8], [0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(found[16..], [0, 0, 0, 0, 0, 16, 17, 18]);
        let found = moved(nearest, [-1, 1], Facing::AsItIs);
        assert_eq!(found[..8], [1, 2, 3, 3, 1, 2, 3, 3]);
        assert_eq!(found[8..16], [9, 10, 11, 11, 9, 10, 11, 11]);
        let found = moved(nearest, [1, -1], Facing::Mirrored);
        assert_eq!(found[..8], [6, 5, 4, 4, 6, 5, 4, 4]);
        assert_eq!(moved(black, [0, 0], Facing::Mirrored)[..8], [3, 2, 1, 0, 7, 6, 5, 4]);
    }

    #[test]
    fn a_shift_beyond_the_image_leaves_its_surroundings() {
        for by in [[9, 0], [-9, 0], [0, 9], [0, -9], [4, 2], [-4, -2]] {
            assert_eq!(moved(Surroundings::Black, by, Facing::AsItIs), [0; 24], "{by:?}");
        }
        assert_eq!(moved(Surroundings::NearestPixel, [9, 9], Facing::AsItIs)[..8], [0; 8]);
        assert_eq!(moved(Surroundings::NearestPixel, [-9, -9], Facing::AsItIs)[16..], [23; 8]);
    }
}

//! The augmentation of photographs: mirrored, moved, turned, larger or smaller, lighter or darker, in other colours.
//!
//! In comes an image `[channels, height, width]` of one byte a value and random draws, out goes an augmented image of
//! the same shape. Mirroring and shifts of up to an eighth of a side are what networks for small photographs have been
//! trained with since He et al. 2016 (section 4.2: four pixels of 32).

use models::random::Generator;

use crate::augmentation::affine::{Affine, AffineBounds, apply_vectorised};
use crate::augmentation::bordered_image::SourceImage;
use crate::augmentation::colours::Colours;
use crate::augmentation::shift::{Facing, shift, whole_pixels};
use crate::augmentation::tone::Tone;

/// The bounds of the uniform draws at strength 1: gentle enough that nothing is cut off that a picture is about.
const ROTATION_RADIANS: f32 = 0.15;
const SCALE: f32 = 0.15;
const SHIFT_SHARE: f32 = 0.125;

/// Writes the image, augmented as a photograph, into `augmented`.
///
/// Every other image is moved by whole pixels alone: what is turned or scaled is interpolated, so a little soft, and a
/// network that saw soft images only would not know the sharp ones that it is asked about.
pub(super) fn photograph(
    generator: &mut Generator,
    strength: f32,
    image: SourceImage<'_>,
    augmented: &mut [u8],
) {
    let facing = Facing::random(generator);
    let tone = Tone::random(generator, strength);
    let colours = Colours::random(generator, strength);
    let [height, width] = image.sides();
    let most = [width, height].map(|side| strength * SHIFT_SHARE * side as f32);
    if generator.below(2) == 0 {
        let by = most.map(|most| whole_pixels(generator, most.round() as u32));
        shift(image, by, facing, augmented);
    } else {
        let bounds = AffineBounds {
            rotation: strength * ROTATION_RADIANS,
            scale: strength * SCALE,
            shear: 0.0,
            shift: most,
        };
        let affine = Affine::random(generator, bounds).facing(facing);
        apply_vectorised(affine, image, None, augmented);
    }
    tone.apply(augmented);
    colours.apply(image.shape[0], augmented);
}

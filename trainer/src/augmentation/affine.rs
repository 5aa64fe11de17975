//! Augmentation by a random affine map: turned, scaled, slanted and shifted.
//!
//! In comes an image `[channels, height, width]` of one byte a value, out goes an augmented image of the same shape; all
//! channels go the same way. Two people write a digit with another slant and size, and a network should not mind.

use kernels::vectorised_fn;
use models::random::Generator;

use crate::augmentation::bordered_image::{BorderedImage, Position, SourceImage};
use crate::augmentation::elastic::DisplacementField;
use crate::augmentation::shift::Facing;

/// The bounds of the uniform draws for drawings at strength 1: a digit within them is still read as the same digit. They
/// are of the size that Simard et al. 2003 and Cireşan et al. 2010 report for MNIST; the shift is in pixels of MNIST.
const ROTATION_RADIANS: f32 = 0.21;
const SCALE: f32 = 0.12;
const SHEAR: f32 = 0.2;
const SHIFT_PIXELS: f32 = 1.8;

vectorised_fn! {
    /// Runs [`Affine::apply`] in vector code.
    fn apply_loops<'a>(
        affine: Affine,
        image: SourceImage<'a>,
        field: Option<&'a DisplacementField>,
        augmented: &'a mut [u8],
    ) {
        affine.apply(image, field, augmented);
    }
}

/// The bounds of the uniform draws of a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct AffineBounds {
    /// The bound of the angle, in radians.
    pub(super) rotation: f32,
    /// The bound of each side's change, as a share of it.
    pub(super) scale: f32,
    /// The bound of the slant, in columns a row.
    pub(super) shear: f32,
    /// The bounds of the shift in pixels, right and down.
    pub(super) shift: [f32; 2],
}

impl AffineBounds {
    /// Returns the bounds for drawings, scaled by `strength`. `pixel_scale` is the size of the images in sizes of MNIST's.
    pub(super) fn of_drawings(strength: f32, pixel_scale: f32) -> Self {
        Self {
            rotation: strength * ROTATION_RADIANS,
            scale: strength * SCALE,
            shear: strength * SHEAR,
            shift: [strength * SHIFT_PIXELS * pixel_scale; 2],
        }
    }
}

/// A map from a pixel of the augmented image to a place in the original, about the centre.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    /// The matrix of the map, row-major, `[xx, xy, yx, yy]`.
    pub(super) matrix: [f32; 4],
    /// The shift of the map in pixels, right and down.
    pub(super) shift: [f32; 2],
}

impl Affine {
    pub(super) fn random(generator: &mut Generator, bounds: AffineBounds) -> Self {
        let angle = generator.symmetric(bounds.rotation);
        let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
        let [scale_x, scale_y] = [(); 2].map(|()| 1.0 + generator.symmetric(bounds.scale));
        let shear = generator.symmetric(bounds.shear);
        let shift = bounds.shift.map(|bound| generator.symmetric(bound));
        let matrix = [
            cosine * scale_x,
            cosine * shear - sine * scale_y,
            sine * scale_x,
            sine * shear + cosine * scale_y,
        ];
        Self { matrix, shift }
    }

    /// Returns the map of an augmented image that faces so.
    pub(super) fn facing(self, facing: Facing) -> Self {
        let [xx, xy, yx, yy] = self.matrix;
        match facing {
            Facing::AsItIs => self,
            Facing::Mirrored => Self { matrix: [-xx, xy, -yx, yy], ..self },
        }
    }

    /// Writes the image under the map into `augmented`, by bilinear interpolation. A field's vectors are added to where
    /// the map leads.
    #[inline(always)]
    pub(super) fn apply(
        &self,
        image: SourceImage<'_>,
        field: Option<&DisplacementField>,
        augmented: &mut [u8],
    ) {
        let [height, width] = image.sides();
        let ground = BorderedImage::around(image);
        let (centre_x, centre_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
        let [xx, xy, yx, yy] = self.matrix;
        let mut from = vec![Position::default(); width];
        let mut vectors = [vec![0f32; width], vec![0f32; width]];
        for row in 0..height {
            if let Some(field) = field {
                field.row(row, &mut vectors);
            }
            let y = row as f32 - centre_y;
            let (rights, downs) = (&vectors[0][..width], &vectors[1][..width]);
            let from = &mut from[..width];
            for column in 0..width {
                let x = column as f32 - centre_x;
                let to_x = xx * x + xy * y + centre_x + self.shift[0] + rights[column];
                let to_y = yx * x + yy * y + centre_y + self.shift[1] + downs[column];
                from[column] = ground.place(to_x, to_y);
            }
            let planes = augmented.chunks_exact_mut(height * width);
            for (channel, plane) in ground.channels().zip(planes) {
                let augmented = &mut plane[row * width..][..width];
                for column in 0..width {
                    augmented[column] = channel.at(from[column]);
                }
            }
        }
    }
}

/// Writes the image under the map, displaced by `field` where there is one, into `augmented`, which has the same shape.
pub(super) fn apply_vectorised(
    affine: Affine,
    image: SourceImage<'_>,
    field: Option<&DisplacementField>,
    augmented: &mut [u8],
) {
    apply_loops(affine, image, field, augmented);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::bordered_image::Surroundings;

    /// Three channels of 28 rows and 20 columns, no two of them alike.
    fn image() -> Vec<u8> {
        (0..3 * 28 * 20)
            .map(|index| if (5..15).contains(&(index % 20)) { 200 - index / 20 } else { 0 } as u8)
            .collect()
    }

    fn mapped(affine: Affine) -> Vec<u8> {
        let mut augmented = vec![0; 3 * 28 * 20];
        let surroundings = Surroundings::Black;
        affine.apply(
            SourceImage { values: &image(), shape: [3, 28, 20], surroundings },
            None,
            &mut augmented,
        );
        augmented
    }

    const IDENTITY: Affine = Affine { matrix: [1.0, 0.0, 0.0, 1.0], shift: [0.0; 2] };

    #[test]
    fn the_identity_changes_nothing_and_a_shift_shifts() {
        assert_eq!(mapped(IDENTITY), image());
        let shifted = mapped(Affine { shift: [1.0, 0.0], ..IDENTITY });
        for row in [0, 27, 28, 83] {
            let row = row * 20..(row + 1) * 20;
            assert_eq!(&shifted[row.clone()], &[&image()[row][1..], &[0]].concat()[..]);
        }
    }

    #[test]
    fn a_mirrored_image_is_the_image_backwards_row_by_row() {
        let mirrored = mapped(IDENTITY.facing(Facing::Mirrored));
        let mut expected = image();
        expected.chunks_exact_mut(20).for_each(<[u8]>::reverse);
        assert_eq!(mirrored, expected);
    }
}

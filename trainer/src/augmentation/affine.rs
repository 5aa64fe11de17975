//! Augmentation by a random affine map: turned, scaled, slanted and shifted.
//!
//! In comes an image `[height, width]` of one byte a pixel, out goes an augmented image of the same size. Two people
//! write a digit with another slant and size, and a network should not mind.

use kernels::vectorised_fn;
use models::random::Generator;

use crate::augmentation::bordered_image::{BorderedImage, Position};
use crate::augmentation::elastic::DisplacementField;

/// The bounds of the uniform draws at strength 1: a digit within them is still read as the same digit. They are of the
/// size that Simard et al. 2003 and Cireşan et al. 2010 report for MNIST.
const ROTATION_RADIANS: f32 = 0.21;
const SCALE: f32 = 0.12;
const SHEAR: f32 = 0.2;
const SHIFT_PIXELS: f32 = 1.8;

vectorised_fn! {
    /// Runs [`Affine::apply`] in vector code.
    fn apply_loops<'a>(
        affine: Affine,
        image: &'a [u8],
        width: usize,
        field: Option<&'a DisplacementField>,
        augmented: &'a mut [u8],
    ) {
        affine.apply(image, width, field, augmented);
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
    pub(super) fn random(generator: &mut Generator, strength: f32) -> Self {
        let angle = generator.symmetric(strength * ROTATION_RADIANS);
        let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
        let [scale_x, scale_y] = [(); 2].map(|()| 1.0 + generator.symmetric(strength * SCALE));
        let shear = generator.symmetric(strength * SHEAR);
        let shift = [(); 2].map(|()| generator.symmetric(strength * SHIFT_PIXELS));
        let matrix = [
            cosine * scale_x,
            cosine * shear - sine * scale_y,
            sine * scale_x,
            sine * shear + cosine * scale_y,
        ];
        Self { matrix, shift }
    }

    /// Writes the image under the map into `augmented`, by bilinear interpolation and 0 outside of the image. A field's
    /// vectors are added to where the map leads.
    #[inline(always)]
    pub(super) fn apply(
        &self,
        image: &[u8],
        width: usize,
        field: Option<&DisplacementField>,
        augmented: &mut [u8],
    ) {
        let height = image.len() / width;
        let ground = BorderedImage::around(image, width);
        let (centre_x, centre_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
        let [xx, xy, yx, yy] = self.matrix;
        let mut from = vec![Position::default(); width];
        let mut vectors = [vec![0f32; width], vec![0f32; width]];
        for (row, augmented) in augmented.chunks_exact_mut(width).enumerate() {
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
            for column in 0..width {
                augmented[column] = ground.at(from[column]);
            }
        }
    }
}

/// Writes the image under the map, displaced by `field` where there is one, into `augmented`; both are `[height, width]`,
/// one byte a pixel.
pub(super) fn apply_vectorised(
    affine: Affine,
    image: &[u8],
    width: usize,
    field: Option<&DisplacementField>,
    augmented: &mut [u8],
) {
    apply_loops(affine, image, width, field, augmented);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Vec<u8> {
        (0..28 * 20).map(|index| if (5..15).contains(&(index % 20)) { 200 } else { 0 }).collect()
    }

    #[test]
    fn the_identity_changes_nothing_and_a_shift_shifts() {
        let mut augmented = vec![0; 28 * 20];
        Affine { matrix: [1.0, 0.0, 0.0, 1.0], shift: [0.0; 2] }.apply(&image(), 20, None, &mut augmented);
        assert_eq!(augmented, image());
        Affine { matrix: [1.0, 0.0, 0.0, 1.0], shift: [1.0, 0.0] }.apply(&image(), 20, None, &mut augmented);
        assert_eq!(&augmented[0..20], &[&image()[1..20], &[0]].concat()[..]);
    }
}

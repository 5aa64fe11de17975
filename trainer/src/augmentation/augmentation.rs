//! Augmentation: each epoch sees each image a little changed, so that a network learns what of a picture does not
//! matter.
//!
//! In comes one image `[channels, height, width]` of one byte a value with its index and the epoch, out goes an augmented
//! image of the same shape, of which every channel went the same way. Teacher and student see the same augmented images (Beyer et al. 2022, "a good teacher is patient
//! and consistent"), which is why the draws depend on nothing but seed, epoch and index.

use models::random::{Generator, Purpose};
use serde::{Deserialize, Serialize};

use crate::augmentation::affine::{Affine, AffineBounds, apply_vectorised};
use crate::augmentation::bordered_image::SourceImage;
use crate::augmentation::elastic::DisplacementField;
use crate::augmentation::photographs::photograph;
use crate::augmentation::shift::{Facing, jitter, shift};

/// The version of the augmentation. It counts up when the same seed, epoch and image give other pixels: what is kept of
/// earlier versions is then no longer used.
pub(crate) const AUGMENTATION_VERSION: u32 = 2;

/// The largest strength of an augmentation: a picture that is turned and scaled by more than that shows nothing any
/// more.
pub(crate) const STRONGEST_AUGMENTATION: f32 = 4.0;

/// How images are augmented for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Augmentation {
    /// The images as they are.
    None,
    /// Moved by whole pixels, up to two of 28 each way: the jitter of Hinton, Vinyals, Dean 2015.
    Shift,
    /// A random affine map for each image and epoch.
    Affine,
    /// A random affine map, and a random smooth displacement of every pixel: for handwriting and drawings.
    Elastic,
    /// Every other image mirrored, left for right.
    Flip,
    /// Mirrored, moved, turned, scaled, and in another light: for photographs.
    Photos,
}

impl Augmentation {
    /// Returns whether the augmentation has anything that a strength could scale.
    pub(crate) fn have_strength(self) -> bool {
        matches!(self, Self::Affine | Self::Elastic | Self::Photos)
    }
}

/// The augmentation of a training, with its strength, seed and pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AugmentationPlan {
    pub(crate) augmentation: Augmentation,
    /// A factor of all bounds of affine and elastic augmentation and of that for photographs.
    pub(crate) strength: f32,
    /// The seed of the augmentation.
    pub(crate) seed: u64,
    /// The number of epochs after which the same augmented images come again.
    pub(crate) pool: usize,
}

impl AugmentationPlan {
    /// Returns the epoch whose augmented images `epoch` has: the same one after every round of the pool.
    pub(crate) fn augmentation_epoch(&self, epoch: usize) -> usize {
        if self.augmentation == Augmentation::None { 0 } else { epoch % self.pool.max(1) }
    }

    /// Returns how many epochs of a training have images of their own; the others repeat them.
    pub(crate) fn rounds(&self, epochs: usize) -> usize {
        if self.augmentation == Augmentation::None { 1 } else { epochs.min(self.pool.max(1)) }
    }

    /// Writes the augmented image that `draw` asks for into `augmented`, which has the shape of its original.
    pub(crate) fn draw(&self, draw: ImageDraw<'_>, augmented: &mut [u8]) {
        let ImageDraw { image, augmentation_epoch, index } = draw;
        let (epoch, index) = (augmentation_epoch as u64, u64::from(index));
        let generator = &mut Generator::new(self.seed, Purpose::Augmentation, epoch, index);
        let scale = image.pixel_scale();
        let affine = |generator: &mut Generator| {
            Affine::random(generator, AffineBounds::of_drawings(self.strength, scale))
        };
        match self.augmentation {
            Augmentation::None => augmented.copy_from_slice(image.values),
            Augmentation::Shift => shift(image, jitter(generator, image), Facing::AsItIs, augmented),
            Augmentation::Affine => apply_vectorised(affine(generator), image, None, augmented),
            Augmentation::Elastic => {
                let affine = affine(generator);
                let field = DisplacementField::random(generator, image.sides(), self.strength, scale);
                apply_vectorised(affine, image, Some(&field), augmented);
            }
            Augmentation::Flip => shift(image, [0, 0], Facing::random(generator), augmented),
            Augmentation::Photos => photograph(generator, self.strength, image, augmented),
        }
    }
}

/// An image, and what it is drawn for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImageDraw<'a> {
    /// The image before its augmentation.
    pub(crate) image: SourceImage<'a>,
    /// The epoch whose augmented images the draw belongs to.
    pub(crate) augmentation_epoch: usize,
    /// The position of the image in its set.
    pub(crate) index: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::bordered_image::Surroundings;

    /// What an augmented image is drawn for.
    #[derive(Clone, Copy)]
    struct DrawKey {
        seed: u64,
        epoch: usize,
        index: u32,
    }

    const KEY: DrawKey = DrawKey { seed: 1, epoch: 2, index: 3 };

    fn image() -> Vec<u8> {
        (0..28 * 20).map(|index| if (5..15).contains(&(index % 20)) { 200 } else { 0 }).collect()
    }

    const DRAWN: [Augmentation; 2] = [Augmentation::Affine, Augmentation::Elastic];

    /// Three channels of 18 rows and 32 columns, no two pixels alike.
    fn photo() -> Vec<u8> {
        (0..3 * 18 * 32).map(|index| (index * 37 % 256) as u8).collect()
    }

    fn augmented_photo(augmentation: Augmentation, strength: f32, key: DrawKey) -> Vec<u8> {
        let values = photo();
        let mut augmented = vec![1; values.len()];
        let image =
            SourceImage { values: &values, shape: [3, 18, 32], surroundings: Surroundings::NearestPixel };
        let draw = ImageDraw { image, augmentation_epoch: key.epoch, index: key.index };
        AugmentationPlan { augmentation, strength, seed: key.seed, pool: 1 }.draw(draw, &mut augmented);
        augmented
    }

    fn augmented(augmentation: Augmentation, key: DrawKey) -> Vec<u8> {
        augmented_from(&image(), augmentation, 1.0, key)
    }

    fn augmented_from(image: &[u8], augmentation: Augmentation, strength: f32, key: DrawKey) -> Vec<u8> {
        let mut augmented = vec![1; 28 * 20];
        let plan = AugmentationPlan { augmentation, strength, seed: key.seed, pool: 1 };
        let image = SourceImage { values: image, shape: [1, 28, 20], surroundings: Surroundings::Black };
        plan.draw(ImageDraw { image, augmentation_epoch: key.epoch, index: key.index }, &mut augmented);
        augmented
    }

    #[test]
    fn without_augmentation_the_image_stays() {
        assert_eq!(augmented(Augmentation::None, KEY), image());
    }

    /// A pixel that stands alone lands on each of the 25 places around it, and one that leaves the image is gone.
    #[test]
    fn a_jitter_moves_by_whole_pixels_up_to_two_each_way() {
        let mut image = vec![0u8; 28 * 20];
        (image[10 * 20 + 7], image[0]) = (200, 100);
        let mut places = std::collections::BTreeSet::new();
        for index in 0..500 {
            let augmented = augmented_from(&image, Augmentation::Shift, 1.0, DrawKey { index, ..KEY });
            let at = augmented.iter().position(|pixel| *pixel == 200).unwrap();
            let (down, right) = ((at / 20) as isize - 10, (at % 20) as isize - 7);
            let corner = (down >= 0 && right >= 0).then_some((down * 20 + right) as usize);
            assert_eq!(augmented.iter().position(|pixel| *pixel == 100), corner);
            assert_eq!(
                augmented.iter().filter(|pixel| **pixel != 0).count(),
                1 + usize::from(corner.is_some())
            );
            places.insert((down, right));
        }
        let expected = (-2..=2).flat_map(|down| (-2..=2).map(move |right| (down, right)));
        assert_eq!(places, expected.collect());
    }

    #[test]
    fn an_augmented_image_depends_on_what_it_is_drawn_for_alone() {
        for augmentation in DRAWN {
            assert_eq!(augmented(augmentation, KEY), augmented(augmentation, KEY));
            for other in
                [DrawKey { epoch: 3, ..KEY }, DrawKey { index: 4, ..KEY }, DrawKey { seed: 4, ..KEY }]
            {
                assert_ne!(augmented(augmentation, KEY), augmented(augmentation, other));
            }
        }
        assert_ne!(augmented(Augmentation::Affine, KEY), augmented(Augmentation::Elastic, KEY));
    }

    /// When this fails, augmented images have changed: `AUGMENTATION_VERSION` must count up, and shipped networks don't come out as they
    /// are any more.
    #[test]
    fn augmented_images_are_those_of_their_version() {
        let sum = |augmentation: Augmentation| {
            models::storage::sha256::hex([augmented(augmentation, KEY).as_slice()])[..16].to_owned()
        };
        assert_eq!(
            (AUGMENTATION_VERSION, sum(Augmentation::Affine), sum(Augmentation::Elastic)),
            (2, "7bb37eb51edf6e1d".to_owned(), "25508fc8e290dba6".to_owned())
        );
    }

    /// Without strength there is no change, with little there is less than with much.
    #[test]
    fn a_strength_scales_the_change() {
        let change = |augmentation, strength| {
            let augmented = augmented_from(&image(), augmentation, strength, KEY);
            let difference = |(augmented, image): (&u8, u8)| u64::from(augmented.abs_diff(image));
            augmented.iter().zip(image()).map(difference).sum::<u64>()
        };
        for augmentation in DRAWN {
            let [none, little, all] = [0.0, 0.3, 1.0].map(|strength| change(augmentation, strength));
            assert!(none == 0 && little > 0 && little < all, "{none} {little} {all}");
        }
    }

    #[test]
    fn an_augmented_image_keeps_most_of_the_ink() {
        let ink = |pixels: &[u8]| pixels.iter().map(|pixel| f32::from(*pixel)).sum::<f32>();
        for augmentation in DRAWN {
            let ratio = ink(&augmented(augmentation, KEY)) / ink(&image());
            assert!((0.6..1.5).contains(&ratio), "{ratio}");
        }
    }

    /// A colour that every pixel of the original has stays one colour, whatever the draw: the channels went the same way.
    #[test]
    fn every_channel_goes_the_same_way() {
        let plane: Vec<u8> = (0..18 * 32).map(|index| (index * 37 % 256) as u8).collect();
        let values = [plane.as_slice(); 3].concat();
        let image =
            SourceImage { values: &values, shape: [3, 18, 32], surroundings: Surroundings::NearestPixel };
        for augmentation in [
            Augmentation::Shift,
            Augmentation::Affine,
            Augmentation::Elastic,
            Augmentation::Flip,
            Augmentation::Photos,
        ] {
            let plan = AugmentationPlan { augmentation, strength: 1.0, seed: 1, pool: 1 };
            let mut changed = 0;
            for index in 0..20 {
                let mut augmented = vec![0; values.len()];
                plan.draw(ImageDraw { image, augmentation_epoch: 0, index }, &mut augmented);
                let planes: Vec<&[u8]> = augmented.chunks_exact(18 * 32).collect();
                assert!(planes[1] == planes[0] && planes[2] == planes[0], "{augmentation:?} {index}");
                changed += usize::from(planes[0] != plane);
            }
            assert!(changed >= 5, "{augmentation:?}: {changed} of 20 changed");
        }
    }

    #[test]
    fn a_flip_mirrors_about_every_other_image_and_changes_nothing_else() {
        let mut mirrored = photo();
        mirrored.chunks_exact_mut(32).for_each(<[u8]>::reverse);
        let found: Vec<Vec<u8>> = (0..200)
            .map(|index| augmented_photo(Augmentation::Flip, 1.0, DrawKey { index, ..KEY }))
            .collect();
        let count = |image: &Vec<u8>| found.iter().filter(|found| *found == image).count();
        let (as_it_is, mirrored) = (count(&photo()), count(&mirrored));
        assert!(as_it_is + mirrored == 200 && (70..=130).contains(&mirrored), "{as_it_is}, {mirrored}");
    }

    /// When this fails, augmented photographs have changed: `AUGMENTATION_VERSION` must count up.
    #[test]
    fn augmented_photographs_are_those_of_their_version() {
        let found: Vec<u8> = (0..8)
            .flat_map(|index| augmented_photo(Augmentation::Photos, 1.0, DrawKey { index, ..KEY }))
            .collect();
        assert_eq!(models::storage::sha256::hex([found.as_slice()])[..16], *"7475e0deb3284a4c");
    }

    /// Nothing black comes in from outside: a photograph of one colour stays near that colour.
    #[test]
    fn a_photograph_has_no_black_corners() {
        let values = vec![128; 3 * 18 * 32];
        let image =
            SourceImage { values: &values, shape: [3, 18, 32], surroundings: Surroundings::NearestPixel };
        let plan = AugmentationPlan { augmentation: Augmentation::Photos, strength: 1.0, seed: 1, pool: 1 };
        for index in 0..50 {
            let mut augmented = vec![0; values.len()];
            plan.draw(ImageDraw { image, augmentation_epoch: 0, index }, &mut augmented);
            assert!(augmented.iter().all(|value| (103..=153).contains(value)), "{index}");
            assert!(augmented.iter().all(|value| *value == augmented[0]), "{index}");
        }
    }

    /// Bounds in pixels grow with the image: an image of twice the size is moved twice as far.
    #[test]
    fn a_jitter_grows_with_the_image() {
        let mut values = vec![0u8; 56 * 40];
        values[20 * 40 + 14] = 200;
        let image = SourceImage { values: &values, shape: [1, 56, 40], surroundings: Surroundings::Black };
        let plan = AugmentationPlan { augmentation: Augmentation::Shift, strength: 1.0, seed: 1, pool: 1 };
        let mut furthest = 0;
        for index in 0..200 {
            let mut augmented = vec![0; values.len()];
            plan.draw(ImageDraw { image, augmentation_epoch: 0, index }, &mut augmented);
            let at = augmented.iter().position(|pixel| *pixel == 200).unwrap();
            furthest = furthest.max((at % 40).abs_diff(14)).max((at / 40).abs_diff(20));
        }
        assert_eq!(furthest, 4);
    }
}

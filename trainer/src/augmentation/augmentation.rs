//! Augmentation: each epoch sees each image a little changed, so that a network learns what of a picture does not
//! matter.
//!
//! In comes one image `[height, width]` of one byte a pixel with its index and the epoch, out goes an augmented image
//! of the same size. Teacher and student see the same augmented images (Beyer et al. 2022, "a good teacher is patient
//! and consistent"), which is why the draws depend on nothing but seed, epoch and index.

use models::random::{Generator, Purpose};
use serde::{Deserialize, Serialize};

use crate::augmentation::affine::{Affine, apply_vectorised};
use crate::augmentation::elastic::DisplacementField;
use crate::augmentation::shift::{JITTER_PIXELS, shift};

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
    /// Moved by whole pixels, up to two each way: the jitter of Hinton, Vinyals, Dean 2015.
    Shift,
    /// A random affine map for each image and epoch.
    Affine,
    /// A random affine map, and a random smooth displacement of every pixel.
    Elastic,
}

impl Augmentation {
    /// Returns whether the augmentation has anything that a strength could scale.
    pub(crate) fn have_strength(self) -> bool {
        matches!(self, Self::Affine | Self::Elastic)
    }
}

/// The augmentation of a training, with its strength, seed and pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AugmentationPlan {
    pub(crate) augmentation: Augmentation,
    /// A factor of all bounds of affine and elastic augmentation.
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

    /// Writes image `index`, augmented as in `augmentation_epoch`, into `augmented`; both images are `[height, width]`,
    /// one byte a pixel.
    pub(crate) fn draw(
        &self,
        image: &[u8],
        width: usize,
        augmentation_epoch: usize,
        index: u32,
        augmented: &mut [u8],
    ) {
        let draws =
            || Generator::new(self.seed, Purpose::Augmentation, augmentation_epoch as u64, u64::from(index));
        match self.augmentation {
            Augmentation::None => augmented.copy_from_slice(image),
            Augmentation::Shift => {
                let mut generator = draws();
                let [right, down] = [(); 2]
                    .map(|()| generator.below(2 * JITTER_PIXELS + 1) as isize - JITTER_PIXELS as isize);
                shift(image, width, [right, down], augmented);
            }
            Augmentation::Affine => {
                let affine = Affine::random(&mut draws(), self.strength);
                apply_vectorised(affine, image, width, None, augmented);
            }
            Augmentation::Elastic => {
                let mut generator = draws();
                let affine = Affine::random(&mut generator, self.strength);
                let sides = [image.len() / width, width];
                let field = DisplacementField::random(&mut generator, sides, self.strength);
                apply_vectorised(affine, image, width, Some(&field), augmented);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn augmented(augmentation: Augmentation, key: DrawKey) -> Vec<u8> {
        augmented_from(&image(), augmentation, 1.0, key)
    }

    fn augmented_from(image: &[u8], augmentation: Augmentation, strength: f32, key: DrawKey) -> Vec<u8> {
        let mut augmented = vec![1; 28 * 20];
        let plan = AugmentationPlan { augmentation, strength, seed: key.seed, pool: 1 };
        plan.draw(image, 20, key.epoch, key.index, &mut augmented);
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
}

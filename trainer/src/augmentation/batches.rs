//! The batches of a training, in order: shuffled, augmented, as the network's input.
//!
//! In comes a [`BatchSource`], out goes one [`Batch`] after another, `[batch, channels, height, width]` of f32. What is in a
//! batch is a function of seed, epoch and index. A training makes the next batch beside the step, as tasks of the same
//! thread pool: a thread of its own would take a core from the step at the wrong moment.

use kernels::Buffers;
use models::random;

use crate::augmentation::augmentation_cache::AugmentationCache;
use crate::augmentation::batch_source::{Batch, BatchSource};
use crate::augmentation::cached_tensor::CacheError;

/// Makes the batches of a training one after another, from any step on.
#[derive(Debug)]
pub(crate) struct Batches<'a> {
    source: BatchSource<'a>,
    /// The cache of augmented images; `None` where they are drawn for each batch.
    kept: Option<AugmentationCache<'a>>,
    next: usize,
    /// The order of the images in the epoch of the last batch.
    order: Vec<u32>,
    epoch: Option<usize>,
    /// The memory of batches that are used up.
    spare: Buffers<f32>,
}

impl<'a> Batches<'a> {
    /// Returns the batches of a training from step number `step` on, counted from 0 at the first epoch.
    pub(crate) fn from_step(
        source: BatchSource<'a>,
        kept: Option<AugmentationCache<'a>>,
        step: usize,
    ) -> Self {
        Self { source, kept, next: step, order: Vec::new(), epoch: None, spare: Buffers::default() }
    }

    /// Returns the batch of the next step, or `None` after the last epoch.
    ///
    /// # Errors
    /// Where augmented images cannot be written.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Batch>, CacheError> {
        let steps = self.source.steps_an_epoch();
        let (epoch, step) = (self.next / steps, self.next % steps);
        if epoch >= self.source.epochs {
            return Ok(None);
        }
        self.next += 1;
        if self.epoch != Some(epoch) {
            self.order = random::order(self.source.seed, epoch as u64, self.source.images.len());
            self.epoch = Some(epoch);
        }
        let first = step * self.source.batch_size;
        let rows = &self.order[first..self.order.len().min(first + self.source.batch_size)];
        let images = self.spare.take(rows.len() * self.source.input.values());
        let augmentation_epoch = self.source.augmentation.augmentation_epoch(epoch);
        let kept = kept_images(&mut self.kept, &self.source, augmentation_epoch)?;
        Ok(Some(self.source.batch(rows, augmentation_epoch, kept, images)))
    }

    /// Returns all images, augmented as in `augmentation_epoch`, `[images, channels, height, width]` of one byte a value, for
    /// whoever else needs them; `None` where they are drawn for each batch.
    ///
    /// # Errors
    /// Where augmented images cannot be written.
    pub(crate) fn kept_images(&mut self, augmentation_epoch: usize) -> Result<Option<&[u8]>, CacheError> {
        kept_images(&mut self.kept, &self.source, augmentation_epoch)
    }

    /// Takes the memory of a batch that is used up, for a later batch.
    pub(crate) fn give_back(&mut self, batch: Batch) {
        self.spare.give(batch.images);
    }
}

fn kept_images<'cache>(
    kept: &'cache mut Option<AugmentationCache<'_>>,
    source: &BatchSource<'_>,
    augmentation_epoch: usize,
) -> Result<Option<&'cache [u8]>, CacheError> {
    kept.as_mut().map(|kept| kept.of_epoch(source, augmentation_epoch)).transpose()
}

#[cfg(test)]
mod tests {
    use models::{ImageInput, ModelContract, Provenance, Resize};

    use super::*;
    use crate::augmentation::augmentation::{Augmentation, AugmentationPlan};
    use crate::data::data_set::DataSet;

    fn batches(threads: usize, step: usize) -> Vec<Batch> {
        batches_of_pool(threads, step, 2)
    }

    fn batches_of_pool(threads: usize, step: usize, augmentation_pool: usize) -> Vec<Batch> {
        let pixels: Vec<u8> = (0..75 * 784).map(|index| (index * 7 % 251) as u8).collect();
        let images = DataSet::new(pixels, (0..75).map(|index| index % 10).collect(), 10, [1, 28, 28]);
        let contract = ModelContract::mnist(Provenance::default());
        let augmentation = AugmentationPlan {
            augmentation: Augmentation::Affine,
            strength: 1.0,
            seed: 4,
            pool: augmentation_pool,
        };
        let source = BatchSource {
            images: &images,
            input: &contract.input,
            augmentation,
            seed: 3,
            batch_size: 37,
            epochs: 2,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut batches = Batches::from_step(source, None, step);
            std::iter::from_fn(|| batches.next_batch().unwrap()).collect()
        })
    }

    #[test]
    fn every_image_comes_once_an_epoch_whoever_makes_the_batches() {
        let one = batches(1, 0);
        assert_eq!(one.len(), 6);
        for epoch in one.chunks(3) {
            let mut rows: Vec<u32> = epoch.iter().flat_map(|batch| batch.rows.clone()).collect();
            assert_eq!(epoch[2].rows.len(), 1);
            rows.sort_unstable();
            assert_eq!(rows, (0..75).collect::<Vec<u32>>());
        }
        assert_ne!(one[0].rows, one[3].rows);
        assert_eq!(batches(5, 0), one);
    }

    /// Colour pictures that are not square, augmented as photographs.
    fn batches_of_photographs(threads: usize) -> Vec<Batch> {
        let shape = [3, 18, 12];
        let pixels: Vec<u8> = (0..75 * 648).map(|index| (index * 7 % 251) as u8).collect();
        let images = DataSet::new(pixels, (0..75).map(|index| index % 10).collect(), 10, shape);
        let input = ImageInput::version_2(shape, Resize::Fit);
        let augmentation =
            AugmentationPlan { augmentation: Augmentation::Photos, strength: 1.0, seed: 4, pool: 2 };
        let source =
            BatchSource { images: &images, input: &input, augmentation, seed: 3, batch_size: 37, epochs: 2 };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut batches = Batches::from_step(source, None, 0);
            std::iter::from_fn(|| batches.next_batch().unwrap()).collect()
        })
    }

    #[test]
    fn colour_pictures_are_the_same_whoever_makes_the_batches() {
        let one = batches_of_photographs(1);
        assert_eq!(one[0].images.len(), 37 * 3 * 18 * 12);
        assert!(batches_of_photographs(5) == one);
    }

    #[test]
    fn in_a_pool_of_one_every_epoch_has_the_same_augmented_images_in_another_order() {
        let augmentation = |batches: &[Batch]| {
            let images = batches.iter().flat_map(|batch| batch.rows.iter().zip(batch.images.chunks(784)));
            let mut images: Vec<(u32, Vec<f32>)> =
                images.map(|(row, image)| (*row, image.to_vec())).collect();
            images.sort_by_key(|(row, _)| *row);
            images
        };
        let one = batches_of_pool(2, 0, 1);
        assert!(augmentation(&one[..3]) == augmentation(&one[3..]));
        let two = batches_of_pool(2, 0, 2);
        assert!(augmentation(&two[..3]) != augmentation(&two[3..]));
    }

    #[test]
    fn batches_begin_at_any_step() {
        assert_eq!(batches(2, 4)[..], batches(1, 0)[4..]);
        assert!(batches(2, 6).is_empty());
    }
}

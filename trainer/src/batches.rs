//! The batches of a training, in order: shuffled, changed into views, as the network's input.
//!
//! What is in a batch is a function of seed, epoch and index. A training makes the next batch beside the step, as tasks of
//! the same thread pool: a thread of its own would take a core from the step at the wrong moment.

use models::ImageInput;
use models::picture::preprocessing;
use rayon::prelude::*;

use crate::data_set::DataSet;
use crate::engine::buffers::Buffers;
use crate::engine::vectorised;
use crate::run_directory::RunError;
use crate::view_cache::ViewCache;
use crate::views::ViewPlan;
use models::random;

/// Images that one task makes.
const TASK_IMAGES: usize = 32;

/// One step's images.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    /// Positions in the training set.
    pub(crate) rows: Vec<u32>,
    pub(crate) labels: Vec<u8>,
    /// `[batch, 1, height, width]`.
    pub(crate) images: Vec<f32>,
}

/// What batches are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSource<'a> {
    pub(crate) images: &'a DataSet,
    pub(crate) input: &'a ImageInput,
    pub(crate) views: ViewPlan,
    /// Of the order.
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    pub(crate) epochs: usize,
}

/// Makes the batches of a training one after another, from any step on.
#[derive(Debug)]
pub(crate) struct Batches<'a> {
    source: BatchSource<'a>,
    /// Where views come from that are not drawn for each batch.
    kept: Option<ViewCache<'a>>,
    next: usize,
    /// Of the epoch of the last batch.
    order: Vec<u32>,
    epoch: Option<usize>,
    /// Of batches that are used up.
    spare: Buffers<f32>,
}

impl<'a> Batches<'a> {
    pub(crate) fn from_step(source: BatchSource<'a>, kept: Option<ViewCache<'a>>, step: usize) -> Self {
        Self { source, kept, next: step, order: Vec::new(), epoch: None, spare: Buffers::default() }
    }

    /// The batch of the next step; none after the last epoch.
    ///
    /// # Errors
    /// Where views cannot be kept.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Batch>, RunError> {
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
        let [height, width] = self.source.images.side();
        let images = self.spare.take(rows.len() * height * width);
        let view_epoch = self.source.views.view_epoch(epoch);
        let kept = self.kept.as_mut().map(|kept| kept.of_epoch(&self.source, view_epoch)).transpose()?;
        Ok(Some(self.source.batch(rows, view_epoch, kept, images)))
    }

    /// Takes the memory of a batch that is used up.
    pub(crate) fn give_back(&mut self, batch: Batch) {
        self.spare.give(batch.images);
    }
}

impl BatchSource<'_> {
    /// The last one of an epoch may be smaller.
    pub(crate) fn steps_an_epoch(&self) -> usize {
        self.images.len().div_ceil(self.batch_size)
    }

    /// These images in the views of `view_epoch`, which are `kept` of all images, or are drawn; `images` is room for them.
    pub(crate) fn batch(
        &self,
        rows: &[u32],
        view_epoch: usize,
        kept: Option<&[u8]>,
        mut images: Vec<f32>,
    ) -> Batch {
        let image_len = self.images.side().iter().product();
        images.resize(rows.len() * image_len, 0.0);
        let tasks = images.par_chunks_mut(TASK_IMAGES * image_len).zip(rows.par_chunks(TASK_IMAGES));
        tasks.for_each_init(
            || vec![0u8; TASK_IMAGES * image_len],
            |pixels, (images, rows)| {
                let pixels = &mut pixels[..images.len()];
                for (row, view) in rows.iter().zip(pixels.chunks_exact_mut(image_len)) {
                    match kept {
                        Some(kept) => view.copy_from_slice(&kept[*row as usize * image_len..][..image_len]),
                        None => self.draw(*row, view_epoch, view),
                    }
                }
                vectorised(|| preprocessing::from_bytes_into(pixels, self.input, images));
            },
        );
        let labels = rows.iter().map(|row| self.images.labels()[*row as usize]).collect();
        Batch { rows: rows.to_vec(), labels, images }
    }

    /// One image's view of `view_epoch`, one byte a pixel.
    pub(crate) fn draw(&self, row: u32, view_epoch: usize, view: &mut [u8]) {
        let [_, width] = self.images.side();
        self.views.draw(self.images.image(row as usize), width, view_epoch, row, view);
    }
}

#[cfg(test)]
mod tests {
    use models::{ModelContract, Provenance};

    use super::*;
    use crate::views::Views;

    fn batches(threads: usize, step: usize) -> Vec<Batch> {
        batches_of_pool(threads, step, 2)
    }

    fn batches_of_pool(threads: usize, step: usize, view_pool: usize) -> Vec<Batch> {
        let pixels: Vec<u8> = (0..75 * 784).map(|index| (index * 7 % 251) as u8).collect();
        let images = DataSet::new(pixels, (0..75).map(|index| index % 10).collect(), [28, 28]);
        let contract = ModelContract::mnist(Provenance::default());
        let views = ViewPlan { views: Views::Affine, strength: 1.0, seed: 4, pool: view_pool };
        let source = BatchSource {
            images: &images,
            input: &contract.input,
            views,
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

    #[test]
    fn in_a_pool_of_one_every_epoch_has_the_same_views_in_another_order() {
        let views = |batches: &[Batch]| {
            let images = batches.iter().flat_map(|batch| batch.rows.iter().zip(batch.images.chunks(784)));
            let mut images: Vec<(u32, Vec<f32>)> =
                images.map(|(row, image)| (*row, image.to_vec())).collect();
            images.sort_by_key(|(row, _)| *row);
            images
        };
        let one = batches_of_pool(2, 0, 1);
        assert!(views(&one[..3]) == views(&one[3..]));
        let two = batches_of_pool(2, 0, 2);
        assert!(views(&two[..3]) != views(&two[3..]));
    }

    #[test]
    fn batches_begin_at_any_step() {
        assert_eq!(batches(2, 4)[..], batches(1, 0)[4..]);
        assert!(batches(2, 6).is_empty());
    }
}

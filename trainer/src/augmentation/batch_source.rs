//! What batches are made of: images, how they are augmented, and in which order.

use kernels::vectorised;
use models::ImageInput;
use models::picture::preprocessing;
use rayon::prelude::*;

use crate::augmentation::augmentation::AugmentationPlan;
use crate::data::data_set::DataSet;

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
    pub(crate) augmentation: AugmentationPlan,
    /// Of the order.
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    pub(crate) epochs: usize,
}

impl BatchSource<'_> {
    /// Returns the number of steps of an epoch, of which the last may have fewer images.
    pub(crate) fn steps_an_epoch(&self) -> usize {
        self.images.len().div_ceil(self.batch_size)
    }

    /// Returns the images at `rows`, augmented as in `augmentation_epoch`: taken from those of all images where they are
    /// `kept`, else drawn. `images` is memory for them.
    pub(crate) fn batch(
        &self,
        rows: &[u32],
        augmentation_epoch: usize,
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
                for (row, augmented) in rows.iter().zip(pixels.chunks_exact_mut(image_len)) {
                    match kept {
                        Some(kept) => {
                            augmented.copy_from_slice(&kept[*row as usize * image_len..][..image_len])
                        }
                        None => self.draw(*row, augmentation_epoch, augmented),
                    }
                }
                vectorised(|| preprocessing::from_bytes_into(pixels, self.input, images));
            },
        );
        let labels = rows.iter().map(|row| self.images.labels()[*row as usize]).collect();
        Batch { rows: rows.to_vec(), labels, images }
    }

    /// Writes the image at `row`, augmented as in `augmentation_epoch`, to `augmented`, one byte a pixel.
    pub(crate) fn draw(&self, row: u32, augmentation_epoch: usize, augmented: &mut [u8]) {
        let [_, width] = self.images.side();
        self.augmentation.draw(self.images.image(row as usize), width, augmentation_epoch, row, augmented);
    }
}

//! The images of a training, how they are augmented, and in which order they come.
//!
//! In come positions of images, out goes a [`Batch`] `[batch, channels, height, width]` of f32. Student and teachers take
//! their batches from the same source, so that both see the same pixels.

use kernels::vectorised;
use models::ImageInput;
use models::picture::preprocessing;
use rayon::prelude::*;

use crate::augmentation::augmentation::{AugmentationPlan, ImageDraw};
use crate::augmentation::bordered_image::{SourceImage, Surroundings};
use crate::data::data_set::DataSet;
use crate::data::network_view::write_input;

/// The number of images that one task makes.
const TASK_IMAGES: usize = 32;

/// The images of one step of a training, with their labels.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    /// The positions of the images in the training set.
    pub(crate) rows: Vec<u32>,
    /// The label of each image.
    pub(crate) labels: Vec<u16>,
    /// The images as the network's input, `[batch, channels, height, width]`, whatever the shape of the set's own.
    pub(crate) images: Vec<f32>,
}

/// The source of a training's batches: images, their augmentation, and the seed of their order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSource<'a> {
    pub(crate) images: &'a DataSet,
    pub(crate) input: &'a ImageInput,
    pub(crate) augmentation: AugmentationPlan,
    /// The seed of the order of the images.
    pub(crate) seed: u64,
    pub(crate) batch_size: usize,
    pub(crate) epochs: usize,
}

impl BatchSource<'_> {
    /// Returns the number of steps of an epoch; the last step may have fewer images.
    pub(crate) fn steps_an_epoch(&self) -> usize {
        self.images.len().div_ceil(self.batch_size)
    }

    /// Returns the images at `rows`, augmented as in `augmentation_epoch`. They are copied from `kept`, the augmented
    /// images of the whole set, where there are such, else drawn. `images` is memory for them.
    pub(crate) fn batch(
        &self,
        rows: &[u32],
        augmentation_epoch: usize,
        kept: Option<&[u8]>,
        mut images: Vec<f32>,
    ) -> Batch {
        let (image_len, seen_len) = (self.images.values(), self.input.values());
        images.resize(rows.len() * seen_len, 0.0);
        let tasks = images.par_chunks_mut(TASK_IMAGES * seen_len).zip(rows.par_chunks(TASK_IMAGES));
        tasks.for_each_init(
            || vec![0u8; TASK_IMAGES * image_len],
            |pixels, (images, rows)| {
                let pixels = &mut pixels[..rows.len() * image_len];
                for (row, augmented) in rows.iter().zip(pixels.chunks_exact_mut(image_len)) {
                    match kept {
                        Some(kept) => {
                            augmented.copy_from_slice(&kept[*row as usize * image_len..][..image_len])
                        }
                        None => self.draw(*row, augmentation_epoch, augmented),
                    }
                }
                self.see(pixels, images);
            },
        );
        let labels = rows.iter().map(|row| self.images.labels()[*row as usize]).collect();
        Batch { rows: rows.to_vec(), labels, images }
    }

    /// Writes the network's input of images, one after another, into `tensor`.
    fn see(&self, images: &[u8], tensor: &mut [f32]) {
        if self.images.shape() == self.input.shape() {
            return vectorised(|| preprocessing::from_bytes_into(images, self.input, tensor));
        }
        let images = images.chunks_exact(self.images.values());
        for (image, tensor) in images.zip(tensor.chunks_exact_mut(self.input.values())) {
            write_input(image, self.images.shape(), self.input, tensor);
        }
    }

    /// Returns what the augmented images show where nothing of their originals lies.
    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings::of(self.input.polarity)
    }

    /// Writes the image at `row`, augmented as in `augmentation_epoch`, into `augmented`, one byte a value.
    pub(crate) fn draw(&self, row: u32, augmentation_epoch: usize, augmented: &mut [u8]) {
        #[cfg(test)]
        drawn::count(self.augmentation.seed);
        let image = SourceImage {
            values: self.images.image(row as usize),
            shape: self.images.shape(),
            surroundings: self.surroundings(),
        };
        self.augmentation.draw(ImageDraw { image, augmentation_epoch, index: row }, augmented);
    }
}

/// The number of images that were drawn in this process, by the seed of their augmentation: a test takes a seed of its own.
#[cfg(test)]
pub(crate) mod drawn {
    use std::collections::HashMap;
    use std::sync::Mutex;

    static DRAWN: Mutex<Option<HashMap<u64, usize>>> = Mutex::new(None);

    pub(super) fn count(seed: u64) {
        *DRAWN.lock().unwrap().get_or_insert_default().entry(seed).or_default() += 1;
    }

    /// Returns the number of images that were drawn with `seed`.
    pub(crate) fn of_seed(seed: u64) -> usize {
        DRAWN.lock().unwrap().as_ref().and_then(|drawn| drawn.get(&seed)).copied().unwrap_or(0)
    }
}

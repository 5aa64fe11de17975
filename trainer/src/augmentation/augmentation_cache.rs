//! The augmented images of a pool on disk: made once, read in every round.
//!
//! In comes an epoch of the pool, out go all its augmented images `[images, channels, height, width]`, one byte a value;
//! the images of one epoch are one file. Augmenting an image costs several times what a small student's step costs for it,
//! and a long training goes round its pool many times.

use std::path::Path;

use rayon::prelude::*;
use safetensors::tensor::Dtype;
use serde::Serialize;

use crate::augmentation::augmentation::{AUGMENTATION_VERSION, Augmentation};
use crate::augmentation::batch_source::BatchSource;
use crate::augmentation::bordered_image::Surroundings;
use crate::augmentation::cached_tensor::{CacheError, CachedTensor};

/// The number of images that one task makes.
const TASK_IMAGES: usize = 256;

/// The augmented images of a pool: those of one epoch in memory, those of the others on disk.
#[derive(Debug)]
pub(crate) struct AugmentationCache<'a> {
    folder: &'a Path,
    /// The SHA-256 of the images before their augmentation.
    data_sha256: &'a str,
    /// The augmented images of `epoch`: `[images, channels, height, width]`, one byte a value.
    pixels: Vec<u8>,
    epoch: Option<usize>,
}

/// All that decides what an augmented image looks like.
#[derive(Debug, Serialize)]
pub(crate) struct AugmentedFrom<'a> {
    imago: &'static str,
    augmentation_version: u32,
    augmentation: Augmentation,
    augmentation_strength: f32,
    augmentation_seed: u64,
    augmentation_epoch: usize,
    data: &'a str,
    /// Whether nearest pixels lie around the images; black is not said, as before there was anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    surroundings: Option<&'static str>,
    /// What pictures were brought to, which their hash does not say; nothing of images that are as their files have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    brought_to: Option<String>,
}

impl<'a> AugmentedFrom<'a> {
    /// Returns what decides the augmented images of one epoch of the pool.
    pub(crate) fn of(source: &BatchSource<'_>, augmentation_epoch: usize, data_sha256: &'a str) -> Self {
        let plan = source.augmentation;
        Self {
            imago: env!("CARGO_PKG_VERSION"),
            augmentation_version: AUGMENTATION_VERSION,
            augmentation: plan.augmentation,
            augmentation_strength: plan.strength,
            // Images as they are have no seed: runs of several share one file.
            augmentation_seed: if plan.augmentation == Augmentation::None { 0 } else { plan.seed },
            augmentation_epoch,
            data: data_sha256,
            surroundings: match source.surroundings() {
                Surroundings::Black => None,
                Surroundings::NearestPixel => Some("nearest_pixel"),
            },
            brought_to: source.images.brought_to().map(str::to_owned),
        }
    }
}

impl<'a> AugmentationCache<'a> {
    /// Returns a cache whose files lie in `folder`, for images of this SHA-256.
    pub(crate) fn in_folder(folder: &'a Path, data_sha256: &'a str) -> Self {
        Self { folder, data_sha256, pixels: Vec::new(), epoch: None }
    }

    /// Returns all images, augmented as in `augmentation_epoch`: `[images, channels, height, width]`, one byte a value.
    ///
    /// # Errors
    /// Where the augmented images cannot be written.
    pub(crate) fn of_epoch(
        &mut self,
        source: &BatchSource<'_>,
        augmentation_epoch: usize,
    ) -> Result<&[u8], CacheError> {
        if self.epoch != Some(augmentation_epoch) {
            self.epoch = None;
            self.load(source, augmentation_epoch)?;
            self.epoch = Some(augmentation_epoch);
        }
        Ok(&self.pixels)
    }

    fn load(&mut self, source: &BatchSource<'_>, augmentation_epoch: usize) -> Result<(), CacheError> {
        let image_len = source.images.values();
        let shape = [&[source.images.len()], source.images.shape().as_slice()].concat();
        let made_of = AugmentedFrom::of(source, augmentation_epoch, self.data_sha256);
        let file = CachedTensor::of(self.folder, &made_of, "augmented", Dtype::U8, shape)?;
        if file.read(&mut self.pixels) {
            return Ok(());
        }
        self.pixels.resize(source.images.len() * image_len, 0);
        let tasks = self.pixels.par_chunks_mut(TASK_IMAGES * image_len).enumerate();
        tasks.for_each(|(task, pixels)| {
            for (row, augmented) in pixels.chunks_exact_mut(image_len).enumerate() {
                source.draw((task * TASK_IMAGES + row) as u32, augmentation_epoch, augmented);
            }
        });
        file.write(&self.pixels)
    }
}

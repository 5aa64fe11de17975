//! The views of a pool on disk: made once, read in every round.
//!
//! A view costs several times what a small student's step costs for its image, and a long training goes round its pool many
//! times. The views of one epoch of the pool are one file.

use std::path::Path;

use rayon::prelude::*;
use safetensors::tensor::Dtype;
use serde::Serialize;

use crate::batches::BatchSource;
use crate::kept_tensor::KeptTensor;
use crate::run_directory::RunError;
use crate::views::{VIEWS_VERSION, Views};

/// Images that one task makes.
const TASK_IMAGES: usize = 256;

/// The views of one epoch of the pool in memory, the others on disk.
#[derive(Debug)]
pub(crate) struct ViewCache<'a> {
    folder: &'a Path,
    /// Of the images.
    data_sha256: &'a str,
    /// Of `epoch`: `[images, height, width]`, one byte a pixel.
    pixels: Vec<u8>,
    epoch: Option<usize>,
}

/// All that decides what a view looks like.
#[derive(Debug, Serialize)]
pub(crate) struct ViewsMadeOf<'a> {
    imago: &'static str,
    views_version: u32,
    views: Views,
    view_strength: f32,
    view_seed: u64,
    view_epoch: usize,
    data: &'a str,
}

impl<'a> ViewsMadeOf<'a> {
    pub(crate) fn of(source: &BatchSource<'_>, view_epoch: usize, data_sha256: &'a str) -> Self {
        let plan = source.views;
        Self {
            imago: env!("CARGO_PKG_VERSION"),
            views_version: VIEWS_VERSION,
            views: plan.views,
            view_strength: plan.strength,
            // Images as they are have no seed: runs of several share one file.
            view_seed: if plan.views == Views::None { 0 } else { plan.seed },
            view_epoch,
            data: data_sha256,
        }
    }
}

impl<'a> ViewCache<'a> {
    pub(crate) fn in_folder(folder: &'a Path, data_sha256: &'a str) -> Self {
        Self { folder, data_sha256, pixels: Vec::new(), epoch: None }
    }

    /// All images in the views of `view_epoch`.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub(crate) fn of_epoch(
        &mut self,
        source: &BatchSource<'_>,
        view_epoch: usize,
    ) -> Result<&[u8], RunError> {
        if self.epoch != Some(view_epoch) {
            self.epoch = None;
            self.load(source, view_epoch)?;
            self.epoch = Some(view_epoch);
        }
        Ok(&self.pixels)
    }

    fn load(&mut self, source: &BatchSource<'_>, view_epoch: usize) -> Result<(), RunError> {
        let [height, width] = source.images.side();
        let shape = vec![source.images.len(), height, width];
        let made_of = ViewsMadeOf::of(source, view_epoch, self.data_sha256);
        let file = KeptTensor::of(self.folder, &made_of, "views", Dtype::U8, shape)?;
        if file.read(&mut self.pixels) {
            return Ok(());
        }
        let image_len = height * width;
        self.pixels.resize(source.images.len() * image_len, 0);
        let tasks = self.pixels.par_chunks_mut(TASK_IMAGES * image_len).enumerate();
        tasks.for_each(|(task, pixels)| {
            for (row, view) in pixels.chunks_exact_mut(image_len).enumerate() {
                source.draw((task * TASK_IMAGES + row) as u32, view_epoch, view);
            }
        });
        file.write(&self.pixels)
    }
}

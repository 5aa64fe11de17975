//! The teachers' logits of every augmented image of an epoch, computed once before the epoch begins.
//!
//! In come teachers and an epoch of the augmentation, out go logits `[images, classes]` for each teacher. Where a
//! training goes round a pool, the same augmented images come again and again: with a cache on disk each teacher
//! computes them once. A file is known by all that made its content (teacher, images, augmentation, device), so a
//! changed teacher or data set never meets logits of another one.

use std::path::Path;

use models::storage::numbers::{from_little_endian, little_endian};
use safetensors::tensor::Dtype;
use serde::Serialize;

use crate::augmentation::augmentation_cache::AugmentedFrom;
use crate::augmentation::batch_source::BatchSource;
use crate::augmentation::cached_tensor::CachedTensor;
use crate::network::answers::batches;
use crate::process::interrupt::Interrupt;
use crate::process::progress::ImageBar;
use crate::teacher::teacher::{Teacher, TeacherError};

/// Teachers, the images that they see, and the folder in which their logits are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TeacherLogits<'a> {
    pub(crate) teachers: &'a [Teacher],
    /// The names of the student's classes, in whose order the logits come.
    pub(crate) labels: &'a [String],
    pub(crate) source: BatchSource<'a>,
    /// The SHA-256 of the images before their augmentation.
    pub(crate) data_sha256: &'a str,
    pub(crate) cache: Option<&'a Path>,
    pub(crate) interrupt: &'a Interrupt,
}

/// All that decides what a file of logits holds.
#[derive(Debug, Serialize)]
struct MadeOf<'a> {
    #[serde(flatten)]
    augmentation: AugmentedFrom<'a>,
    teacher: &'a str,
    device: &'static str,
}

impl TeacherLogits<'_> {
    /// Returns each teacher's logits `[images, classes]`, in the order of the student's classes, of the images augmented as in
    /// `augmentation_epoch`, or `None` where a stop was requested. The teachers see the augmented images in `kept`, `[images,
    /// channels, height, width]` of one byte a value, where there are such; else the images are drawn for each teacher.
    pub(crate) fn of_epoch(
        &self,
        augmentation_epoch: usize,
        kept: Option<&[u8]>,
    ) -> Result<Option<Vec<Vec<f32>>>, TeacherError> {
        let mut logits = Vec::with_capacity(self.teachers.len());
        for teacher in self.teachers {
            match self.of_teacher(teacher, augmentation_epoch, kept)? {
                // Kept are they in the teacher's own order, whoever learns from them.
                Some(of_teacher) => {
                    logits.push(teacher.order("the student", self.labels)?.columns(of_teacher));
                }
                None => return Ok(None),
            }
        }
        Ok(Some(logits))
    }

    fn of_teacher(
        &self,
        teacher: &Teacher,
        augmentation_epoch: usize,
        images: Option<&[u8]>,
    ) -> Result<Option<Vec<f32>>, TeacherError> {
        let count = self.source.images.len();
        let made_of = MadeOf {
            augmentation: AugmentedFrom::of(&self.source, augmentation_epoch, self.data_sha256),
            teacher: &teacher.file.sha256,
            device: if teacher.is_on_cpu() { "cpu" } else { "cuda" },
        };
        let shape = vec![count, teacher.classes()];
        let kept = |folder| CachedTensor::of(folder, &made_of, "logits", Dtype::F32, shape);
        let kept = self.cache.map(kept).transpose()?;
        let mut bytes = Vec::new();
        if kept.as_ref().is_some_and(|kept| kept.read(&mut bytes)) {
            return Ok(Some(from_little_endian(&bytes)));
        }
        let Some(logits) = self.ask(teacher, augmentation_epoch, images)? else { return Ok(None) };
        if let Some(kept) = kept {
            kept.write(&little_endian(&logits))?;
        }
        Ok(Some(logits))
    }

    fn ask(
        &self,
        teacher: &Teacher,
        augmentation_epoch: usize,
        images: Option<&[u8]>,
    ) -> Result<Option<Vec<f32>>, TeacherError> {
        let count = self.source.images.len();
        let bar = ImageBar::start("teacher".to_owned(), count);
        let mut logits = Vec::with_capacity(count * teacher.classes());
        for range in batches(count, teacher.network()) {
            if self.interrupt.is_requested() {
                return Ok(None);
            }
            let rows: Vec<u32> = range.clone().map(|row| row as u32).collect();
            let source = BatchSource { input: teacher.input(), ..self.source };
            let batch = source.batch(&rows, augmentation_epoch, images, Vec::new());
            logits.extend(teacher.logits(&batch.images)?);
            bar.advance(range.len(), String::new());
        }
        Ok(Some(logits))
    }
}

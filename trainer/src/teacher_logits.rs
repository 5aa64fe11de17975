//! What teachers say of every training image in the views of an epoch, computed once before the epoch begins.
//!
//! Where a training goes round a pool of views, the same views come again and again: with a cache on disk each teacher is
//! asked once. A file's name is the SHA-256 of all that made its content (teacher, images, views, device), so a changed
//! teacher or data set never meets logits of another one.

use std::collections::HashMap;
use std::path::Path;

use models::weights::{from_little_endian, little_endian};
use models::{atomic_file, sha256};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;

use crate::batches::BatchSource;
use crate::data_set::CLASSES;
use crate::evaluation::batches;
use crate::interrupt::Interrupt;
use crate::progress::ImageBar;
use crate::run_directory::RunError;
use crate::teacher::{Teacher, TeacherError};
use crate::views::{VIEWS_VERSION, Views};

const METADATA_KEY: &str = "imago.teacher_logits";
const TENSOR: &str = "logits";

/// Whom to ask, of what, and where answers are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TeacherLogits<'a> {
    pub(crate) teachers: &'a [Teacher],
    pub(crate) source: BatchSource<'a>,
    /// Of the images.
    pub(crate) data_sha256: &'a str,
    pub(crate) cache: Option<&'a Path>,
    pub(crate) interrupt: &'a Interrupt,
}

/// All that decides what a file holds.
#[derive(Debug, Serialize)]
struct Key<'a> {
    imago: &'static str,
    views_version: u32,
    views: Views,
    view_seed: u64,
    view_epoch: usize,
    data: &'a str,
    teacher: &'a str,
    device: &'static str,
}

impl TeacherLogits<'_> {
    /// Each teacher's logits `[images, classes]` in the views of `view_epoch`; nothing where it was asked to stop.
    pub(crate) fn of_views(&self, view_epoch: usize) -> Result<Option<Vec<Vec<f32>>>, TeacherError> {
        let mut logits = Vec::with_capacity(self.teachers.len());
        for teacher in self.teachers {
            match self.of_teacher(teacher, view_epoch)? {
                Some(of_teacher) => logits.push(of_teacher),
                None => return Ok(None),
            }
        }
        Ok(Some(logits))
    }

    fn of_teacher(&self, teacher: &Teacher, view_epoch: usize) -> Result<Option<Vec<f32>>, TeacherError> {
        let key = serde_json::to_string(&Key {
            imago: env!("CARGO_PKG_VERSION"),
            views_version: VIEWS_VERSION,
            views: self.source.views,
            // Images as they are have no seed: runs of several share one file.
            view_seed: if self.source.views == Views::None { 0 } else { self.source.view_seed },
            view_epoch,
            data: self.data_sha256,
            teacher: &teacher.file.sha256,
            device: if teacher.is_on_cpu() { "cpu" } else { "cuda" },
        })
        .expect("numbers and texts alone are always JSON");
        let path =
            self.cache.map(|cache| cache.join(format!("{}.safetensors", sha256::hex([key.as_bytes()]))));
        let expected = self.source.images.len() * CLASSES;
        if let Some(kept) = path.as_deref().and_then(|path| read(path, &key, expected)) {
            return Ok(Some(kept));
        }
        let Some(logits) = self.ask(teacher, view_epoch)? else { return Ok(None) };
        if let Some(path) = path {
            write(&path, &key, &logits)?;
        }
        Ok(Some(logits))
    }

    fn ask(&self, teacher: &Teacher, view_epoch: usize) -> Result<Option<Vec<f32>>, TeacherError> {
        let count = self.source.images.len();
        let bar = ImageBar::start("teacher".to_owned(), count);
        let mut logits = Vec::with_capacity(count * CLASSES);
        for range in batches(count, teacher.network()) {
            if self.interrupt.is_asked() {
                return Ok(None);
            }
            let rows: Vec<u32> = range.clone().map(|row| row as u32).collect();
            logits.extend(teacher.logits(&self.source.batch(&rows, view_epoch, Vec::new()).images)?);
            bar.advance(range.len(), String::new());
        }
        Ok(Some(logits))
    }
}

/// A file that is torn, foreign or not there is made anew.
fn read(path: &Path, key: &str, expected: usize) -> Option<Vec<f32>> {
    let content = std::fs::read(path).ok()?;
    let (_, header) = SafeTensors::read_metadata(&content).ok()?;
    if header.metadata().as_ref()?.get(METADATA_KEY)? != key {
        return None;
    }
    let tensors = SafeTensors::deserialize(&content).ok()?;
    let tensor = tensors.tensor(TENSOR).ok()?;
    let values = (tensor.dtype() == Dtype::F32).then(|| from_little_endian(tensor.data()))?;
    (values.len() == expected).then_some(values)
}

fn write(path: &Path, key: &str, logits: &[f32]) -> Result<(), RunError> {
    let io = |source| RunError::Io { path: path.to_owned(), doing: "cannot be written", source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let bytes = little_endian(logits);
    let problem = |error: safetensors::SafeTensorError| RunError::Config {
        path: path.to_owned(),
        problem: error.to_string(),
    };
    let view = TensorView::new(Dtype::F32, vec![logits.len() / CLASSES, CLASSES], &bytes).map_err(problem)?;
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), key.to_owned())]);
    let content = safetensors::serialize([(TENSOR, view)], Some(metadata)).map_err(problem)?;
    Ok(atomic_file::write(path, &content)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_for_its_own_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/logits.safetensors");
        let logits: Vec<f32> = (0..20).map(|index| index as f32).collect();
        assert!(read(&path, "key", 20).is_none());
        write(&path, "key", &logits).unwrap();
        assert_eq!(read(&path, "key", 20), Some(logits));
        assert!(read(&path, "another key", 20).is_none());
        assert!(read(&path, "key", 30).is_none());
        let content = std::fs::read(&path).unwrap();
        std::fs::write(&path, &content[..content.len() - 1]).unwrap();
        assert!(read(&path, "key", 20).is_none());
    }
}

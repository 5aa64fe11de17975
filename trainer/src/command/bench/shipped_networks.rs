//! The measurement of the shipped networks: a device and a batch size in, the times of the steps of teacher and student
//! out, which `scripts/bench-training` compares with another framework's.

use models::network::STUDENT_HIDDEN_UNITS;
use models::process::peak_resident_bytes;
use models::{ModelContract, Network, Provenance};
use serde::Serialize;

use crate::augmentation::augmentation::Augmentation;
use crate::command::bench::timed_network::{Batch, Objective, TimedAugmentation, TimedNetwork};
use crate::network::engine_name::EngineName;

/// The number of classes of the shipped networks.
const CLASSES: usize = 10;

/// The times of the shipped networks' steps on one machine: medians or, for epochs, means, in milliseconds per step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Benchmark {
    /// The device that computed: `cpu` or `cuda`.
    pub device: String,
    /// What computed the layers.
    pub engine: EngineName,
    /// The number of threads in the pool that computes on a CPU.
    pub threads: usize,
    /// The number of images in a step.
    pub batch_size: usize,
    /// The median time of a teacher's training step on hard labels: forward pass with dropout, backward pass and AdamW.
    pub teacher_step_ms: f64,
    /// The median time of the teacher's logits for a batch.
    pub teacher_forward_ms: f64,
    /// The median time of a student's training step on soft targets that are there already: forward pass, backward pass
    /// and AdamW.
    pub student_step_ms: f64,
    /// The median time of the student's logits for a batch.
    pub student_forward_ms: f64,
    /// The mean time per step of the student on hard labels, over whole epochs whose batches are made beside the steps,
    /// without augmentation.
    pub student_epoch_ms: f64,
    /// The mean time per step of the student on hard labels over whole epochs, with elastic augmentation.
    pub student_elastic_epoch_ms: f64,
    /// The mean time per step of the student on hard labels over whole epochs, with elastic augmentation of a pool that
    /// is kept on disk, once the augmented images are there.
    pub student_kept_augmentation_epoch_ms: f64,
    /// The mean time per step of the teacher on hard labels over whole epochs, with elastic augmentation.
    pub teacher_elastic_epoch_ms: f64,
    /// The largest resident memory of the process after the teacher's epochs, in bytes; none where the system does not
    /// say it.
    pub teacher_peak_bytes: Option<u64>,
}

/// Times `teacher_steps` steps of the teacher and thirty times as many of the student.
///
/// # Errors
/// [`candle_core::Error`] where an operation on tensors fails.
pub(super) fn run(batch: Batch<'_>, teacher_steps: usize) -> candle_core::Result<Benchmark> {
    let Batch { batch_size, .. } = batch;
    let timed = |network: &Network| {
        let input = ModelContract::mnist(Provenance::default()).input;
        TimedNetwork::new(network, input, CLASSES, batch)
    };
    let teacher = timed(&Network::teacher())?;
    let student = timed(&Network::student(&STUDENT_HIDDEN_UNITS))?;
    let none = TimedAugmentation { augmentation: Augmentation::None, kept: None };
    let elastic = TimedAugmentation { augmentation: Augmentation::Elastic, kept: None };
    let teacher_elastic_epoch_ms = teacher.mean_step_of_epoch(elastic, teacher_steps)?;
    let folder = tempfile::tempdir()?;
    let kept = TimedAugmentation { kept: Some(folder.path()), ..elastic };
    let student_steps = 30 * teacher_steps;
    Ok(Benchmark {
        device: batch.device_name(),
        engine: batch.engine,
        threads: rayon::current_num_threads(),
        batch_size,
        teacher_elastic_epoch_ms,
        teacher_peak_bytes: peak_resident_bytes(),
        student_epoch_ms: student.mean_step_of_epoch(none, student_steps)?,
        student_elastic_epoch_ms: student.mean_step_of_epoch(elastic, student_steps)?,
        student_kept_augmentation_epoch_ms: student.mean_step_of_epoch(kept, student_steps)?,
        teacher_step_ms: teacher.median_step(Objective::Labels, teacher_steps)?,
        teacher_forward_ms: teacher.median_forward(teacher_steps)?,
        student_step_ms: student.median_step(Objective::SoftTargets, student_steps)?,
        student_forward_ms: student.median_forward(student_steps)?,
    })
}

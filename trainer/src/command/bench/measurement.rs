//! The measurement of `trainer bench`: the shipped networks and random images in, the times of their training steps
//! out, so that it needs no data set.

use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use engine::Draw;
use engine::optimizer::{Optimizer, OptimizerConfig, OptimizerKind};
use models::network::STUDENT_HIDDEN_UNITS;
use models::probability::Temperature;
use models::process::peak_resident_bytes;
use models::random::{Generator, Purpose};
use models::{ModelContract, Network, Provenance};
use serde::Serialize;

use crate::augmentation::augmentation::{Augmentation, AugmentationPlan};
use crate::augmentation::augmentation_cache::AugmentationCache;
use crate::augmentation::batch_source::BatchSource;
use crate::augmentation::batches::Batches;
use crate::data::data_set::DataSet;
use crate::distillation::batch_loss::{distillation_loss, hard_loss};
use crate::distillation::loss_kind::DistillationLoss;
use crate::distillation::soft_targets::SoftTargets;
use crate::network::device_network::DeviceNetwork;
use crate::network::loss_gradient::LossGradient;

/// The number of steps before the clock counts: memory is there by then, and a GPU has compiled its kernels.
const WARM_UP: usize = 3;

/// The number of classes of the shipped networks.
const CLASSES: usize = 10;

/// The times of the shipped networks' steps on one machine: medians or, for epochs, means, in milliseconds per step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Benchmark {
    /// The device that computed: `cpu` or `cuda`.
    pub device: String,
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
pub(super) fn run(
    device: &Device,
    batch_size: usize,
    teacher_steps: usize,
) -> candle_core::Result<Benchmark> {
    let teacher = Timed::new(&Network::teacher(), device, batch_size)?;
    let student = Timed::new(&Network::student(&STUDENT_HIDDEN_UNITS), device, batch_size)?;
    let teacher_elastic_epoch_ms = teacher.mean_step_of_epoch(Augmentation::Elastic, None, teacher_steps)?;
    let folder = tempfile::tempdir()?;
    Ok(Benchmark {
        device: if device.is_cpu() { "cpu".to_owned() } else { "cuda".to_owned() },
        threads: rayon::current_num_threads(),
        batch_size,
        teacher_elastic_epoch_ms,
        teacher_peak_bytes: peak_resident_bytes(),
        student_epoch_ms: student.mean_step_of_epoch(Augmentation::None, None, 30 * teacher_steps)?,
        student_elastic_epoch_ms: student.mean_step_of_epoch(
            Augmentation::Elastic,
            None,
            30 * teacher_steps,
        )?,
        student_kept_augmentation_epoch_ms: student.mean_step_of_epoch(
            Augmentation::Elastic,
            Some(folder.path()),
            30 * teacher_steps,
        )?,
        teacher_step_ms: teacher.median_step(Objective::Labels, teacher_steps)?,
        teacher_forward_ms: teacher.median_forward(teacher_steps)?,
        student_step_ms: student.median_step(Objective::SoftTargets, 30 * teacher_steps)?,
        student_forward_ms: student.median_forward(30 * teacher_steps)?,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Objective {
    Labels,
    SoftTargets,
}

struct Timed {
    network: DeviceNetwork,
    images: Vec<f32>,
    labels: Vec<u16>,
    targets: SoftTargets,
}

impl Timed {
    fn new(network: &Network, device: &Device, batch_size: usize) -> candle_core::Result<Self> {
        let mut generator = Generator::new(1, Purpose::Sample, 0, 0);
        let values: usize = network.input.iter().product();
        let images = (0..batch_size * values).map(|_| generator.unit()).collect();
        let labels = (0..batch_size).map(|_| generator.below(CLASSES as u32) as u16).collect();
        let logits = (0..batch_size * CLASSES).map(|_| generator.symmetric(10.0)).collect();
        let temperature = Temperature::try_from(4.0).unwrap_or(Temperature::ONE);
        let targets = SoftTargets::of_logits(DistillationLoss::SoftenedKl, &[logits], CLASSES, temperature);
        Ok(Self { network: DeviceNetwork::initialise(network, 1, device)?, images, labels, targets })
    }

    fn median_step(&self, objective: Objective, steps: usize) -> candle_core::Result<f64> {
        let mut optimizer = self.optimizer()?;
        median_ms(steps, |step| {
            self.step(&mut optimizer, step, &self.images, |logits| match objective {
                Objective::Labels => hard_loss(logits, &self.labels),
                Objective::SoftTargets => distillation_loss(logits, &self.labels, &self.targets, 1.0),
            })
        })
    }

    fn step(
        &self,
        optimizer: &mut Optimizer,
        step: usize,
        images: &[f32],
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> candle_core::Result<()> {
        let pass = self.network.pass(images, Draw { seed: 1, step: step as u64 }, loss)?;
        optimizer.step(self.network.parameters(), pass.gradients, 1e-3)
    }

    /// Returns the mean time per step, in milliseconds, over whole epochs as a training runs them, without validation
    /// and checkpoints.
    fn mean_step_of_epoch(
        &self,
        augmentation: Augmentation,
        kept: Option<&Path>,
        steps: usize,
    ) -> candle_core::Result<f64> {
        let shape = self.network.network().input;
        let image_len: usize = shape.iter().product();
        let steps_an_epoch = steps.min(20);
        let count = self.labels.len() * steps_an_epoch;
        let mut generator = Generator::new(2, Purpose::Sample, 0, 0);
        let pixels = (0..count * image_len).map(|_| generator.below(256) as u8).collect();
        let labels = (0..count).map(|_| generator.below(CLASSES as u32) as u16).collect();
        let images = DataSet::new(pixels, labels, CLASSES, shape);
        let contract = ModelContract::mnist(Provenance::default());
        // Kept images are there after the first round.
        let (pool, untimed) = if kept.is_some() { (2, 2 * steps_an_epoch) } else { (usize::MAX, WARM_UP) };
        let source = BatchSource {
            images: &images,
            input: &contract.input,
            augmentation: AugmentationPlan { augmentation, strength: 1.0, seed: 1, pool },
            seed: 1,
            batch_size: self.labels.len(),
            epochs: (untimed + steps).div_ceil(steps_an_epoch),
        };
        let mut optimizer = self.optimizer()?;
        let kept = kept.map(|folder| AugmentationCache::in_folder(folder, "random"));
        let mut batches = Batches::from_step(source, kept, 0);
        let mut next = batches.next_batch().map_err(candle_core::Error::wrap)?;
        let mut start = Instant::now();
        for step in 0..untimed + steps {
            if step == untimed {
                start = Instant::now();
            }
            let Some(batch) = next.take() else { break };
            let work =
                || self.step(&mut optimizer, step, &batch.images, |logits| hard_loss(logits, &batch.labels));
            let (done, made) = rayon::join(work, || batches.next_batch());
            done?;
            next = made.map_err(candle_core::Error::wrap)?;
            batches.give_back(batch);
        }
        Ok(start.elapsed().as_secs_f64() * 1e3 / steps as f64)
    }

    fn optimizer(&self) -> candle_core::Result<Optimizer> {
        let config = OptimizerConfig { algorithm: OptimizerKind::Adamw, weight_decay: 0.01, clip_norm: None };
        Optimizer::new(config, self.network.parameters(), self.network.roles())
    }

    fn median_forward(&self, repeats: usize) -> candle_core::Result<f64> {
        median_ms(repeats, |_| self.network.logits(&self.images).map(drop))
    }
}

fn median_ms(
    count: usize,
    mut work: impl FnMut(usize) -> candle_core::Result<()> + Send,
) -> candle_core::Result<f64> {
    let mut times = Vec::with_capacity(count);
    for repeat in 0..WARM_UP + count {
        let start = Instant::now();
        // In the thread pool, where a training's steps are taken too.
        rayon::join(|| work(repeat), || ()).0?;
        if repeat >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(count / 2).copied().unwrap_or(f64::NAN))
}

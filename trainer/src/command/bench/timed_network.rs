//! The measurement of one network: its layers and random images in, the times of its training steps and its answers
//! out, so that it needs no data set.

use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use engine::Draw;
use engine::optimizer::{Optimizer, OptimizerConfig, OptimizerKind};
use models::probability::Temperature;
use models::random::{Generator, Purpose};
use models::{ImageInput, Network};

use crate::augmentation::augmentation::{Augmentation, AugmentationPlan};
use crate::augmentation::augmentation_cache::AugmentationCache;
use crate::augmentation::batch_source::BatchSource;
use crate::augmentation::batches::Batches;
use crate::data::data_set::DataSet;
use crate::distillation::batch_loss::{distillation_loss, hard_loss};
use crate::distillation::loss_kind::DistillationLoss;
use crate::distillation::soft_targets::SoftTargets;
use crate::network::device_network::DeviceNetwork;
use crate::network::engine_name::EngineName;
use crate::network::loss_gradient::LossGradient;

/// The number of images of a step, and what computes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    /// The device that computes.
    pub(super) device: &'a Device,
    /// What computes the layers.
    pub(super) engine: EngineName,
    /// The number of images.
    pub(super) batch_size: usize,
}

impl Batch<'_> {
    /// Returns the word for the device: `cpu` or `cuda`.
    pub(super) fn device_name(&self) -> String {
        if self.device.is_cpu() { "cpu".to_owned() } else { "cuda".to_owned() }
    }
}

/// The number of steps before the clock counts: memory is there by then, and a GPU has compiled its kernels.
const WARM_UP: usize = 3;

/// The most bytes of random images that an epoch is made of: ten batches of 512 colour pictures of 224 × 224 have more.
const MOST_IMAGE_BYTES: usize = 256 << 20;

/// What the network is fitted to in a timed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objective {
    /// Hard labels.
    Labels,
    /// Soft targets that are there already, as a student's are.
    SoftTargets,
}

/// How the images of a timed epoch are augmented.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimedAugmentation<'a> {
    /// The augmentation.
    pub(super) augmentation: Augmentation,
    /// The folder in which augmented images are kept; they are drawn for each batch where there is none.
    pub(super) kept: Option<&'a Path>,
}

/// A network with fresh parameters and a batch of random images for it.
pub(super) struct TimedNetwork {
    network: DeviceNetwork,
    /// How the network reads its images.
    input: ImageInput,
    classes: usize,
    images: Vec<f32>,
    labels: Vec<u16>,
    targets: SoftTargets,
}

impl TimedNetwork {
    /// Returns the network, whose layers must fit together, for batches of `batch_size` images of `input` and answers of
    /// this many classes.
    pub(super) fn new(
        network: &Network,
        input: ImageInput,
        classes: usize,
        batch: Batch<'_>,
    ) -> candle_core::Result<Self> {
        let Batch { device, engine, batch_size } = batch;
        let mut generator = Generator::new(1, Purpose::Sample, 0, 0);
        let values: usize = network.input.iter().product();
        let images = (0..batch_size * values).map(|_| generator.unit()).collect();
        let labels = (0..batch_size).map(|_| generator.below(classes as u32) as u16).collect();
        let logits = (0..batch_size * classes).map(|_| generator.symmetric(10.0)).collect();
        let temperature = Temperature::try_from(4.0).unwrap_or(Temperature::ONE);
        let targets = SoftTargets::of_logits(DistillationLoss::SoftenedKl, &[logits], classes, temperature);
        let network = DeviceNetwork::initialise(network, 1, device, engine)?;
        Ok(Self { network, input, classes, images, labels, targets })
    }

    /// Returns the median time of a training step, in milliseconds: forward pass with dropout, backward pass and AdamW.
    pub(super) fn median_step(&self, objective: Objective, steps: usize) -> candle_core::Result<f64> {
        let mut optimizer = self.optimizer()?;
        median_ms(steps, |step| {
            self.step(&mut optimizer, step, &self.images, |logits| match objective {
                Objective::Labels => hard_loss(logits, &self.labels),
                Objective::SoftTargets => distillation_loss(logits, &self.labels, &self.targets, 1.0),
            })
            .map(drop)
        })
    }

    /// Returns the loss of each of so many training steps on the batch, with hard labels.
    pub(super) fn losses(&self, steps: usize) -> candle_core::Result<Vec<f64>> {
        let mut optimizer = self.optimizer()?;
        let loss = |logits: &[f32]| hard_loss(logits, &self.labels);
        (0..steps).map(|step| self.step(&mut optimizer, step, &self.images, loss)).collect()
    }

    /// Takes a training step and returns the loss before it.
    fn step(
        &self,
        optimizer: &mut Optimizer,
        step: usize,
        images: &[f32],
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> candle_core::Result<f64> {
        let pass = self.network.pass(images, Draw { seed: 1, step: step as u64 }, loss)?;
        optimizer.step(self.network.parameters(), pass.gradients, 1e-3)?;
        Ok(pass.loss)
    }

    /// Returns the mean time per step, in milliseconds, over whole epochs as a training runs them, without validation
    /// and checkpoints.
    pub(super) fn mean_step_of_epoch(
        &self,
        augmentation: TimedAugmentation<'_>,
        steps: usize,
    ) -> candle_core::Result<f64> {
        let TimedAugmentation { augmentation, kept } = augmentation;
        let shape = self.network.network().input;
        let image_len: usize = shape.iter().product();
        let batch_bytes = self.labels.len() * image_len;
        let steps_an_epoch = steps.min(20).min(MOST_IMAGE_BYTES / batch_bytes).max(1);
        let count = self.labels.len() * steps_an_epoch;
        let mut generator = Generator::new(2, Purpose::Sample, 0, 0);
        let pixels = (0..count * image_len).map(|_| generator.below(256) as u8).collect();
        let labels = (0..count).map(|_| generator.below(self.classes as u32) as u16).collect();
        let images = DataSet::new(pixels, labels, self.classes, shape);
        // Kept images are there after the first round.
        let (pool, untimed) = if kept.is_some() { (2, 2 * steps_an_epoch) } else { (usize::MAX, WARM_UP) };
        let source = BatchSource {
            images: &images,
            input: &self.input,
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

    /// Returns the median time of the logits of a batch, in milliseconds.
    pub(super) fn median_forward(&self, repeats: usize) -> candle_core::Result<f64> {
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

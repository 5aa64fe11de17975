//! The loop: epochs of steps, a look at the validation images after each, a checkpoint, and at the end the weights of
//! the best epoch.

use std::time::Instant;

use candle_core::{Device, Tensor};
use models::weights::WeightsProblem;
use models::{ModelContract, Provenance, preprocessing};
use rayon::prelude::*;

use crate::candle_network::{CandleNetwork, Mode};
use crate::checkpoint::{Best, Checkpoint, Position};
use crate::data_set::TrainingData;
use crate::distillation_loss::{SoftTargets, distillation_loss, hard_loss};
use crate::engine::adamw::{AdamW, AdamWConfig};
use crate::evaluation::{Evaluation, evaluate, largest};
use crate::learning_rate::LearningRate;
use crate::progress::ImageBar;
use crate::random;
use crate::run_directory::{EpochMetrics, RunConfig, RunDirectory, RunError};
use crate::teacher::{Teacher, TeacherError, soft_targets, soft_targets_of_set};
use crate::views::{ViewKey, Views};

/// A training that ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The tensors fail.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// The run's directory fails.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A teacher cannot teach this student.
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    /// The weights are not those of the network.
    #[error(transparent)]
    Weights(#[from] WeightsProblem),
    /// The loss is no number any more.
    #[error("epoch {epoch}: the loss became {loss}; a lower --learning-rate may help")]
    Diverged {
        /// Counted from 1.
        epoch: usize,
        /// NaN or infinite.
        loss: f64,
    },
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Whose weights are kept, counted from 1.
    pub best_epoch: usize,
    /// Of that epoch, in [0, 1].
    pub validation_accuracy: f64,
}

/// Trains what `config` describes, from the run's checkpoint if it has one, and writes the run's files.
///
/// # Errors
/// [`TrainingError`]; what the run's directory held before is still there.
pub fn train(
    run: &RunDirectory,
    config: &RunConfig,
    data: &TrainingData,
    teachers: &[Teacher],
    mut after_epoch: impl FnMut(&EpochMetrics),
) -> Result<Outcome, TrainingError> {
    let mut training = Training::start(run, config, data, teachers)?;
    while training.position.epochs < config.epochs {
        let metrics = training.epoch()?;
        training.save(run)?;
        after_epoch(&metrics);
    }
    training.finish(run)
}

struct Training<'a> {
    config: &'a RunConfig,
    data: &'a TrainingData,
    teachers: &'a [Teacher],
    contract: ModelContract,
    network: CandleNetwork,
    optimiser: AdamW,
    schedule: LearningRate,
    /// Of every training image, where images are used as they are.
    fixed_targets: Option<SoftTargets>,
    position: Position,
    best_values: Vec<f32>,
    metrics: Vec<EpochMetrics>,
}

impl<'a> Training<'a> {
    fn start(
        run: &RunDirectory,
        config: &'a RunConfig,
        data: &'a TrainingData,
        teachers: &'a [Teacher],
    ) -> Result<Self, TrainingError> {
        check_teachers(config, teachers)?;
        let contract = ModelContract::mnist(provenance(config));
        let network = CandleNetwork::initialise(&config.network, config.seed)?;
        let adamw = AdamWConfig { weight_decay: config.weight_decay, ..AdamWConfig::default() };
        let optimiser = AdamW::new(network.parameters().to_vec(), adamw)?;
        let steps = steps_an_epoch(config, data) * config.epochs;
        let mut training = Self {
            config,
            data,
            teachers,
            network,
            optimiser,
            schedule: LearningRate { peak: config.learning_rate, steps: steps as u64 },
            fixed_targets: None,
            position: Position::default(),
            best_values: Vec::new(),
            metrics: Vec::new(),
            contract,
        };
        if let Some(checkpoint) = Checkpoint::load(&run.checkpoint_file())? {
            training.restore(run, checkpoint)?;
        }
        if let (Views::None, Some(distillation)) = (config.views, &config.distillation) {
            let (images, input) = (&data.training, &training.contract.input);
            let targets = soft_targets_of_set(teachers, images, input, distillation.temperature)?;
            training.fixed_targets = Some(targets);
        }
        Ok(training)
    }

    fn restore(&mut self, run: &RunDirectory, checkpoint: Checkpoint) -> Result<(), TrainingError> {
        let steps_an_epoch = steps_an_epoch(self.config, self.data);
        let Position { epochs, steps, .. } = checkpoint.position;
        let values = self.config.network.parameter_count();
        let fits = checkpoint.values.len() == values
            && epochs <= self.config.epochs
            && steps == (epochs * steps_an_epoch) as u64;
        if !fits {
            let found = checkpoint.values.len();
            let problem = format!(
                "expected {values} values and {steps_an_epoch} steps an epoch, found {found} values and {steps} steps in \
                 {epochs} epochs"
            );
            return Err(RunError::Config { path: run.checkpoint_file(), problem }.into());
        }
        let lengths: Vec<usize> = self.network.parameters().iter().map(|var| var.elem_count()).collect();
        self.network.set_values(&checkpoint.values)?;
        self.optimiser.restore(checkpoint.position.steps, checkpoint.moment_tensors(&lengths)?)?;
        self.position = checkpoint.position;
        self.best_values = checkpoint.best_values;
        self.metrics = run.metrics(self.position.epochs);
        Ok(())
    }

    /// One pass over the training images and a look at the validation images.
    fn epoch(&mut self) -> Result<EpochMetrics, TrainingError> {
        let start = Instant::now();
        let images = self.data.training.len();
        let epoch = self.position.epochs;
        let order = random::order(self.config.seed, epoch as u64, images);
        let pass = ImageBar::start(format!("epoch {:>3}/{}", epoch + 1, self.config.epochs), images);
        let (mut loss, mut right, mut seen) = (0.0, 0, 0);
        let mut learning_rate = 0.0;
        for rows in order.chunks(self.config.batch_size) {
            learning_rate = self.schedule.at(self.position.steps);
            let step = self.step(rows, learning_rate)?;
            if !step.loss.is_finite() {
                return Err(TrainingError::Diverged { epoch: epoch + 1, loss: step.loss });
            }
            loss += step.loss * rows.len() as f64;
            right += step.right;
            seen += rows.len();
            let (mean, share) = (loss / seen as f64, 100.0 * right as f64 / seen as f64);
            pass.advance(rows.len(), format!("loss {mean:.4} acc {share:.2} %"));
        }
        drop(pass);
        let trained = start.elapsed().as_secs_f64();
        let validation = evaluate(&self.network, &self.data.validation, &self.contract.input)?;
        self.position.epochs += 1;
        self.keep_if_best(&validation)?;
        let metrics = EpochMetrics {
            epoch: epoch + 1,
            training_loss: loss / images as f64,
            training_accuracy: right as f64 / images as f64,
            validation_loss: validation.negative_log_likelihood,
            validation_accuracy: validation.accuracy,
            learning_rate,
            seconds: start.elapsed().as_secs_f64(),
            images_per_second: images as f64 / trained,
        };
        self.metrics.push(metrics.clone());
        Ok(metrics)
    }

    /// One step of the optimiser on the training images `rows`.
    fn step(&mut self, rows: &[u32], learning_rate: f64) -> candle_core::Result<Step> {
        let images = self.images(rows)?;
        let labels: Vec<u32> =
            rows.iter().map(|&row| u32::from(self.data.training.labels()[row as usize])).collect();
        let mode = Mode::Training { seed: self.config.seed, step: self.position.steps };
        let logits = self.network.logits(&images, mode)?;
        let right = logits
            .to_vec2::<f32>()?
            .iter()
            .zip(&labels)
            .filter(|(row, label)| largest(row) == **label as usize)
            .count();
        let loss = self.loss(&logits, &images, rows, labels)?;
        let gradients = loss.backward()?;
        self.optimiser.step(&gradients, learning_rate)?;
        self.position.steps += 1;
        Ok(Step { loss: f64::from(loss.to_scalar::<f32>()?), right })
    }

    fn loss(
        &self,
        logits: &Tensor,
        images: &Tensor,
        rows: &[u32],
        labels: Vec<u32>,
    ) -> candle_core::Result<Tensor> {
        let labels = Tensor::new(labels, &Device::Cpu)?;
        let Some(distillation) = &self.config.distillation else { return hard_loss(logits, &labels) };
        let targets = match &self.fixed_targets {
            Some(targets) => targets.select(&Tensor::new(rows, &Device::Cpu)?)?,
            None => soft_targets(self.teachers, images, distillation.temperature)?,
        };
        distillation_loss(logits, &labels, &targets, distillation.soft_weight)
    }

    /// The views of training images, `[batch, 1, height, width]`.
    fn images(&self, rows: &[u32]) -> candle_core::Result<Tensor> {
        let (images, input) = (&self.data.training, &self.contract.input);
        let [height, width] = images.side();
        let views: Vec<Vec<f32>> = rows
            .par_iter()
            .map_init(
                || vec![0; height * width],
                |view, &row| {
                    let epoch = self.position.epochs as u64;
                    let key = ViewKey { seed: self.config.seed, epoch, index: u64::from(row) };
                    self.config.views.draw(images.image(row as usize), width, key, view);
                    preprocessing::from_bytes(view, input)
                },
            )
            .collect();
        Tensor::from_vec(views.concat(), (rows.len(), 1, height, width), &Device::Cpu)
    }

    fn keep_if_best(&mut self, validation: &Evaluation) -> candle_core::Result<()> {
        let best = &self.position.best;
        let order = (validation.errors, validation.negative_log_likelihood);
        if self.best_values.is_empty() || order < (best.errors, best.loss) {
            self.best_values = self.network.values()?;
            self.position.best = Best {
                epoch: self.position.epochs,
                errors: validation.errors,
                accuracy: validation.accuracy,
                loss: validation.negative_log_likelihood,
            };
        }
        Ok(())
    }

    fn save(&self, run: &RunDirectory) -> Result<(), TrainingError> {
        let (_, moments) = self.optimiser.state();
        let mut flat = Vec::with_capacity(2 * self.config.network.parameter_count());
        for moments in moments {
            flat.extend(moments.flatten_all()?.to_vec1::<f32>()?);
        }
        let checkpoint = Checkpoint {
            position: self.position,
            values: self.network.values()?,
            best_values: self.best_values.clone(),
            moments: flat,
        };
        run.save_metrics(&self.metrics)?;
        Ok(checkpoint.save(&run.checkpoint_file())?)
    }

    fn finish(mut self, run: &RunDirectory) -> Result<Outcome, TrainingError> {
        let best = self.position.best;
        self.contract.provenance.validation_accuracy = Some(best.accuracy);
        self.network.set_values(&self.best_values)?;
        run.save_model(&self.network.to_weights(self.contract)?.to_bytes()?)?;
        Ok(Outcome { best_epoch: best.epoch, validation_accuracy: best.accuracy })
    }
}

/// Checks that every teacher sees what the student of `config` sees and names what it names.
///
/// # Errors
/// [`TeacherError::Mismatch`] for the first that does not.
pub fn check_teachers(config: &RunConfig, teachers: &[Teacher]) -> Result<(), TeacherError> {
    let contract = ModelContract::mnist(provenance(config));
    teachers.iter().try_for_each(|teacher| teacher.check(&config.network, &contract.input, &contract.labels))
}

fn steps_an_epoch(config: &RunConfig, data: &TrainingData) -> usize {
    data.training.len().div_ceil(config.batch_size)
}

struct Step {
    loss: f64,
    right: usize,
}

fn provenance(config: &RunConfig) -> Provenance {
    let distillation = config.distillation.as_ref();
    Provenance {
        producer: format!("imago {}", config.version),
        network: config.network.name.clone(),
        training: config.command.clone(),
        data: data_name(&config.data),
        seed: config.seed,
        epochs: config.epochs,
        teachers: distillation.iter().flat_map(|it| &it.teachers).map(|file| file.sha256.clone()).collect(),
        distillation_temperature: distillation.map(|it| it.temperature.value()),
        soft_weight: distillation.map(|it| it.soft_weight as f32),
        validation_accuracy: None,
    }
}

/// A set's name, or a directory's last part: a model file says nothing of the machine that it was made on.
fn data_name(data: &str) -> String {
    let name = std::path::Path::new(data).file_name();
    name.map_or_else(|| "directory".to_owned(), |name| name.to_string_lossy().into_owned())
}

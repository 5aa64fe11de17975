//! The training loop: a run's configuration, images and teachers in, metrics, checkpoints and at the end the weights of
//! the best epoch out.
//!
//! An epoch is a pass over the images that the network is fitted to, followed by an evaluation on the validation
//! images. Every training of this crate goes through this loop.

use std::time::Instant;

use engine::Draw;
use engine::optimizer::{Optimizer, WeightAverage};
use models::ModelContract;
use models::probability::arg_max;
use models::storage::numbers::first_not_finite;
use models::weights::Weights;

use crate::augmentation::augmentation::{Augmentation, AugmentationPlan};
use crate::augmentation::augmentation_cache::AugmentationCache;
use crate::augmentation::batch_source::{Batch, BatchSource};
use crate::augmentation::batches::Batches;
use crate::data::training_data::TrainingData;
use crate::data::transfer_set::shifted_classes;
use crate::distillation::batch_loss::{distillation_loss, hard_loss};
use crate::distillation::bias_correction::{BiasPrior, correct, frequencies};
use crate::distillation::soft_targets::SoftTargets;
use crate::evaluation::empty_answers::EmptyAnswers;
use crate::evaluation::evaluation::{Evaluation, evaluate};
use crate::network::answers::probabilities_of_set;
use crate::network::device_network::DeviceNetwork;
use crate::network::engine_name::EngineName;
use crate::network::loss_gradient::LossGradient;
use crate::process::progress::ImageBar;
use crate::run::checkpoint::{Best, Checkpoint, EpochSums, Position};
use crate::run::checkpoint_pace::CheckpointPace;
use crate::run::config::RunConfig;
use crate::run::directory::RunDirectory;
use crate::run::finding::finding;
use crate::run::learning_rate::LearningRate;
use crate::run::metrics::EpochMetrics;
use crate::run::options::RunOptions;
use crate::run::outcome::{Ending, Outcome};
use crate::run::run_contract::contract_of_run;
use crate::run::run_error::RunError;
use crate::run::teachers::check_teachers;
use crate::run::time_estimate::{Left, TimeEstimate};
use crate::run::training_error::TrainingError;
use crate::teacher::teacher::Teacher;
use crate::teacher::teacher_logits::TeacherLogits;

/// Trains the network that `config` describes, from the run's checkpoint if it has one, and writes the run's files.
///
/// A training on hard labels has no `teachers`. `after_epoch` is called with the metrics of each epoch as it ends.
///
/// # Errors
/// [`TrainingError`] where the training ends early; what the run's directory held before is still there.
pub fn train(
    run: &RunDirectory,
    config: &RunConfig,
    data: &TrainingData,
    teachers: &[Teacher],
    options: &RunOptions,
    mut after_epoch: impl FnMut(&EpochMetrics),
) -> Result<Ending, TrainingError> {
    let _lock = run.lock()?;
    let folders = data.folder.iter().chain(&data.transfer_folder);
    let skipped: Vec<_> = folders.flat_map(|folder| folder.skipped.iter().cloned()).collect();
    run.name_skipped(&skipped)?;
    check_teachers(config, teachers)?;
    let contract = contract_of_run(config);
    let source = BatchSource {
        images: data.fitted_to(),
        input: &contract.input,
        augmentation: AugmentationPlan {
            augmentation: config.augmentation,
            strength: config.augmentation_strength.unwrap_or(1.0),
            seed: config.augmentation_seed.unwrap_or(config.seed),
            pool: config.augmentation_pool.unwrap_or(config.epochs),
        },
        seed: config.seed,
        batch_size: config.batch_size,
        epochs: config.epochs,
    };
    let teacher_logits = TeacherLogits {
        teachers,
        labels: &contract.labels,
        source,
        data_sha256: config.fitted_sha256(),
        cache: options.logit_cache.as_deref(),
        interrupt: &options.interrupt,
    };
    let mut training = Training::start(run, config, data, teacher_logits, &contract, options)?;
    let folder = options.augmentation_cache.as_deref().filter(|_| config.augmentation != Augmentation::None);
    let kept = folder.map(|folder| AugmentationCache::in_folder(folder, config.fitted_sha256()));
    let mut batches = Batches::from_step(source, kept, training.position.steps as usize);
    let mut next = batches.next_batch()?;
    while training.position.epochs < config.epochs {
        match training.epoch(&mut next, &mut batches)? {
            Some(metrics) => after_epoch(&metrics),
            None => return Ok(Ending::Stopped { epochs: training.position.epochs }),
        }
    }
    training.finish().map(Ending::Finished)
}

struct Training<'a> {
    run: &'a RunDirectory,
    config: &'a RunConfig,
    config_sha256: String,
    data: &'a TrainingData,
    teacher_logits: TeacherLogits<'a>,
    contract: &'a ModelContract,
    options: &'a RunOptions,
    network: DeviceNetwork,
    optimizer: Optimizer,
    schedule: LearningRate,
    average: Option<WeightAverage>,
    /// The soft targets of every image that the network is fitted to, with the augmentation epoch that they belong to.
    targets: Option<(usize, SoftTargets)>,
    position: Position,
    best_values: Vec<f32>,
    pace: CheckpointPace,
    estimate: TimeEstimate,
}

impl<'a> Training<'a> {
    fn start(
        run: &'a RunDirectory,
        config: &'a RunConfig,
        data: &'a TrainingData,
        teacher_logits: TeacherLogits<'a>,
        contract: &'a ModelContract,
        options: &'a RunOptions,
    ) -> Result<Self, TrainingError> {
        let engine = config.engine.unwrap_or(EngineName::of_device(&options.device));
        let network = DeviceNetwork::initialise(&config.network, config.seed, &options.device, engine)?;
        let optimizer = Optimizer::new(config.optimizer, network.parameters(), network.roles())?;
        let average = config.weight_average.map(|decay| WeightAverage::start(decay, network.parameters()));
        let average = average.transpose()?;
        let steps = (teacher_logits.source.steps_an_epoch() * config.epochs) as u64;
        let RunConfig { schedule, learning_rate: peak, warm_up, .. } = *config;
        let mut training = Self {
            run,
            config,
            config_sha256: run.config_sha256()?,
            data,
            teacher_logits,
            contract,
            options,
            network,
            optimizer,
            schedule: LearningRate { schedule, peak, warm_up, steps },
            average,
            targets: None,
            position: Position::default(),
            best_values: Vec::new(),
            pace: CheckpointPace::start(options.checkpoint_interval),
            estimate: TimeEstimate::default(),
        };
        if let Some(checkpoint) = Checkpoint::load(&run.checkpoint_file())? {
            training.restore(checkpoint)?;
        }
        run.keep_metrics(training.position.epochs)?;
        Ok(training)
    }

    fn restore(&mut self, checkpoint: Checkpoint) -> Result<(), TrainingError> {
        let problem = |problem| RunError::Config { path: self.run.checkpoint_file(), problem };
        if checkpoint.config_sha256 != self.config_sha256 {
            let problem = problem(format!(
                "expected a checkpoint of the configuration that is there, of SHA-256 {}, found one of {}; has \
                 config.toml been changed?",
                self.config_sha256, checkpoint.config_sha256
            ));
            return Err(problem.into());
        }
        let Position { epochs, steps, .. } = checkpoint.position;
        let values = self.config.network.parameter_count();
        let first_step = epochs as u64 * self.steps_an_epoch();
        // After an epoch's last step its end may still be to come.
        let in_epoch = (first_step..=first_step + self.steps_an_epoch()).contains(&steps);
        let at_end = epochs == self.config.epochs && steps == first_step;
        let averaged = if self.average.is_some() { values } else { 0 };
        let fits = checkpoint.values.len() == values && checkpoint.average.len() == averaged;
        if !fits || epochs > self.config.epochs || !(in_epoch || at_end) {
            let found = checkpoint.values.len();
            return Err(problem(format!(
                "expected {values} values and {} steps an epoch, found {found} values and {steps} steps in \
                 {epochs} epochs",
                self.steps_an_epoch()
            ))
            .into());
        }
        self.network.set_values(&checkpoint.values)?;
        self.optimizer.restore(steps, &checkpoint.state)?;
        if let Some(average) = &mut self.average {
            average.restore(&checkpoint.average)?;
        }
        self.position = checkpoint.position;
        self.best_values = checkpoint.best_values;
        Ok(())
    }

    fn classes(&self) -> usize {
        self.contract.labels.len()
    }

    fn steps_an_epoch(&self) -> u64 {
        self.teacher_logits.source.steps_an_epoch() as u64
    }

    /// Trains the rest of an epoch and evaluates the network on the validation images; returns nothing where a stop was
    /// requested before the epoch's end.
    fn epoch(
        &mut self,
        next: &mut Option<Batch>,
        batches: &mut Batches<'_>,
    ) -> Result<Option<EpochMetrics>, TrainingError> {
        let number = self.position.epochs + 1;
        if !self.prepare_targets(batches)? {
            self.save()?;
            return Ok(None);
        }
        let bar =
            ImageBar::start(format!("epoch {number:>3}/{}", self.config.epochs), self.data.fitted_to().len());
        bar.advance(self.position.sums.images, String::new());
        let mut learning_rate = self.schedule.at(self.position.steps.saturating_sub(1));
        while self.position.steps < number as u64 * self.steps_an_epoch() {
            let start = Instant::now();
            let Some(batch) = next.take() else { break };
            learning_rate = self.schedule.at(self.position.steps);
            let (step, made) = rayon::join(|| self.step(&batch, learning_rate), || batches.next_batch());
            let (Step { loss, right }, images) = (step?, batch.rows.len());
            *next = made?;
            batches.give_back(batch);
            if !loss.is_finite() {
                return Err(TrainingError::Diverged { epoch: number, what: "the loss", value: loss });
            }
            let sums = &mut self.position.sums;
            sums.images += images;
            sums.loss += loss * images as f64;
            sums.right += right;
            sums.seconds += start.elapsed().as_secs_f64();
            let (mean, share) =
                (sums.loss / sums.images as f64, 100.0 * sums.right as f64 / sums.images as f64);
            bar.advance(images, format!("loss {mean:.4} acc {share:.2} %"));
            self.estimate.step(start.elapsed().as_secs_f64());
            if let Some(sentence) = self.estimate.sentence(self.left()) {
                bar.note(&sentence);
            }
            let stops = self.options.interrupt.is_requested();
            if stops || self.pace.is_due() {
                self.save()?;
            }
            if stops {
                return Ok(None);
            }
        }
        bar.finish();
        self.end_of_epoch(learning_rate).map(Some)
    }

    /// Returns what the training has left to do.
    fn left(&self) -> Left {
        let epochs = self.config.epochs.saturating_sub(self.position.epochs) as u64;
        let rounds = self.teacher_logits.source.augmentation.rounds(self.config.epochs) as u64;
        let targets =
            if self.config.distillation.is_some() { epochs.min(rounds).saturating_sub(1) } else { 0 };
        let all = self.steps_an_epoch() * self.config.epochs as u64;
        Left { steps: all.saturating_sub(self.position.steps), epochs, targets }
    }

    fn end_of_epoch(&mut self, learning_rate: f64) -> Result<EpochMetrics, TrainingError> {
        let start = Instant::now();
        let values = self.judged_values()?;
        if let Some(position) = first_not_finite(&values) {
            let (epoch, value) = (self.position.epochs + 1, values[position].into());
            return Err(TrainingError::Diverged { epoch, what: "a weight", value });
        }
        let judged = self.network.folded_with(&values)?;
        let validation = evaluate(&judged, &self.data.validation, &self.contract.input)?;
        self.estimate.evaluation(start.elapsed().as_secs_f64());
        let EpochSums { images, loss, right, seconds } = std::mem::take(&mut self.position.sums);
        self.position.epochs += 1;
        self.keep_if_best(&validation)?;
        let metrics = EpochMetrics {
            epoch: self.position.epochs,
            training_loss: loss / images as f64,
            training_accuracy: right as f64 / images as f64,
            validation_loss: validation.negative_log_likelihood,
            validation_accuracy: validation.accuracy,
            learning_rate,
            seconds: seconds + start.elapsed().as_secs_f64(),
            images_per_second: images as f64 / seconds,
        };
        self.run.add_metrics(&metrics)?;
        Ok(metrics)
    }

    /// Takes one step of the optimizer.
    fn step(&mut self, batch: &Batch, learning_rate: f64) -> candle_core::Result<Step> {
        let draw = Draw { seed: self.config.seed, step: self.position.steps };
        let targets = self.targets.as_ref().map(|(_, targets)| targets.select(&batch.rows));
        let is_labelled = self.data.fitted_to().is_labelled();
        let (classes, mut right) = (self.classes(), 0);
        let pass = self.network.pass(&batch.images, draw, |logits| {
            let answers = logits.chunks_exact(classes).zip(&batch.labels).enumerate();
            let label_of = |label: u16| is_labelled.then_some(usize::from(label));
            let is_right = |(row, (logits, label)): &(usize, (&[f32], &u16))| {
                Some(arg_max(logits)) == right_class(label_of(**label), targets.as_ref(), *row)
            };
            right = answers.filter(is_right).count();
            self.loss(logits, &batch.labels, targets.as_ref())
        })?;
        self.optimizer.step(self.network.parameters(), pass.gradients, learning_rate)?;
        if let Some(average) = &mut self.average {
            average.follow(self.network.parameters(), self.position.steps)?;
        }
        self.position.steps += 1;
        Ok(Step { loss: pass.loss, right })
    }

    fn loss(&self, logits: &[f32], labels: &[u16], targets: Option<&SoftTargets>) -> LossGradient {
        match (&self.config.distillation, targets) {
            (Some(distillation), Some(targets)) => {
                distillation_loss(logits, labels, targets, distillation.soft_weight)
            }
            _ => hard_loss(logits, labels),
        }
    }

    /// Computes the soft targets of the epoch's augmented images, which are those of `batches` where they are kept;
    /// returns false where a stop was requested before they were there.
    fn prepare_targets(&mut self, batches: &mut Batches<'_>) -> Result<bool, TrainingError> {
        let Some(distillation) = &self.config.distillation else { return Ok(true) };
        let augmentation_epoch =
            self.teacher_logits.source.augmentation.augmentation_epoch(self.position.epochs);
        if self.targets.as_ref().is_some_and(|(of_epoch, _)| *of_epoch == augmentation_epoch) {
            return Ok(true);
        }
        let start = Instant::now();
        let kept = batches.kept_images(augmentation_epoch)?;
        let Some(logits) = self.teacher_logits.of_epoch(augmentation_epoch, kept)? else { return Ok(false) };
        let targets =
            SoftTargets::of_logits(distillation.loss, &logits, self.classes(), distillation.temperature);
        self.targets = Some((augmentation_epoch, targets));
        self.estimate.targets(start.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Returns the values that are evaluated and kept: the moving average of the weights where there is one.
    fn judged_values(&self) -> candle_core::Result<Vec<f32>> {
        self.average.as_ref().map_or_else(|| self.network.values(), WeightAverage::values)
    }

    fn keep_if_best(&mut self, validation: &Evaluation) -> candle_core::Result<()> {
        let best = &self.position.best;
        let order = (validation.errors, validation.negative_log_likelihood);
        if self.best_values.is_empty() || order < (best.errors, best.loss) {
            self.best_values = self.judged_values()?;
            self.position.best = Best {
                epoch: self.position.epochs,
                errors: validation.errors,
                accuracy: validation.accuracy,
                loss: validation.negative_log_likelihood,
            };
        }
        Ok(())
    }

    fn save(&mut self) -> Result<(), TrainingError> {
        let start = Instant::now();
        let checkpoint = Checkpoint {
            config_sha256: self.config_sha256.clone(),
            position: self.position,
            values: self.network.values()?,
            best_values: self.best_values.clone(),
            state: self.optimizer.state()?,
            average: self.average.as_ref().map_or_else(|| Ok(Vec::new()), WeightAverage::values)?,
        };
        checkpoint.save(&self.run.checkpoint_file())?;
        self.pace.saved(start.elapsed());
        Ok(())
    }

    fn finish(mut self) -> Result<Outcome, TrainingError> {
        self.save()?;
        let best = self.position.best;
        let mut contract = self.contract.clone();
        contract.provenance.validation_accuracy = Some(best.accuracy);
        self.network.set_values(&self.best_values)?;
        // Batch norm is folded in: whoever reads the file meets convolutions and linear layers alone.
        let mut weights = self.network.to_weights(contract)?.folded();
        if let Some(prior) = self.config.correct_bias {
            weights = self.corrected(&weights, prior)?;
        }
        weights.finding = self.finding(&weights)?;
        self.run.save_model(&weights.to_bytes()?)?;
        let validation_accuracy = weights.contract.provenance.validation_accuracy.unwrap_or(best.accuracy);
        Ok(Outcome { best_epoch: best.epoch, validation_accuracy, finding: weights.finding })
    }

    /// Returns what speaks against the network as it is kept.
    fn finding(&self, weights: &Weights) -> candle_core::Result<Option<String>> {
        let validation = &self.data.validation;
        let probabilities = probabilities_of_set(weights, validation, &self.options.device)?;
        let answers = EmptyAnswers::in_answers(&probabilities, validation.labels());
        let metrics = self.run.metrics(self.config.epochs);
        Ok(finding(self.config, &metrics, answers, &self.contract.labels))
    }

    /// Returns the network with the biases of the classes that the transfer set lacks, or of all classes where it lacks
    /// none, corrected over the training images, whose labels are not looked at.
    fn corrected(&self, weights: &Weights, prior: BiasPrior) -> Result<Weights, TrainingError> {
        let device = &self.options.device;
        let images = &self.data.training;
        let shifted = shifted_classes(self.config.transfer.as_ref(), &self.contract.labels)?;
        let frequencies = frequencies(prior, self.teacher_logits.teachers, images, &self.contract.labels)?;
        let (mut corrected, _) = correct(weights, images, &frequencies, &shifted, device)?;
        let judged = DeviceNetwork::from_weights(&corrected, device)?;
        let validation = evaluate(&judged, &self.data.validation, &self.contract.input)?;
        corrected.contract.provenance.validation_accuracy = Some(validation.accuracy);
        Ok(corrected)
    }
}

/// Returns the class that an answer should have: the label or, for an image without one, the class that its teachers
/// hold most likely.
fn right_class(label: Option<usize>, targets: Option<&SoftTargets>, row: usize) -> Option<usize> {
    label.or_else(|| targets.map(|targets| arg_max(targets.of_row(row))))
}

struct Step {
    loss: f64,
    right: usize,
}

#[cfg(test)]
mod tests;

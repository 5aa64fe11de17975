//! The arguments that every training takes: words of the command line in, the configuration of a run out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::optimizer::{OptimizerConfig, OptimizerKind};
use models::Network;

use crate::arguments::description_arguments::{DescriptionArguments, described};
use crate::arguments::run_options_arguments::RunOptionsArguments;
use crate::arguments::values::{
    at_least_one, decay, epochs, not_negative, positive, seed, share, strength, under_one,
};
use crate::augmentation::augmentation::Augmentation;
use crate::data::data_directory::DataDirectory;
use crate::data::description::DatasetDescription;
use crate::run::config::RunConfig;
use crate::run::learning_rate::Schedule;
use crate::teacher::teacher::Teacher;

/// The arguments that every training takes.
#[derive(Debug, Clone, Args)]
pub struct TrainingArguments {
    /// Data set: `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// What the data set does not say of itself
    #[command(flatten)]
    pub description: DescriptionArguments,
    /// New directory for the run: config.toml, metrics.jsonl, checkpoint/, model.safetensors
    #[arg(long, value_name = "RUN")]
    pub out: PathBuf,
    /// Passes over the training images
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = epochs, allow_negative_numbers = true)]
    pub epochs: usize,
    /// Images per training step
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch_size: usize,
    /// Peak learning rate of the schedule
    #[arg(long, value_name = "X", default_value_t = 0.002, value_parser = positive, allow_negative_numbers = true)]
    pub learning_rate: f64,
    /// How the learning rate changes over the training
    #[arg(long, value_enum, default_value_t = Schedule::Cosine)]
    pub schedule: Schedule,
    /// Share of all steps in which the learning rate rises to its peak (one-cycle has its own)
    #[arg(long, value_name = "SHARE", default_value_t = 0.03, value_parser = share, allow_negative_numbers = true)]
    pub warm_up: f64,
    /// Optimizer that updates the weights
    #[arg(long, alias = "optimiser", value_enum, default_value_t = OptimizerName::Adamw)]
    pub optimizer: OptimizerName,
    /// Momentum of sgd
    #[arg(long, value_name = "X", default_value_t = 0.9, value_parser = under_one, allow_negative_numbers = true)]
    pub momentum: f32,
    /// Decay of the weights, not of biases and batch norm
    #[arg(long, value_name = "X", default_value_t = 0.01, value_parser = not_negative, allow_negative_numbers = true)]
    pub weight_decay: f32,
    /// Scale gradients of a larger global norm down to this one
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true)]
    pub clip_norm: Option<f64>,
    /// How the training images are augmented
    #[arg(long = "augment", alias = "views", value_name = "PRESET", value_enum, default_value_t = Augmentation::None)]
    pub augmentation: Augmentation,
    /// Scale of affine and elastic augmentation [default: 1]
    #[arg(
        long = "augment-strength",
        alias = "view-strength",
        value_name = "X",
        value_parser = strength,
        allow_negative_numbers = true
    )]
    pub augmentation_strength: Option<f32>,
    /// Repeat the augmented images after N epochs [default: new ones in every epoch]
    #[arg(long = "augment-pool", alias = "view-pool", value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub augmentation_pool: Option<usize>,
    /// Seed of the augmentation alone [default: that of --seed]
    #[arg(long = "augment-seed", alias = "view-seed", value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub augmentation_seed: Option<u64>,
    /// Evaluate and keep a moving average of the weights, with this decay per step (0.999)
    #[arg(long, value_name = "DECAY", value_parser = decay, allow_negative_numbers = true)]
    pub weight_average: Option<f64>,
    /// Seed of all random numbers: the same seed gives the same bits
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// The run options
    #[command(flatten)]
    pub options: RunOptionsArguments,
}

/// The name of an optimizer on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    /// Adam with decoupled weight decay
    Adamw,
    /// Stochastic gradient descent with momentum
    Sgd,
}

impl TrainingArguments {
    /// Returns what the data set is, after these arguments, after itself and, where neither says how pictures are brought to
    /// size, after its `teachers`; says what had to be assumed.
    pub(crate) fn data_set(&self, teachers: &[Teacher]) -> anyhow::Result<DatasetDescription> {
        let resize = teachers.first().and_then(Teacher::resize);
        described(&DataDirectory::find(&self.data), &self.description, resize)
    }
}

/// Returns the configuration of a run of `command` that trains `network` on a set that is described so, without what the
/// commands add: distillation, transfer set and bias correction.
pub(crate) fn config(
    command: &str,
    arguments: &TrainingArguments,
    network: Network,
    data_set: &DatasetDescription,
) -> RunConfig {
    RunConfig {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        data: arguments.data.clone(),
        data_sha256: String::new(),
        seed: arguments.seed,
        epochs: arguments.epochs,
        batch_size: arguments.batch_size,
        learning_rate: arguments.learning_rate,
        schedule: arguments.schedule,
        warm_up: arguments.warm_up,
        augmentation: arguments.augmentation,
        augmentation_seed: arguments.augmentation_seed,
        augmentation_strength: arguments.augmentation_strength,
        augmentation_pool: arguments.augmentation_pool,
        weight_average: arguments.weight_average,
        correct_bias: None,
        optimizer: OptimizerConfig {
            algorithm: match arguments.optimizer {
                OptimizerName::Adamw => OptimizerKind::Adamw,
                OptimizerName::Sgd => OptimizerKind::Sgd { momentum: arguments.momentum },
            },
            weight_decay: arguments.weight_decay,
            clip_norm: arguments.clip_norm,
        },
        data_set: Some(data_set.clone()),
        transfer: None,
        distillation: None,
        network,
    }
}

//! The arguments that every training takes: words of the command line in, the configuration of a run out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::optimizer::{OptimizerConfig, OptimizerKind};
use models::Resize;

use crate::arguments::description_arguments::{DescriptionArguments, described};
use crate::arguments::network_arguments::ChosenNetwork;
use crate::arguments::network_choice::NetworkChoice;
use crate::arguments::run_options_arguments::RunOptionsArguments;
use crate::arguments::values::{
    at_least_one, decay, epochs, not_negative, positive, seed, share, strength, under_one,
};
use crate::augmentation::augmentation::Augmentation;
use crate::data::data_directory::{DataDirectory, Source};
use crate::data::data_error::DataError;
use crate::data::description::DatasetDescription;
use crate::data::input_shape::InputShape;
use crate::network::engine_name::EngineName;
use crate::run::config::RunConfig;
use crate::run::learning_rate::Schedule;
use crate::run::training_defaults::{Purpose, SetFacts, TrainingDefaults, training_defaults};
use crate::teacher::teacher::Teacher;

/// The arguments that every training takes.
#[derive(Debug, Clone, Args)]
pub struct TrainingArguments {
    /// Data set: a directory with a folder of pictures for each class, or with train, validation and test above such
    /// folders; a CSV file with path and label; `mnist`, `fashion-mnist`, `cifar-10`, or a directory with such files
    #[arg(long, value_name = "DIR|MANIFEST|NAME")]
    pub data: String,
    /// What the data set does not say of itself
    #[command(flatten)]
    pub description: DescriptionArguments,
    /// New directory for the run: config.toml, metrics.jsonl, checkpoint/, model.safetensors
    #[arg(long, value_name = "RUN")]
    pub out: PathBuf,
    /// Passes over the training images [default: 15 for digits, else by their number]
    #[arg(long, value_name = "N", value_parser = epochs, allow_negative_numbers = true)]
    pub epochs: Option<usize>,
    /// Images per training step [default: 512 for digits, else by their number]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub batch_size: Option<usize>,
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
    /// How the training images are augmented [default: none for digits, photos or affine for pictures]
    #[arg(long = "augment", alias = "views", value_name = "PRESET", value_enum)]
    pub augmentation: Option<Augmentation>,
    /// Scale of the bounds of affine, elastic and photos augmentation [default: 1]
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
    /// Evaluate and keep a moving average of the weights, with this decay per step (0.999); 0 keeps none [default: none for
    /// digits, 0.99 for pictures]
    #[arg(long, value_name = "DECAY", value_parser = decay, allow_negative_numbers = true)]
    pub weight_average: Option<f64>,
    /// What computes the layers: Imago's kernels, on the CPU, or candle [default: imago on the CPU, candle elsewhere]
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub engine: Option<EngineName>,
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
    pub(crate) fn data_set(&self, teachers: &[Teacher]) -> anyhow::Result<DescribedSet> {
        let resize = teachers.first().and_then(Teacher::resize);
        let directory = DataDirectory::find(&self.data);
        let description = described(&directory, &self.described_like(&directory, teachers)?, resize)?;
        Ok(DescribedSet::of(&directory, description)?)
    }

    /// Returns what these arguments say of the set, with the input of the first teacher where nobody says one for pictures.
    fn described_like(
        &self,
        directory: &DataDirectory,
        teachers: &[Teacher],
    ) -> Result<DescriptionArguments, DataError> {
        let mut arguments = self.description.clone();
        let has_pictures = matches!(directory.source()?, Source::Folders | Source::Manifest(_));
        let own = directory.own_description()?.and_then(|own| own.input);
        if let (true, None, Some(teacher)) = (has_pictures, arguments.input.or(own), teachers.first()) {
            arguments.input = InputShape::checked(teacher.input().shape());
        }
        Ok(arguments)
    }

    /// Returns what a training for `purpose` does on `set` where these arguments say nothing.
    pub(crate) fn defaults(&self, purpose: Purpose, set: &DescribedSet) -> TrainingDefaults {
        training_defaults(purpose, set.facts())
    }
}

/// A data set with what is known of it before its images are read.
#[derive(Debug, Clone)]
pub(crate) struct DescribedSet {
    pub(crate) description: DatasetDescription,
    /// The number of images that train, roughly.
    images: usize,
    is_idx: bool,
}

impl DescribedSet {
    /// Returns what is known of the set in `directory`, which is described so.
    pub(crate) fn of(directory: &DataDirectory, description: DatasetDescription) -> Result<Self, DataError> {
        let directory = directory.clone().described_as(description.clone());
        let is_idx = directory.source()? == Source::Idx;
        Ok(Self { description, images: directory.about_so_many_train()?, is_idx })
    }

    /// Returns MNIST, for tests.
    #[cfg(test)]
    pub(crate) fn of_digits() -> Self {
        Self { description: DatasetDescription::mnist(), images: 55_000, is_idx: true }
    }

    /// Returns the same set with another description.
    pub(crate) fn described_as(&self, description: DatasetDescription) -> Self {
        Self { description, ..self.clone() }
    }

    /// Returns what is known of the set before its images are read.
    pub(crate) fn facts(&self) -> SetFacts {
        SetFacts {
            shape: self.description.image_shape(),
            resize: self.description.resize,
            classes: self.description.classes.len(),
            images: self.images,
            is_idx: self.is_idx,
        }
    }
}

/// A choice that nobody has said: option, value and reason.
type ChosenOption = (&'static str, String, String);

/// Returns lines about what was chosen for a training, since nobody said it, each with the reason. One line says it of
/// sets like MNIST, whose choices have one reason.
pub(crate) fn chosen_lines(
    arguments: &TrainingArguments,
    network: Option<&NetworkChoice>,
    set: &DescribedSet,
    defaults: &TrainingDefaults,
) -> Vec<String> {
    let mut options = if set.is_idx { Vec::new() } else { chosen_input(&arguments.description, set) };
    options.extend(chosen_training(arguments, network, defaults));
    if options.is_empty() {
        return Vec::new();
    }
    if set.facts().is_like_mnist() {
        let options: Vec<String> =
            options.iter().map(|(option, value, _)| format!("{option} {value}")).collect();
        return vec![format!("chosen, as for MNIST: {}", options.join(", "))];
    }
    let line =
        |(option, value, reason): ChosenOption| format!("  {:<25} {reason}", format!("{option} {value}"));
    let lines = options.into_iter().map(line);
    std::iter::once("chosen, since nothing else was asked for:".to_owned()).chain(lines).collect()
}

/// Returns how pictures are brought to size, where nobody said it.
fn chosen_input(asked: &DescriptionArguments, set: &DescribedSet) -> Vec<ChosenOption> {
    let DatasetDescription { input, resize, .. } = &set.description;
    let colours = if set.description.image_shape()[0] == 1 { "grey" } else { "coloured" };
    let reason = format!("the pictures are {colours}, and most as large");
    let shape = ("--input", input.map(String::from).unwrap_or_default(), reason);
    let resize = ("--resize", resize.to_string(), resize_in_words(*resize).to_owned());
    let unasked = [(asked.input.is_none(), shape), (asked.resize.is_none(), resize)];
    unasked.into_iter().filter_map(|(is_chosen, option)| is_chosen.then_some(option)).collect()
}

/// Returns how a network is trained, where nobody said it.
fn chosen_training(
    arguments: &TrainingArguments,
    network: Option<&NetworkChoice>,
    defaults: &TrainingDefaults,
) -> Vec<ChosenOption> {
    let TrainingDefaults { network: of_network, augmentation, epochs, batch_size, weight_average } = defaults;
    let preset = augmentation.value.to_possible_value().map(|it| it.get_name().to_owned());
    let mut options = Vec::new();
    let mut add = |is_asked: bool, option, value, reason: &str| {
        if !is_asked {
            options.push((option, value, reason.to_owned()));
        }
    };
    add(network.is_some(), "--network", of_network.value.to_string(), &of_network.reason);
    add(arguments.augmentation.is_some(), "--augment", preset.unwrap_or_default(), &augmentation.reason);
    add(arguments.epochs.is_some(), "--epochs", epochs.value.to_string(), &epochs.reason);
    add(arguments.batch_size.is_some(), "--batch-size", batch_size.value.to_string(), &batch_size.reason);
    if let Some(average) = weight_average {
        let (asked, value) = (arguments.weight_average.is_some(), average.value.to_string());
        add(asked, "--weight-average", value, &average.reason);
    }
    options
}

pub(crate) fn resize_in_words(resize: Resize) -> &'static str {
    match resize {
        Resize::Fit => "the whole picture, with padding",
        Resize::Fill => "cropped to the middle",
        Resize::Stretch => "whatever the proportions",
        Resize::Ink { .. } => "framed by the ink",
    }
}

/// Returns the configuration of a run of `command` that trains the network `chosen` on a set that is described so, without what the
/// commands add: distillation, transfer set and bias correction.
pub(crate) fn config(
    command: &str,
    arguments: &TrainingArguments,
    chosen: ChosenNetwork,
    set: &DescribedSet,
    defaults: &TrainingDefaults,
) -> RunConfig {
    RunConfig {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        network_from: Some(chosen.name),
        data: arguments.data.clone(),
        data_sha256: String::new(),
        seed: arguments.seed,
        epochs: arguments.epochs.unwrap_or(defaults.epochs.value),
        batch_size: arguments.batch_size.unwrap_or(defaults.batch_size.value),
        learning_rate: arguments.learning_rate,
        schedule: arguments.schedule,
        warm_up: arguments.warm_up,
        augmentation: arguments.augmentation.unwrap_or(defaults.augmentation.value),
        augmentation_seed: arguments.augmentation_seed,
        augmentation_strength: arguments.augmentation_strength,
        augmentation_pool: arguments.augmentation_pool,
        weight_average: arguments.weight_average.or(defaults.weight_average.as_ref().map(|it| it.value)),
        correct_bias: None,
        optimizer: OptimizerConfig {
            algorithm: match arguments.optimizer {
                OptimizerName::Adamw => OptimizerKind::Adamw,
                OptimizerName::Sgd => OptimizerKind::Sgd { momentum: arguments.momentum },
            },
            weight_decay: arguments.weight_decay,
            clip_norm: arguments.clip_norm,
        },
        engine: arguments.engine,
        data_set: Some(set.description.clone()),
        augmented_input: None,
        transfer: None,
        distillation: None,
        network: chosen.network,
    }
}

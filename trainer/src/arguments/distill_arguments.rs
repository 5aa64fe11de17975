//! The arguments of `trainer distill`: words of the command line in, the configuration of a distillation out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use models::probability::Temperature;

use crate::arguments::network_arguments::StudentNetworkArguments;
use crate::arguments::network_choice::NetworkChoiceError;
use crate::arguments::student_arguments::ClassFilter;
use crate::arguments::training_arguments::{DescribedSet, TrainingArguments, config};
use crate::arguments::transfer_arguments::TransferArguments;
use crate::arguments::values::{not_negative, share};
use crate::data::input_shape::InputShape;
use crate::data::transfer_set::TransferConfig;
use crate::distillation::bias_correction::BiasPrior;
use crate::distillation::loss_kind::DistillationLoss;
use crate::run::config::{DistillationConfig, RunConfig};
use crate::run::training_defaults::Purpose;
use crate::teacher::teacher::Teacher;

/// The soft weight W where none is given, for images with labels.
pub(crate) const DEFAULT_SOFT_WEIGHT: f64 = 0.9;

/// The arguments of `trainer distill`.
#[derive(Debug, Clone, Args)]
pub struct DistillArguments {
    /// The arguments that every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// The student's network
    #[command(flatten)]
    pub network: StudentNetworkArguments,
    /// Runs or safetensors files; the probabilities of several are averaged
    #[arg(long, value_name = "RUN|FILE", required = true, num_args = 1..)]
    pub teacher: Vec<PathBuf>,
    /// Temperature of the soft targets and of the student's softmax beside them; the exported student answers at 1
    #[arg(long, value_name = "T", default_value = "4", allow_negative_numbers = true)]
    pub temperature: Temperature,
    /// How the student's logits are compared with the teacher's
    #[arg(long, value_enum, default_value_t = LossName::SoftenedKl)]
    pub loss: LossName,
    /// α and β of the loss dkd
    #[arg(long, value_name = "α,β", num_args = 2, value_delimiter = ',', default_values_t = [1.0, 8.0],
          value_parser = not_negative, allow_negative_numbers = true)]
    pub dkd: Vec<f32>,
    /// Keep teachers' logits in this directory: with --augment-pool each augmented image is shown to a teacher once
    #[arg(long, value_name = "DIR")]
    pub logit_cache: Option<PathBuf>,
    /// W in W·soft + (1 - W)·hard [default: 0.9; 1, and nothing else, for images without labels]
    #[arg(long, value_name = "W", value_parser = share, allow_negative_numbers = true)]
    pub soft_weight: Option<f64>,
    /// The images to train on, where they are others than those of --data
    #[command(flatten)]
    pub transfer: TransferArguments,
    /// The classes to train on
    #[command(flatten)]
    pub filter: ClassFilter,
    /// At the end, shift the biases of the classes that --without or --only leave out (of all where neither is given)
    /// until their mean probability over the training images of --data, labels unseen, is the teachers', or uniform
    #[arg(long, value_enum, value_name = "PRIOR", num_args = 0..=1, require_equals = true,
          default_missing_value = "teacher")]
    pub correct_bias: Option<BiasPrior>,
    /// Afterwards train the same network on hard labels alone, in RUN-hard-labels, and say whether the student is ahead of
    /// it; given again, the command goes on where it was stopped
    #[arg(long)]
    pub baseline: bool,
}

/// The name of a loss of distillation on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Cross entropy of softened probabilities, times T²
    SoftenedKl,
    /// Half the squared difference of logits
    LogitMse,
    /// Decoupled: the right class against the others, and the others among themselves
    Dkd,
    /// As softened-kl, of standardized logits
    #[value(alias = "standardised-kl")]
    StandardizedKl,
}

/// Returns the configuration of the run that `arguments` ask for, with `teachers`, which are loaded already, on a set that
/// is described so; or why the network has no layers for its images.
pub(crate) fn distill_config(
    arguments: &DistillArguments,
    teachers: &[Teacher],
    set: &DescribedSet,
) -> Result<RunConfig, NetworkChoiceError> {
    let distillation = DistillationConfig {
        loss: match (arguments.loss, arguments.dkd.as_slice()) {
            (LossName::LogitMse, _) => DistillationLoss::LogitMse,
            (LossName::Dkd, [alpha, beta, ..]) => DistillationLoss::Dkd { alpha: *alpha, beta: *beta },
            (LossName::StandardizedKl, _) => DistillationLoss::StandardizedKl,
            _ => DistillationLoss::SoftenedKl,
        },
        temperature: arguments.temperature,
        soft_weight: arguments.soft_weight.unwrap_or(DEFAULT_SOFT_WEIGHT),
        teachers: teachers.iter().map(|teacher| teacher.file.clone()).collect(),
    };
    let defaults = arguments.training.defaults(Purpose::DistilledStudent, set);
    let network = arguments.network.network(&defaults.network.value, &set.description)?;
    let config = config("distill", &arguments.training, network, set, &defaults);
    let ClassFilter { without, only } = &arguments.filter;
    Ok(RunConfig {
        distillation: Some(distillation),
        transfer: TransferConfig::of(arguments.transfer.transfer.clone(), without, only),
        correct_bias: arguments.correct_bias,
        augmented_input: augmented_input(set.description.image_shape(), teachers),
        ..config
    })
}

/// Returns the shape at which images are augmented where a teacher sees larger ones than a student of `shape`.
fn augmented_input(shape: [usize; 3], teachers: &[Teacher]) -> Option<InputShape> {
    let larger = |shape: [usize; 3], teacher: &Teacher| {
        let of_teacher = teacher.input().shape();
        std::array::from_fn(|side| shape[side].max(of_teacher[side]))
    };
    let augmented: [usize; 3] = teachers.iter().fold(shape, larger);
    (augmented != shape).then_some(InputShape(augmented))
}

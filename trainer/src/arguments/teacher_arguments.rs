//! The arguments of `trainer teacher`: words of the command line in, the configuration of a teacher's training out.

use clap::Args;

use crate::arguments::network_arguments::NetworkArguments;
use crate::arguments::network_choice::NetworkChoiceError;
use crate::arguments::training_arguments::{DescribedSet, TrainingArguments, config};
use crate::run::config::RunConfig;
use crate::run::training_defaults::Purpose;

/// The arguments of `trainer teacher`.
#[derive(Debug, Args)]
pub struct TeacherArguments {
    /// The arguments that every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// The teacher's network
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// Returns the configuration of the run that `arguments` ask for, on a set that is described so, or why the network has no
/// layers for its images.
pub(crate) fn teacher_config(
    arguments: &TeacherArguments,
    set: &DescribedSet,
) -> Result<RunConfig, NetworkChoiceError> {
    let defaults = arguments.training.defaults(Purpose::Teacher, set);
    let network = arguments.network.network(&defaults.network.value, &set.description)?;
    Ok(config("teacher", &arguments.training, network, set, &defaults))
}

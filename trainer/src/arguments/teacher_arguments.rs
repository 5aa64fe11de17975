//! The arguments of `trainer teacher`: words of the command line in, the configuration of a teacher's training out.

use clap::Args;
use models::network::Preset;

use crate::arguments::network_arguments::NetworkArguments;
use crate::arguments::training_arguments::{TrainingArguments, config};
use crate::data::description::DatasetDescription;
use crate::run::config::RunConfig;

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

/// Returns the configuration of the run that `arguments` ask for, on a set that is described so.
pub(crate) fn teacher_config(arguments: &TeacherArguments, data_set: &DatasetDescription) -> RunConfig {
    let preset = arguments.network.preset(Preset::Kariya2018);
    let network = preset.network(data_set.image_shape(), data_set.classes.len());
    config("teacher", &arguments.training, network, data_set)
}

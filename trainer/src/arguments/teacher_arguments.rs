//! The arguments of `trainer teacher`.

use clap::Args;
use models::network::Preset;

use crate::arguments::network_arguments::NetworkArguments;
use crate::arguments::training_arguments::{TrainingArguments, config};
use crate::run::config::RunConfig;

/// `teacher`.
#[derive(Debug, Args)]
pub struct TeacherArguments {
    /// What every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// Which network
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// Returns the configuration of the run that `arguments` ask for.
pub(crate) fn teacher_config(arguments: &TeacherArguments) -> RunConfig {
    let network = arguments.network.preset(Preset::Kariya2018).network();
    config("teacher", &arguments.training, network)
}

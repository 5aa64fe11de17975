//! The arguments of `trainer student`: words of the command line in, the configuration of a training on hard labels
//! out.

use clap::Args;

use crate::arguments::network_arguments::StudentNetworkArguments;
use crate::arguments::network_choice::NetworkChoiceError;
use crate::arguments::training_arguments::{DescribedSet, TrainingArguments, config};
use crate::data::transfer_set::TransferConfig;
use crate::run::config::RunConfig;
use crate::run::training_defaults::Purpose;

/// The arguments of `trainer student`.
#[derive(Debug, Args)]
pub struct StudentArguments {
    /// The arguments that every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// The student's network
    #[command(flatten)]
    pub network: StudentNetworkArguments,
    /// The classes to train on
    #[command(flatten)]
    pub filter: ClassFilter,
}

/// The arguments that choose which classes are trained on.
#[derive(Debug, Clone, Args)]
pub struct ClassFilter {
    /// Train on no image of these classes; validation keeps all classes
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',', conflicts_with = "only")]
    pub without: Vec<String>,
    /// Train on images of these classes alone; validation keeps all classes
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',')]
    pub only: Vec<String>,
}

/// Returns the configuration of the run that `arguments` ask for, on a set that is described so, or why the network has no
/// layers for its images.
pub(crate) fn student_config(
    arguments: &StudentArguments,
    set: &DescribedSet,
) -> Result<RunConfig, NetworkChoiceError> {
    let ClassFilter { without, only } = &arguments.filter;
    let defaults = arguments.training.defaults(Purpose::Student, set);
    let network = arguments.network.network(&defaults.network.value, &set.description)?;
    let config = config("student", &arguments.training, network, set, &defaults);
    Ok(RunConfig { transfer: TransferConfig::of(None, without, only), ..config })
}

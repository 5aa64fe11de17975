//! The model contract of a run's network: a run's configuration in, what its network expects of a picture and how it
//! names its answers out.

use models::ModelContract;

use crate::run::config::RunConfig;
use crate::run::provenance::provenance;

/// Returns the contract of the network that `config` trains, without what is not known before the end.
pub(crate) fn contract_of_run(config: &RunConfig) -> ModelContract {
    config.data_set().contract(provenance(config))
}

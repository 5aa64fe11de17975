//! The weights of an unfinished run: a run's directory in, the weights of its best epoch so far out, for whoever cannot
//! wait for its end.

use std::path::Path;

use models::weights::Weights;

use crate::run::checkpoint::{Checkpoint, Position};
use crate::run::directory::{RunDirectory, load_weights};
use crate::run::run_contract::contract_of_run;
use crate::run::run_error::RunError;

/// Reads the weights of a run's best epoch so far from its last checkpoint; for a finished run or a safetensors file,
/// the weights that it holds.
///
/// # Errors
/// [`RunError`] where no epoch has ended yet or a file cannot be used.
pub fn load_weights_so_far(path: &Path) -> Result<Weights, RunError> {
    if !path.is_dir() {
        return load_weights(path);
    }
    let (run, config) = RunDirectory::open(path)?;
    if run.has_finished() {
        return load_weights(path);
    }
    let problem = |problem: String| RunError::Config { path: run.checkpoint_file(), problem };
    let checkpoint = Checkpoint::load(&run.checkpoint_file())?;
    let checkpoint = checkpoint.filter(|checkpoint| !checkpoint.best_values.is_empty());
    let none = || problem("expected a checkpoint after an epoch, found none yet".to_owned());
    let Checkpoint { position: Position { epochs, best, .. }, best_values, .. } =
        checkpoint.ok_or_else(none)?;
    let mut contract = contract_of_run(&config);
    (contract.provenance.epochs, contract.provenance.validation_accuracy) = (epochs, Some(best.accuracy));
    let weights = Weights { network: config.network, contract, values: best_values, finding: None };
    // They are written and read as a finished run's file would be: what is wrong with it is found here.
    let bytes = weights.to_bytes().map_err(|error| problem(error.to_string()))?;
    Weights::from_bytes(&bytes).map_err(|error| problem(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::description::DatasetDescription;
    use crate::run::directory::tests::config;

    #[test]
    fn the_contract_is_that_of_the_runs_data_set() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config();
        config.data_set = Some(DatasetDescription::fashion_mnist());
        let run = RunDirectory::create(&folder.path().join("run"), &config).unwrap();
        let values = vec![0.5; config.network.parameter_count()];
        let checkpoint = Checkpoint {
            config_sha256: String::new(),
            position: Position::default(),
            values: values.clone(),
            best_values: values,
            state: vec![],
            average: vec![],
        };
        checkpoint.save(&run.checkpoint_file()).unwrap();
        let weights = load_weights_so_far(run.path()).unwrap();
        let provenance = weights.contract.provenance.clone();
        assert_eq!(weights.contract, models::ModelContract::fashion_mnist(provenance));
    }
}

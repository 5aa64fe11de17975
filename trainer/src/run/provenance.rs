//! The provenance of a network: a run's configuration in, what a model file says of that run out, without a trace of
//! the machine.

use models::Provenance;

use crate::data::transfer_set::TransferConfig;
use crate::run::config::RunConfig;

/// Returns the provenance of the network that `config` trains, without validation accuracy and bias shifts, which are
/// not known before the end.
pub(crate) fn provenance(config: &RunConfig) -> Provenance {
    let distillation = config.distillation.as_ref();
    Provenance {
        producer: format!("imago {}", config.version),
        network: config.network.name.clone(),
        training: config.command.clone(),
        data: data_name(&config.data),
        seed: config.seed,
        epochs: config.epochs,
        teachers: distillation.iter().flat_map(|it| &it.teachers).map(|file| file.sha256.clone()).collect(),
        distillation_temperature: distillation.map(|it| it.temperature.value()),
        soft_weight: distillation.map(|it| it.soft_weight as f32),
        transfer: config.transfer.as_ref().map(TransferConfig::describe),
        bias_shifts: Vec::new(),
        validation_accuracy: None,
    }
}

/// Returns a set's name, or a directory's last part: a model file says nothing of the machine that it was made on.
fn data_name(data: &str) -> String {
    let name = std::path::Path::new(data).file_name();
    name.map_or_else(|| "directory".to_owned(), |name| name.to_string_lossy().into_owned())
}

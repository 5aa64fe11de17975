//! The images of a run: a run's configuration in, the images that it is fitted to and evaluated on out.
//!
//! The validation images are those of the run's data set, whatever the run is fitted to. Hashes of the images go into
//! the configuration, so that a run goes on with the images that it began with.

use std::path::Path;

use models::ImageInput;

use crate::data::channel_statistics::ChannelStatistics;
use crate::data::data_directory::DataDirectory;
use crate::data::data_error::DataError;
use crate::data::folder_report::SkippingRules;
use crate::data::network_view::resize_at;
use crate::data::training_data::TrainingData;
use crate::data::transfer_set::{FittedTo, LabelsBy, TransferError, TransferImages, transfer_set};
use crate::run::config::RunConfig;
use crate::run::directory::RunDirectory;
use crate::run::run_contract::contract_of_run;

/// Reads the images that a new run is fitted to and evaluated on, and writes their hashes into its configuration, with mean
/// and deviation of the channels where the set does not say them. Pictures that can't be read are dealt with as `rules` say.
///
/// # Errors
/// [`TransferError`] where the data set or the transfer set cannot be used.
pub fn load(config: &mut RunConfig, rules: SkippingRules) -> Result<TrainingData, TransferError> {
    let directory = config.data_directory();
    let wants_statistics = directory.wants_statistics()?;
    let data = directory.training_data()?;
    if let Some(folder) = &data.folder {
        folder.check(directory.path(), rules).map_err(DataError::from)?;
    }
    directory.check_for_training(&data)?;
    if wants_statistics {
        let found = ChannelStatistics::of(&data.training);
        let mut data_set = config.data_set();
        (data_set.mean, data_set.standard_deviation) = (Some(found.mean), Some(found.standard_deviation));
        config.data_set = Some(data_set);
    }
    fit(config, &directory, data, LabelsBy::Names, rules)
}

/// Brings the images of the set to what the run is fitted to: those of its transfer set, at the size at which images are
/// augmented.
fn fit(
    config: &mut RunConfig,
    directory: &DataDirectory,
    data: TrainingData,
    labels: LabelsBy<'_>,
    rules: SkippingRules,
) -> Result<TrainingData, TransferError> {
    let contract = contract_of_run(config);
    let input = augmented_input(config, &contract.input);
    let mut fitted = match input.shape() == contract.input.shape() {
        true => data.clone(),
        false => directory.seen_by(&input).training_data()?,
    };
    config.data_sha256 = fitted.sha256();
    if let Some(transfer) = &mut config.transfer {
        let to = FittedTo { name: &config.data, data: &fitted, contract: &contract, input: &input };
        let TransferImages { images, folder, note } = transfer_set(transfer, to, labels, rules)?;
        (transfer.images, transfer.labelled) = (images.len(), images.is_labelled());
        transfer.skipped = folder.as_ref().map_or(0, |folder| folder.skipped.len());
        transfer.sha256 = images.sha256();
        (fitted.transfer, fitted.transfer_folder, fitted.transfer_note) = (Some(images), folder, note);
    }
    // The network is judged by what it will see.
    Ok(TrainingData { validation: data.validation, ..fitted })
}

/// Returns what images are brought to before they are augmented: the network's own input, or a larger one of a teacher.
fn augmented_input(config: &RunConfig, own: &ImageInput) -> ImageInput {
    match config.augmented_input {
        None => own.clone(),
        Some(shape) => ImageInput::version_2(shape.0, resize_at(own.resize(), own.shape(), shape.0)),
    }
}

/// Returns the directory of `data` for a look at the network of `model`: as its run took the set, where `model` is a run,
/// or a file in one, that was trained on that very directory, else as the set says itself. So no network is measured on
/// validation images that it was trained on, whatever has happened to the set's description since.
#[must_use]
pub fn directory_for(model: &Path, data: &str) -> DataDirectory {
    let directory = DataDirectory::find(data);
    let of_run = config_of(model).map(|config| config.data_directory());
    of_run.filter(|of_run| is_same_place(of_run, &directory)).unwrap_or(directory)
}

/// Returns the configuration of the run at `model`, or of the one that the file `model` lies in; `None` where it is neither.
pub(crate) fn config_of(model: &Path) -> Option<RunConfig> {
    let run = if model.is_dir() { Some(model) } else { model.parent() };
    RunDirectory::open(run?).ok().map(|(_, config)| config)
}

/// Returns whether two data directories are one, whatever their names.
pub(crate) fn is_same_place(one: &DataDirectory, other: &DataDirectory) -> bool {
    let place = |directory: &DataDirectory| std::fs::canonicalize(directory.path()).ok();
    place(one).is_some() && place(one) == place(other)
}

/// Reads the images that a run began with, for it to go on.
///
/// # Errors
/// [`TransferError::Changed`] where the images are others by now, or another [`TransferError`] where they cannot be
/// used.
pub fn reload(config: &RunConfig) -> Result<TrainingData, TransferError> {
    let mut found = config.clone();
    let rules = SkippingRules::ANYTHING;
    let labels =
        config.transfer.as_ref().map_or(LabelsBy::Names, |transfer| LabelsBy::Hash(&transfer.sha256));
    // Which pictures were skipped is in the hash, however many they were.
    let directory = config.data_directory();
    let data = fit(&mut found, &directory, directory.training_data()?, labels, rules)?;
    let changed = |data: &str, what, expected: &str, found: &str, hint| {
        let (data, expected, found) = (data.to_owned(), expected.to_owned(), found.to_owned());
        Err(TransferError::Changed { data, what, expected, found, hint })
    };
    if found.data_sha256 != config.data_sha256 {
        let (expected, found) = (&config.data_sha256, &found.data_sha256);
        return changed(&config.data, "training images", expected, found, String::new());
    }
    match (&config.transfer, &found.transfer) {
        (Some(asked), Some(found)) if asked.sha256 != found.sha256 => {
            let directory = asked.directory.as_ref().unwrap_or(&config.data);
            let hint = match asked.skipped == found.skipped {
                true => String::new(),
                false => format!(
                    "; {} pictures can't be read now, {} could not when the run began",
                    found.skipped, asked.skipped
                ),
            };
            changed(directory, "a transfer set", &asked.sha256, &found.sha256, hint)
        }
        _ => Ok(data),
    }
}

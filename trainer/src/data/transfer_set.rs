//! The transfer set: what a run is fitted to where that is not all of the training images.
//!
//! In comes a directory of IDX files or pictures, labelled or not, and filters by class; out go images `[count, channels,
//! height, width]` of one byte a value without those that judge. Distillation needs no labels, so that a student can learn
//! from images that its teacher was never trained on.

use std::collections::HashSet;
use std::path::Path;

use models::picture::PICTURE_FORMATS;
use models::storage::printable::printable;
use models::{ImageInput, ModelContract};
use serde::{Deserialize, Serialize};

use crate::data::cache::cache_folder::CacheOptions;
use crate::data::data_directory::DataDirectory;
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::folder_report::{FolderReport, SkippingRules};
use crate::data::label_order::{Classes, LabelMismatch, LabelOrder, listed};
use crate::data::picture_folder;
use crate::data::training_data::TrainingData;

/// The transfer set of a run, as the run's configuration says it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferConfig {
    /// The name of a set or a directory, as given; `None` for the training images of `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The labels of the classes whose images are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// The labels of the classes whose images alone are kept; empty for all classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// The number of images that are left after the filters.
    pub images: usize,
    /// The number of pictures that could not be read and were skipped; `skipped.jsonl` in the run names them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: usize,
    /// Whether each image has a label; without labels, teachers alone say what is right.
    pub labelled: bool,
    /// The SHA-256 of images and labels: a run that goes on must go on with the same ones.
    pub sha256: String,
}

/// The reason for which a transfer set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The IDX files of the transfer set, or those of `--data`, are broken or missing.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The directory holds no images.
    #[error(
        "{directory}: expected train-images-idx3-ubyte, gzipped or not, or {PICTURE_FORMATS} pictures, found neither"
    )]
    NoImages {
        /// The directory of the transfer set.
        directory: String,
    },
    /// A filter names no class.
    #[error("--{option}: expected labels out of {labels}, found {found}")]
    UnknownLabel {
        /// The option of the filter, without its dashes.
        option: &'static str,
        /// The labels of the contract.
        labels: String,
        /// The label that the filter names.
        found: String,
    },
    /// The labels of the transfer set name other classes than those of `--data`.
    #[error("{0}; without its train-labels-idx1-ubyte, a student learns from its images alone")]
    OtherClasses(LabelMismatch),
    /// A filter needs labels, and the transfer set has none.
    #[error(
        "--{option}: expected a transfer set with labels, found {directory} without train-labels-idx1-ubyte"
    )]
    Unlabelled {
        /// The option of the filter, without its dashes.
        option: &'static str,
        /// The directory of the transfer set.
        directory: String,
    },
    /// No image is left to train on.
    #[error("{directory}: expected images to train on, found none after {reason}")]
    NothingLeft {
        /// The directory of the transfer set.
        directory: String,
        /// The filter or the rule that has left the images out.
        reason: String,
    },
    /// A run goes on with other images than it began with.
    #[error("{data}: expected {what} of SHA-256 {expected}, found {found}{hint}")]
    Changed {
        /// The name or the directory of the set.
        data: String,
        /// Which of the run's images differ, in words.
        what: &'static str,
        /// The SHA-256 in the run's configuration.
        expected: String,
        /// The SHA-256 of the images on disk.
        found: String,
        /// What else is known of the difference, as the end of a sentence; else empty.
        hint: String,
    },
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl TransferConfig {
    /// Returns a configuration for these options, or `None` where none of them says anything.
    #[must_use]
    pub fn of(directory: Option<String>, without: &[String], only: &[String]) -> Option<Self> {
        let says_nothing = directory.is_none() && without.is_empty() && only.is_empty();
        let (without, only) = (without.to_vec(), only.to_vec());
        // Labelled until the images are read.
        (!says_nothing).then(|| Self { directory, without, only, labelled: true, ..Self::default() })
    }

    /// Returns the classes, as positions in `labels`, that the filters leave out.
    ///
    /// # Errors
    /// [`TransferError::UnknownLabel`] for a filter that names no label of `labels`.
    pub fn missing_classes(&self, labels: &[String]) -> Result<Vec<usize>, TransferError> {
        let without = classes("without", &self.without, labels)?;
        let only = classes("only", &self.only, labels)?;
        let is_missing =
            |class: &usize| without.contains(class) || !(only.is_empty() || only.contains(class));
        Ok((0..labels.len()).filter(is_missing).collect())
    }

    /// Returns the transfer set in words, for people, without its path: a model file says nothing of the machine that
    /// it was made on.
    pub(crate) fn describe(&self) -> String {
        let directory = self.directory.as_deref().map(|directory| {
            let name = Path::new(directory).file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{name}, {} images{}", self.images, if self.labelled { "" } else { " without labels" })
        });
        let without = (!self.without.is_empty()).then(|| format!("without {}", self.without.join(", ")));
        let only = (!self.only.is_empty()).then(|| format!("only {}", self.only.join(", ")));
        [directory, without, only].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn filter_option(&self) -> Option<&'static str> {
        let without = (!self.without.is_empty()).then_some("without");
        without.or((!self.only.is_empty()).then_some("only"))
    }
}

/// Returns the positions of the labels `names` among the contract's `labels`.
pub(crate) fn classes(
    option: &'static str,
    names: &[String],
    labels: &[String],
) -> Result<Vec<usize>, TransferError> {
    let position = |name: &String| {
        labels.iter().position(|label| label == name).ok_or_else(|| TransferError::UnknownLabel {
            option,
            labels: listed(labels, &[]),
            found: format!("'{}'", printable(name)),
        })
    };
    names.iter().map(position).collect()
}

/// The images of a transfer set, and what else was found where they are pictures of a folder.
pub(crate) struct TransferImages {
    pub(crate) images: DataSet,
    pub(crate) folder: Option<FolderReport>,
    /// A line about a set whose classes stand in another order than those of `--data`.
    pub(crate) note: Option<String>,
}

/// The data set of a run, to whose classes and validation images a transfer set is fitted.
#[derive(Clone, Copy)]
pub(crate) struct FittedTo<'a> {
    /// The name or the directory of the data set.
    pub(crate) name: &'a str,
    pub(crate) data: &'a TrainingData,
    /// The contract of the run's network.
    pub(crate) contract: &'a ModelContract,
    /// What the images are brought to before they are augmented.
    pub(crate) input: &'a ImageInput,
}

/// What says which class of the run a label of the transfer set is.
#[derive(Clone, Copy)]
pub(crate) enum LabelsBy<'a> {
    /// The names of both sides' classes.
    Names,
    /// The SHA-256 of the images that the run began with: labels are taken as they stand where that gives it, as earlier
    /// versions took them, else by their names.
    Hash(&'a str),
}

/// Reads the images that `transfer` names, filtered by class; validation images of the data set are left out.
pub(crate) fn transfer_set(
    transfer: &TransferConfig,
    to: FittedTo<'_>,
    labels: LabelsBy<'_>,
    rules: SkippingRules,
) -> Result<TransferImages, TransferError> {
    let Some(directory) = &transfer.directory else {
        let images = kept_images(transfer, to, to.data.training.clone())?;
        return Ok(TransferImages { images, folder: None, note: None });
    };
    let place = DataDirectory::find(directory).seen_by(to.input);
    let Some(images) = place.transfer_images(to.contract.labels.len())? else {
        let (images, folder) = pictures(&place, directory, to.input, rules)?;
        let images = kept_images(transfer, to, images)?;
        return Ok(TransferImages { images, folder: Some(folder), note: None });
    };
    if let LabelsBy::Hash(expected) = labels
        && let Ok(images) = kept_images(transfer, to, images.clone())
        && images.sha256() == expected
    {
        return Ok(TransferImages { images, folder: None, note: None });
    }
    if !images.is_labelled() {
        let images = kept_images(transfer, to, images)?;
        return Ok(TransferImages { images, folder: None, note: None });
    }
    let names = place.transfer_classes(to.contract.labels.len())?;
    let (own, run) =
        (Classes { of: directory, names: &names }, Classes { of: to.name, names: &to.contract.labels });
    let order = match (LabelOrder::between(own, run), labels) {
        // The hash says that these are other images, whatever their classes are called.
        (Err(_), LabelsBy::Hash(_)) => {
            let images = kept_images(transfer, to, images)?;
            return Ok(TransferImages { images, folder: None, note: None });
        }
        (order, _) => order.map_err(TransferError::OtherClasses)?,
    };
    let note = order.note(directory, to.name);
    let images = kept_images(transfer, to, images.relabelled(&order))?;
    Ok(TransferImages { images, folder: None, note })
}

/// Returns those of `images`, whose labels are the run's, that the filters keep and that do not judge.
fn kept_images(
    transfer: &TransferConfig,
    to: FittedTo<'_>,
    images: DataSet,
) -> Result<DataSet, TransferError> {
    let missing = transfer.missing_classes(&to.contract.labels)?;
    let images = match &transfer.directory {
        None => images,
        Some(directory) => without_images_of(&images, &to.data.validation, directory)?,
    };
    let Some(option) = transfer.filter_option() else { return Ok(images) };
    let directory = transfer.directory.as_deref().unwrap_or(to.name).to_owned();
    if !images.is_labelled() {
        return Err(TransferError::Unlabelled { option, directory });
    }
    let kept = images.filtered(|index| !missing.contains(&usize::from(images.labels()[index])));
    match kept.is_empty() {
        true => Err(TransferError::NothingLeft { directory, reason: format!("--{option}") }),
        false => Ok(kept),
    }
}

/// Returns `images` without those of `validation`. Validation images choose the epoch: a set that has some of them,
/// such as the training files whole, is fitted to the others alone.
fn without_images_of(
    images: &DataSet,
    validation: &DataSet,
    directory: &str,
) -> Result<DataSet, TransferError> {
    // Pictures are known by their thumbnails, whatever size they have here; beside images of another kind by their values.
    let judges: HashSet<&[u8]> = (0..validation.len())
        .flat_map(|index| [validation.identity(index), validation.image(index)])
        .collect();
    let judges_too = |index| judges.contains(images.identity(index)) || judges.contains(images.image(index));
    let kept = images.filtered(|index| !judges_too(index));
    if kept.is_empty() {
        let reason = "the validation images of --data were left out".to_owned();
        return Err(TransferError::NothingLeft { directory: directory.to_owned(), reason });
    }
    Ok(kept)
}

/// Reads the pictures of a directory without IDX files.
fn pictures(
    place: &DataDirectory,
    directory: &str,
    input: &ImageInput,
    rules: SkippingRules,
) -> Result<(DataSet, FolderReport), TransferError> {
    let found = picture_folder::read(place.path(), input, rules, &CacheOptions::of_process())?;
    found.ok_or_else(|| TransferError::NoImages { directory: directory.to_owned() })
}

/// Returns the classes whose biases a correction shifts: those that the transfer set lacks, all where it lacks none.
pub(crate) fn shifted_classes(
    transfer: Option<&TransferConfig>,
    labels: &[String],
) -> Result<Vec<usize>, TransferError> {
    let missing = transfer.map_or_else(|| Ok(Vec::new()), |transfer| transfer.missing_classes(labels))?;
    Ok(if missing.is_empty() { (0..labels.len()).collect() } else { missing })
}

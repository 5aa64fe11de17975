//! The training images of a set, those that stand in their place, and those that judge.
//!
//! Out go three [`DataSet`]s, `[count, channels, height, width]` each. They travel together, so that no stage can fit to the
//! images that judge.

use models::storage::printable::printable;
use models::storage::sha256;

use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::folder_report::FolderReport;
use crate::data::validation_split::LEAST_OF_A_CLASS;

/// The images of a training: the split training files, and the transfer set where there is one.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// The training images: weights are fitted to them unless there is a transfer set.
    pub training: DataSet,
    /// The transfer set: images that weights are fitted to instead of `training`.
    pub transfer: Option<DataSet>,
    /// The validation images, which choose the epoch and the recipe.
    pub validation: DataSet,
    /// What was found beside the pictures, where the set is one of picture files.
    pub folder: Option<FolderReport>,
    /// What was found beside the pictures, where the transfer set is a folder of pictures.
    pub transfer_folder: Option<FolderReport>,
    /// A line about a transfer set whose classes stand in another order than those of the training files.
    pub transfer_note: Option<String>,
    /// The position of each training image in the training files, in rising order.
    pub training_positions: Vec<usize>,
    /// The position of each validation image in the training files, in rising order.
    pub validation_positions: Vec<usize>,
}

impl TrainingData {
    /// Returns the training files' images, parted into those that train and those that judge.
    pub(super) fn parted(images: &DataSet, judges: &[bool]) -> Self {
        let positions = |side| (0..images.len()).filter(|&at| judges[at] == side).collect();
        Self {
            training: images.filtered(|at| !judges[at]),
            transfer: None,
            folder: None,
            transfer_folder: None,
            transfer_note: None,
            validation: images.filtered(|at| judges[at]),
            training_positions: positions(false),
            validation_positions: positions(true),
        }
    }

    /// Checks that a training on these images of the set in `directory`, with these classes, can learn something and be
    /// judged.
    pub(super) fn check(&self, directory: &str, classes: &[String]) -> Result<(), DataError> {
        let directory = directory.to_owned();
        if let [class] = classes {
            return Err(DataError::OneClass { directory, class: printable(class) });
        }
        let [training, validation] = [&self.training, &self.validation].map(DataSet::class_sizes);
        let one_sided =
            (0..classes.len()).find(|&class| training[class].min(validation[class]) < LEAST_OF_A_CLASS);
        if let Some(class) = one_sided {
            return Err(DataError::OneSided {
                directory,
                class: printable(&classes[class]),
                expected: LEAST_OF_A_CLASS,
                training: training[class],
                validation: validation[class],
            });
        }
        if self.training.is_constant() { Err(DataError::Constant { directory }) } else { Ok(()) }
    }

    /// Returns the images that weights are fitted to: the transfer set where there is one, else the training images.
    #[must_use]
    pub fn fitted_to(&self) -> &DataSet {
        self.transfer.as_ref().unwrap_or(&self.training)
    }

    /// Returns the SHA-256 over training and validation images, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.training.sha256(), self.validation.sha256()])
    }
}

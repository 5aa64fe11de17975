//! The training images of a set, those that stand in their place, and those that judge.
//!
//! Out go three [`DataSet`]s, `[count, height, width]` each. They travel together, so that no stage can fit to the
//! images that judge.

use models::storage::sha256;

use crate::data::data_set::DataSet;
use crate::data::picture_folder::FolderReport;

/// The images of a training: the split training files, and the transfer set where there is one.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// The training images: weights are fitted to them unless there is a transfer set.
    pub training: DataSet,
    /// The transfer set: images that weights are fitted to instead of `training`.
    pub transfer: Option<DataSet>,
    /// The validation images, which choose the epoch and the recipe.
    pub validation: DataSet,
    /// What was found beside the pictures, where the transfer set is a folder of pictures.
    pub folder: Option<FolderReport>,
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
            validation: images.filtered(|at| judges[at]),
            training_positions: positions(false),
            validation_positions: positions(true),
        }
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

//! The training images of a set, and those that judge.

use models::storage::sha256;

use crate::data::data_set::DataSet;

/// The two halves of the training files.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// What weights are fitted to, unless there is a transfer set.
    pub training: DataSet,
    /// What weights are fitted to instead of `training`.
    pub transfer: Option<DataSet>,
    /// What steers: the choice of the epoch, of the recipe.
    pub validation: DataSet,
}

impl TrainingData {
    /// What weights are fitted to.
    #[must_use]
    pub fn fitted_to(&self) -> &DataSet {
        self.transfer.as_ref().unwrap_or(&self.training)
    }

    /// SHA-256 over both halves, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.training.sha256(), self.validation.sha256()])
    }
}

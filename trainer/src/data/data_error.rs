//! Why a data set cannot be used.

use crate::data::idx::IdxError;

/// Data that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is no IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// A directory lacks a file.
    #[error("{directory}: expected {file} or {file}.gz, found neither{hint}")]
    Missing {
        /// The directory in question.
        directory: String,
        /// The file that is not there.
        file: &'static str,
        /// What to do, where it is known.
        hint: String,
    },
    /// Images and labels are of different sets.
    #[error("{directory}: {images} images but {labels} labels")]
    Count {
        /// The directory in question.
        directory: String,
        /// How many images.
        images: usize,
        /// How many labels.
        labels: usize,
    },
    /// A label is of no class.
    #[error("{file}: label {position}: expected 0 to 9, found {found}")]
    Label {
        /// The file in question.
        file: String,
        /// Counted from 0.
        position: usize,
        /// The label.
        found: u8,
    },
    /// The images are no input of the network.
    #[error("{directory}: expected images of {expected}, found {found}")]
    Size {
        /// The directory in question.
        directory: String,
        /// Height × width.
        expected: String,
        /// Height × width.
        found: String,
    },
    /// Training needs something to learn from and something to choose by.
    #[error("{directory}: expected at least {expected} training images, found {found}")]
    TooFew {
        /// The directory in question.
        directory: String,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

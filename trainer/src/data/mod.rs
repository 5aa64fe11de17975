//! Data sets: where they lie, what they hold, how they are split, and what is fitted to instead of the training images.
//!
//! In come IDX files or pictures, and what a set says of itself; out go images `[count, height, width]` of one byte a
//! pixel with their labels. All files of images are read here, so that every later stage sees checked data.

pub(crate) mod cache;
pub(crate) mod data_directory;
pub(crate) mod data_error;
pub(crate) mod data_set;
pub(crate) mod description;
#[cfg(feature = "cli")]
pub mod fetch;
mod gzip_members;
pub mod idx;
pub(crate) mod label_order;
pub(crate) mod listing;
mod missing_files;
pub(crate) mod near_duplicates;
pub(crate) mod picture_folder;
pub(crate) mod pixels;
pub(crate) mod split;
pub mod synthetic_digits;
pub(crate) mod toml_problem;
pub(crate) mod training_data;
pub(crate) mod transfer_set;
pub(crate) mod validation_split;

pub use data_directory::{DATA_VARIABLE, DataDirectory, data_home};
pub use data_error::DataError;
pub use data_set::{DataSet, NETWORK_INPUT};
pub use description::{DATASET_FILE, DatasetDescription, DescriptionError};
pub use label_order::{Classes, LabelMismatch, LabelOrder};
pub use picture_folder::{FolderError, FolderReport, SkippedPicture, Unreadable};
pub use split::Split;
pub use training_data::TrainingData;
pub use transfer_set::{TransferConfig, TransferError};
pub use validation_split::ValidationRule;

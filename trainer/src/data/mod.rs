//! Data sets: where they lie, what they hold, how they are split, and what is fitted to instead of the training images.
//!
//! In come IDX files or pictures, and what a set says of itself; out go images `[count, channels, height, width]`
//! of one byte a value with their labels. All files of images are read here, so that every later stage sees checked data.

pub(crate) mod cache;
pub(crate) mod capture_time;
pub(crate) mod channel_statistics;
pub(crate) mod cifar;
pub(crate) mod data_directory;
pub(crate) mod data_error;
pub(crate) mod data_set;
pub(crate) mod defaults;
pub(crate) mod description;
#[cfg(feature = "cli")]
pub mod fetch;
pub(crate) mod folder_report;
pub(crate) mod group_by;
mod gzip_members;
pub mod idx;
pub(crate) mod idx_set;
pub(crate) mod input_shape;
pub(crate) mod label_order;
pub(crate) mod listing;
mod missing_files;
pub(crate) mod near_duplicates;
pub(crate) mod network_view;
pub(crate) mod picture_folder;
pub(crate) mod picture_set;
pub(crate) mod picture_split;
pub(crate) mod resized;
pub(crate) mod skipped_picture;
pub(crate) mod split;
pub mod synthetic_digits;
pub(crate) mod toml_problem;
pub(crate) mod training_data;
pub(crate) mod transfer_set;
pub(crate) mod validation_split;

pub use cache::cache_folder::CacheOptions;
pub use cifar::{CifarError, CifarProblem};
pub use data_directory::{DATA_VARIABLE, DataDirectory, data_home};
pub use data_error::DataError;
pub use data_set::{DataSet, NETWORK_INPUT};
pub use description::{DATASET_FILE, DatasetDescription, DescriptionError};
pub use folder_report::{FolderError, FolderReport, SkippingRules, Unreadable};
pub use group_by::GroupBy;
pub use input_shape::InputShape;
pub use label_order::{Classes, LabelMismatch, LabelOrder};
pub use picture_split::PartShare;
pub use skipped_picture::SkippedPicture;
pub use split::Split;
pub use training_data::TrainingData;
pub use transfer_set::{TransferConfig, TransferError};
pub use validation_split::ValidationRule;

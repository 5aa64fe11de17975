//! The rule by which some of a set's training images are kept for validation, as a word of a `dataset.toml`.
//!
//! In comes the word, out goes a [`ValidationRule`]. A rule belongs to the data: whoever is trained or measured on a set
//! meets the same validation images.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The rule by which a twelfth of the training images is kept for validation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationRule {
    /// A twelfth of each class, drawn by a seed that belongs to the data.
    #[default]
    Stratified,
    /// The last twelfth of the training files, for sets whose published figures were measured so.
    LastTwelfth,
}

impl fmt::Display for ValidationRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stratified => "stratified",
            Self::LastTwelfth => "last-twelfth",
        })
    }
}

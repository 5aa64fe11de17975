//! The parts of a data set that nothing is fitted to.
//!
//! In comes the word of a command line, out goes a [`Split`]. Commands that measure take one of the two, so that none
//! measures on what a network was fitted to.

/// The part of a data set that a network is measured on; nothing is fitted to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Split {
    /// The test files
    Test,
    /// The twelfth of the training images that every training on the set keeps aside: of each class, or the last ones
    /// where the set's dataset.toml says so
    Validation,
}

impl Split {
    /// Returns the word for the split in results: `test` or `validation`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation => "validation",
        }
    }
}

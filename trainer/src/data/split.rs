//! The parts of a set that nothing is fitted to.

/// Parts of a set that nothing is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Split {
    /// The test files
    Test,
    /// The last twelfth of the training files, which training keeps aside
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

//! How results are printed.

use clap::ValueEnum;

/// Of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One object on one line
    Json,
}

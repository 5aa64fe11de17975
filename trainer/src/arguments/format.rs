//! The format of results: the word of `--format` in, text or JSON out, the same choice for every command that prints
//! figures.

use clap::ValueEnum;

/// The format in which a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object on one line
    Json,
}

//! Why the gate refuses a file.

use super::written_file::{ReadBackError, RunError};

/// A file that does not compute what the trainer computes, or of which that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The file cannot be read back.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// One of the programs cannot run the file.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The trainer cannot compute the probabilities that the file is compared with.
    #[error("candle: {0}")]
    Candle(#[from] candle_core::Error),
    /// The contract in the file is not the contract of the weights.
    #[error("its contract is not the one of the weights")]
    Contract,
    /// The file was made from other weights than those that it is compared with.
    #[error("weights: expected those of SHA-256 {expected}, found it made from {found}")]
    OtherWeights {
        /// The hash of the weights that the file is compared with.
        expected: String,
        /// The hash in the file's export record.
        found: String,
    },
    /// A probability differs by more than the tolerance.
    #[error(
        "{program} disagrees with {reference}: {what} differ by {difference:e}, expected at most {tolerance:e}"
    )]
    Disagreement {
        /// The program that computed the file's probabilities.
        program: &'static str,
        /// What they are compared with.
        reference: &'static str,
        /// The number that is compared: each probability, or their mean.
        what: &'static str,
        /// The difference over all inputs and classes.
        difference: f32,
        /// The largest difference that is allowed.
        tolerance: f32,
    },
    /// A golden vector's likeliest class is another one in the file: a board would refuse such a file.
    #[error(
        "{changed} of {vectors} golden vectors: expected the trainer's label, found another one; the network hardly tells \
         their classes apart: train it longer, or take another --precision or other --golden-pictures"
    )]
    GoldenLabels {
        /// The number of golden vectors whose label changes.
        changed: usize,
        /// The number of golden vectors.
        vectors: usize,
    },
}

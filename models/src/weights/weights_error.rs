//! The reasons for which weights are not read, or not saved.
//!
//! In comes what a check of a weights file found, out goes a message that names the file, what was expected and what
//! was found. A weights file is hostile input: there is one variant for each way in which it can be broken.

use crate::contract::ContractError;
use crate::network::NetworkError;
use crate::storage::atomic_file::WriteError;

/// The key of a safetensors file's metadata under which the network and the contract stand as JSON.
pub(super) const METADATA_KEY: &str = "imago";

/// The most bytes that a weights file may have: more than the largest network has, its description included. A device
/// or a forged file must not fill the memory.
pub(super) const LARGEST_FILE: u64 = 512 << 20;

/// The reason for which a weights file cannot be used, with the name of the file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct WeightsError {
    /// The path of the file.
    pub file: String,
    /// The problem that was found in the file.
    pub problem: WeightsProblem,
}

/// The reason for which a weights file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsProblem {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file has more bytes than the file of any network.
    #[error("expected at most {LARGEST_FILE} bytes, found more")]
    TooLarge,
    /// The bytes are no whole safetensors file.
    #[error("expected a safetensors file, found: {0}")]
    NotSafetensors(#[from] safetensors::SafeTensorError),
    /// The file is one of a kind that is known by its first bytes.
    #[error("expected a safetensors file, found {found}{remedy}")]
    OtherFile {
        /// What the file is, in words.
        found: &'static str,
        /// What to do about it, as the end of a sentence; empty where that is not known.
        remedy: String,
    },
    /// The file's metadata does not describe a network and a contract; what was found instead.
    #[error("expected metadata '{METADATA_KEY}' with network and contract, found {0}")]
    NoDescription(String),
    /// The layers of the network do not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The contract cannot be used.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The contract and the network, or the network and the values, do not belong together.
    #[error("{what}: the contract has {contract}, the network has {network}")]
    Disagreement {
        /// The thing that differs: the input, the number of classes, or the number of values.
        what: &'static str,
        /// The side of the contract: its input shape, its number of labels, or the number of values that were found.
        contract: String,
        /// The side of the network: its input shape, its number of classes, or its number of values.
        network: String,
    },
    /// A tensor is missing, is surplus, or has another type or shape.
    #[error("tensor {tensor:?}: expected {expected}, found {found}")]
    Tensor {
        /// The name of the tensor.
        tensor: String,
        /// The type and the shape that the network's parameter has.
        expected: String,
        /// The type and the shape of the tensor in the file.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error("tensor {tensor:?}: expected finite values, found {found} at position {position}")]
    NotFinite {
        /// The name of the tensor.
        tensor: String,
        /// The value that is not finite.
        found: f32,
        /// The position of the value in its tensor, row-major, counted from 0.
        position: usize,
    },
    /// A running variance is under 0.
    #[error("tensor {tensor:?}: expected variances of at least 0, found {found}")]
    NegativeVariance {
        /// The name of the tensor.
        tensor: String,
        /// The variance that is under 0.
        found: f32,
    },
}

/// The reason for which weights were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The values are not the network's, or not finite.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

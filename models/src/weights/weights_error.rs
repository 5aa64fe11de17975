//! Why weights are not read, or not saved.

use crate::contract::ContractError;
use crate::network::NetworkError;
use crate::storage::atomic_file::WriteError;

/// The key of a safetensors file's metadata under which network and contract stand.
pub(super) const METADATA_KEY: &str = "imago";

/// More than the largest network has, its description included; a device or a forged file must not fill the memory.
pub(super) const LARGEST_FILE: u64 = 512 << 20;

/// A weights file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct WeightsError {
    /// The file in question.
    pub file: String,
    /// What is wrong with it.
    pub problem: WeightsProblem,
}

/// What is wrong with a weights file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsProblem {
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It has more bytes than any network.
    #[error("expected at most {LARGEST_FILE} bytes, found more")]
    TooLarge,
    /// It is no whole safetensors file.
    #[error("expected a safetensors file, found: {0}")]
    NotSafetensors(#[from] safetensors::SafeTensorError),
    /// It says nothing about network and contract.
    #[error("expected metadata '{METADATA_KEY}' with network and contract, found {0}")]
    NoDescription(String),
    /// Its network does not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Its contract is unusable.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// Contract and network differ in input or outputs.
    #[error("{what}: the contract has {contract}, the network has {network}")]
    Disagreement {
        /// Input shape or number of classes.
        what: &'static str,
        /// The contract's.
        contract: String,
        /// The network's.
        network: String,
    },
    /// A tensor is missing, surplus, of another type or shape.
    #[error("tensor {tensor:?}: expected {expected}, found {found}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// Type and shape.
        expected: String,
        /// Type and shape.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error("tensor {tensor:?}: expected finite values, found {found} at position {position}")]
    NotFinite {
        /// Its name.
        tensor: String,
        /// The value.
        found: f32,
        /// Row-major.
        position: usize,
    },
    /// A variance is under 0.
    #[error("tensor {tensor:?}: expected variances of at least 0, found {found}")]
    NegativeVariance {
        /// Its name.
        tensor: String,
        /// The value.
        found: f32,
    },
}

/// Weights that were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// They are not the network's, or not finite.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

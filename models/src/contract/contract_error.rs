//! The reasons for which a model contract is refused.

use crate::mismatch::Mismatch;

/// The version of the model contract that this crate writes. It reads version 1 as well.
pub const CONTRACT_VERSION: u32 = 2;

/// The reason for which a model contract cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ContractError {
    /// The text is no JSON, lacks a field, or has a field that is unknown; the parser's message.
    #[error("model contract: {0}")]
    Malformed(String),
    /// The contract's version is neither 1 nor [`CONTRACT_VERSION`]; the version that was found.
    #[error("model contract: expected version 1 or {CONTRACT_VERSION}, found {0}")]
    UnknownVersion(String),
    /// The value of a field, such as `input.channels`, is out of its range.
    #[error("model contract: {0}")]
    Invalid(#[from] Mismatch),
}

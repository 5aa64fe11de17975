//! Why a model contract is refused.

/// The version of the contract that this crate writes and reads.
pub const CONTRACT_VERSION: u32 = 1;

/// A contract that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ContractError {
    /// It is no JSON, or lacks something, or has something unknown.
    #[error("model contract: {0}")]
    Malformed(String),
    /// Its version is of another Imago.
    #[error("model contract: expected version {CONTRACT_VERSION}, found {0}")]
    UnknownVersion(String),
    /// A value is out of its range.
    #[error("model contract: {field}: expected {expected}, found {found}")]
    Invalid {
        /// The field in question.
        field: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
}

pub(super) fn ensure(
    holds: bool,
    field: &'static str,
    expected: &str,
    found: impl FnOnce() -> String,
) -> Result<(), ContractError> {
    if holds {
        return Ok(());
    }
    Err(ContractError::Invalid { field, expected: expected.to_owned(), found: found() })
}

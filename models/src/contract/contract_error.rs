//! The reasons for which a model contract is refused, and the check that makes them.
//!
//! In comes a condition with the name of a field, out goes a [`ContractError`] that says what was expected and found.
//! All fields are checked by one function, so that all messages read alike.

/// The version of the model contract that this crate writes and reads.
pub const CONTRACT_VERSION: u32 = 1;

/// The reason for which a model contract cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ContractError {
    /// The text is no JSON, lacks a field, or has a field that is unknown; the parser's message.
    #[error("model contract: {0}")]
    Malformed(String),
    /// The contract's version is not [`CONTRACT_VERSION`]; the version that was found.
    #[error("model contract: expected version {CONTRACT_VERSION}, found {0}")]
    UnknownVersion(String),
    /// The value of a field is out of its range.
    #[error("model contract: {field}: expected {expected}, found {found}")]
    Invalid {
        /// The path of the field within the contract, such as `input.channels`.
        field: &'static str,
        /// The values that the field may have, in words.
        expected: String,
        /// The value that the field has.
        found: String,
    },
}

/// Checks that a condition `holds`, and otherwise returns [`ContractError::Invalid`] with what was `expected` and
/// `found`.
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

//! Why a description is no network.

/// A description that is no network.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("network {network:?}, layer {position}: {problem}")]
pub struct NetworkError {
    /// Its name.
    pub network: String,
    /// Counted from 0.
    pub position: usize,
    /// What is expected and what was found.
    pub problem: String,
}

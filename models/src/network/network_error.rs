//! The reason for which a description is no network.
//!
//! In comes a layer that does not fit, out goes a message with the network's name and the layer's position. All checks
//! of a description end in this one error, so that a file's mistake can be found in it.

/// The reason for which a list of layers is no network.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("network {network:?}, layer {position}: {problem}")]
pub struct NetworkError {
    /// The name of the network.
    pub network: String,
    /// The position of the layer in the network, counted from 0.
    pub position: usize,
    /// What the layer expects and what was found.
    pub problem: String,
}

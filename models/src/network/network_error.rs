//! The reason for which a description is no network.
//!
//! In comes a layer that does not fit, out goes a message with the network's name and the layer's place. All checks of a
//! description end in this one error, so that a file's mistake can be found in it.

use std::fmt;

/// The reason for which a list of layers is no network.
#[derive(Debug, thiserror::Error, PartialEq)]
pub struct NetworkError {
    /// The name of the network.
    pub network: String,
    /// The place of the layer in the network, such as `layer 3 (residual), body, layer 2 (conv4)`, counted from 1; empty
    /// where the problem is the whole network's.
    pub place: String,
    /// What the layer expects and what was found.
    pub problem: String,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { network, place, problem } = self;
        let comma = if place.is_empty() { "" } else { ", " };
        write!(formatter, "network {network:?}{comma}{place}: {problem}")
    }
}

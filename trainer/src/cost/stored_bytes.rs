//! The bytes that the weights of a network have in the file that the exporter writes: a network in, a number out for each
//! precision.
//!
//! Batch norms and branches are folded first, as the exporter does. What else is in the file, the graph, the contract and
//! golden pictures, depends little on the network and is not counted.

use clap::ValueEnum;
use models::{Network, ParameterRole, ParameterSpec};
use serde::{Deserialize, Serialize};

/// How an exported file stores weights, by the names of `exporter --precision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoredPrecision {
    /// 4 bytes a value
    #[default]
    F32,
    /// 2 bytes a value
    F16,
    /// 1 byte a weight; for each output a scale and a bias of 4 bytes
    Int8,
}

impl StoredPrecision {
    /// All precisions, from the largest file to the smallest.
    pub(crate) const ALL: [Self; 3] = [Self::F32, Self::F16, Self::Int8];

    /// Returns the word for the precision on a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        }
    }
}

/// Returns the bytes of weights, scales and biases in the exported file of `network`. An int8 file has besides up to six
/// bytes for each layer with weights: zero points, and the scale of a known input.
pub(crate) fn weight_bytes(network: &Network, precision: StoredPrecision) -> usize {
    network.folded().parameters().iter().map(|spec| bytes(spec, precision)).sum()
}

fn bytes(spec: &ParameterSpec, precision: StoredPrecision) -> usize {
    match precision {
        StoredPrecision::F32 => 4 * spec.len(),
        StoredPrecision::F16 => 2 * spec.len(),
        StoredPrecision::Int8 if spec.role == ParameterRole::Weight => {
            spec.len() + 4 * spec.shape.first().copied().unwrap_or(0)
        }
        StoredPrecision::Int8 => 4 * spec.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 784 · 128 + 128 · 128 + 128 · 10 weights, 266 outputs with a bias each and, in int8, with a scale.
    #[test]
    fn bytes_are_those_of_folded_weights_biases_and_scales() {
        let network = Network::student(&[128, 128]).normalised();
        let (weights, outputs) = (784 * 128 + 128 * 128 + 128 * 10, 266);
        let expected = [4 * (weights + outputs), 2 * (weights + outputs), weights + 8 * outputs];
        assert_eq!(StoredPrecision::ALL.map(|precision| weight_bytes(&network, precision)), expected);
    }
}

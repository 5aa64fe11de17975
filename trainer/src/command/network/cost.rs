//! What `trainer network` says of a network: layers and sums, as the fields of its JSON.

use models::Network;
use models::network::NetworkError;
use serde::Serialize;

use crate::command::network::layers::{LayerRow, rows};
use crate::cost::stored_bytes::{StoredPrecision, weight_bytes};

/// A network with its layers and what they cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct NetworkReport {
    /// The preset or the file that was asked for.
    pub(super) network: String,
    /// The network's own name, which runs and files carry.
    pub(super) name: String,
    /// The shape of an image, `[channels, height, width]`.
    pub(super) input: [usize; 3],
    /// The number of classes.
    pub(super) classes: usize,
    /// The layers, those within others behind theirs.
    pub(super) layers: Vec<LayerRow>,
    /// The network as it is trained.
    pub(super) as_trained: Sums,
    /// The network as the exporter writes it, with batch norms and branches folded.
    pub(super) as_exported: Sums,
    /// The bytes of weights, biases and scales in the exported file.
    pub(super) weight_bytes: WeightBytes,
}

/// The sums over all layers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sums {
    /// The number of values, running values of batch norms included.
    pub(super) parameters: usize,
    /// The multiplications with an addition for one image.
    pub(super) multiply_adds: usize,
}

/// The bytes of a network's weights by precision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct WeightBytes {
    pub(super) f32: usize,
    pub(super) f16: usize,
    pub(super) int8: usize,
}

impl NetworkReport {
    /// Returns the report about a network that was asked for as `asked`.
    ///
    /// # Errors
    /// [`NetworkError`] where its layers do not fit.
    pub(super) fn of(asked: &str, network: &Network) -> Result<Self, NetworkError> {
        let sums = |network: &Network| {
            Ok(Sums { parameters: network.parameter_count(), multiply_adds: network.multiply_adds()? })
        };
        let [f32, f16, int8] = StoredPrecision::ALL.map(|precision| weight_bytes(network, precision));
        Ok(Self {
            network: asked.to_owned(),
            name: network.name.clone(),
            input: network.input,
            classes: network.classes()?,
            layers: rows(network),
            as_trained: sums(network)?,
            as_exported: sums(&network.folded())?,
            weight_bytes: WeightBytes { f32, f16, int8 },
        })
    }
}

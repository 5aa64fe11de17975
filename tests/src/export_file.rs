//! The bytes of a network's ONNX file: weights, a precision and inputs f32 `[channels, height, width]` in, a file that has passed
//! the gate out.

use std::path::Path;

use exporter::{Export, Precision};
use models::Layer;
use models::weights::Weights;

/// Whether the trainer's engine computes every layer. Until it does, files of networks with other layers are made without the
/// gate, which compares them with the engine; oracle, candle-onnx and both loaders are compared all the same.
pub const ENGINE_COMPUTES_ALL_LAYERS: bool = false;

/// Returns whether the trainer's engine computes this network.
#[must_use]
pub fn engine_computes(weights: &Weights) -> bool {
    let known = |layer: &&Layer| match layer {
        Layer::Residual { .. } | Layer::Branches { .. } | Layer::GlobalAveragePool => false,
        Layer::Convolution { groups, .. } => *groups == 1,
        _ => true,
    };
    ENGINE_COMPUTES_ALL_LAYERS || weights.network.layers.iter().all(|layer| known(&layer))
}

/// Returns the bytes of the file of `weights` in `precision`, which the gate has compared on `inputs`.
///
/// # Panics
/// Where the export fails.
#[must_use]
pub fn export_file(
    weights: &Weights,
    precision: Precision<'_>,
    inputs: &[Vec<f32>],
    folder: &Path,
) -> Vec<u8> {
    let export = Export::new(weights, precision).unwrap_or_else(|error| panic!("{error}")).images(inputs);
    if !engine_computes(weights) {
        return export.to_bytes();
    }
    let path = folder.join("network.onnx");
    export.write(&path).unwrap_or_else(|error| panic!("{error} of {:?}", weights.network));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{error}"))
}

//! The bytes of a network's ONNX file: weights, a precision and inputs f32 `[channels, height, width]` in, a file that has passed
//! the gate out.

use std::path::Path;

use exporter::{Export, Precision};
use models::weights::Weights;

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
    let path = folder.join("network.onnx");
    export.write(&path).unwrap_or_else(|error| panic!("{error} of {:?}", weights.network));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{error}"))
}

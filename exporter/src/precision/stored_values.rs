//! The f32 network that a file computes: the trained one, its batch norm folded and its values rounded as the encoding
//! rounds them.

use models::model_file::export_record::{Activations, Encoding};
use models::weights::Weights;

use super::half_precision;
use super::int8_weights::Int8Weight;

/// Returns the network with the values that a file of this encoding computes with; nothing for a file that sums in
/// integers, for no f32 network computes what such a file computes.
pub(crate) fn as_stored(trained: &Weights, encoding: Encoding) -> Option<Weights> {
    match encoding {
        Encoding::F32 => Some(trained.clone()),
        Encoding::F16 => Some(half_precision::rounded(&trained.folded())),
        Encoding::Int8(Activations::F32) => Some(int8_weights(&trained.folded())),
        Encoding::Int8(Activations::Dynamic | Activations::Static { .. }) => None,
    }
}

/// Weights through eight bits and back; biases stay.
fn int8_weights(folded: &Weights) -> Weights {
    let mut values = Vec::with_capacity(folded.values.len());
    for (spec, tensor) in folded.tensors() {
        if spec.shape.len() < 2 {
            values.extend(tensor);
            continue;
        }
        let Int8Weight { values: steps, scales } = Int8Weight::quantise(tensor, spec.shape[0]);
        let products = steps.len() / spec.shape[0];
        let value = |(index, &step): (usize, &i8)| scales[index / products] * f32::from(step);
        values.extend(steps.iter().enumerate().map(value));
    }
    Weights { values, ..folded.clone() }
}

//! A trained network as an ONNX graph: input `image`, f32 `[batch, channels, height, width]`; output `probabilities`, f32
//! `[batch, classes]`.
//!
//! The layers become nodes under their own names, those with parameters as the encoding asks; dropout is gone; a Softmax
//! over the logits ends the graph. Nothing divides the logits: whatever temperature a student was distilled at, the file
//! answers at temperature 1.

use candle_onnx::onnx::GraphProto;
use models::model_file::export_record::{Activations, Encoding};
use models::weights::Weights;

use super::node_chain::{INPUT, NodeChain, OUTPUT};
use super::parametrised_layer::ParametrisedLayer;
use super::protobuf::value_info;
use super::{float_layer, integer_layer, parameter_free_layers};
use crate::precision::{ActivationRange, EncodingPlan};

/// Returns the graph of `weights`, whose values and contract have been checked, and whose batch norm is folded.
pub(super) fn graph(weights: &Weights, plan: &EncodingPlan) -> GraphProto {
    let mut chain = NodeChain::new(&weights.network.layers, &weights.contract);
    let mut tensors = weights.tensors();
    let mut ranges = plan.ranges.iter();
    for layer in &weights.network.layers {
        let parameters: Vec<_> = tensors.by_ref().take(layer.parameters().len()).collect();
        match ParametrisedLayer::new(layer, &parameters) {
            Some(layer) => append(&mut chain, &layer, plan.encoding, ranges.next().copied()),
            None => parameter_free_layers::append(&mut chain, layer),
        }
    }
    parameter_free_layers::append_softmax(&mut chain);
    GraphProto {
        name: weights.network.name.clone(),
        node: chain.nodes,
        initializer: chain.initializers,
        input: vec![value_info(INPUT, &weights.contract.input.shape())],
        output: vec![value_info(OUTPUT, &[weights.contract.labels.len()])],
        ..GraphProto::default()
    }
}

/// Appends a layer with parameters; `range` is that of the layer's input where it was calibrated.
fn append(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    encoding: Encoding,
    range: Option<ActivationRange>,
) {
    match encoding {
        Encoding::F32 => float_layer::append_f32(chain, layer),
        Encoding::F16 => float_layer::append_f16(chain, layer),
        Encoding::Int8(Activations::F32) => float_layer::append_int8_weights(chain, layer),
        Encoding::Int8(Activations::Dynamic | Activations::Static { .. }) => {
            integer_layer::append(chain, layer, range);
        }
    }
    chain.may_hold_any_value();
}

#[cfg(test)]
mod tests;

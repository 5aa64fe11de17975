//! A trained network as an ONNX graph: input `image`, f32 `[batch, channels, height, width]`; output `probabilities`, f32
//! `[batch, classes]`.
//!
//! The layers become nodes under their own names, those with parameters as the encoding asks; dropout is gone; a residual
//! block is the nodes of its body, those of its shortcut and an Add; a Softmax over the logits ends the graph. Nothing divides the logits: whatever temperature a student was distilled at, the file
//! answers at temperature 1.

use candle_onnx::onnx::GraphProto;
use models::model_file::export_record::{Activations, Encoding};
use models::weights::Weights;
use models::{Layer, ParameterSpec, Shape};

use super::node_chain::{INPUT, NodeChain, OUTPUT};
use super::parametrised_layer::ParametrisedLayer;
use super::protobuf::value_info;
use super::{float_layer, integer_layer, parameter_free_layers};
use crate::precision::{ActivationRange, EncodingPlan};

/// Returns the graph of `weights`, whose values and contract have been checked, and whose batch norms and branches are folded.
pub(super) fn graph(weights: &Weights, plan: &EncodingPlan) -> GraphProto {
    let tensors: Vec<_> = weights.tensors().collect();
    let mut writer = GraphWriter {
        chain: NodeChain::new(&weights.network.layers, &weights.contract),
        tensors: &tensors,
        ranges: plan.ranges.iter(),
        encoding: plan.encoding,
    };
    writer.append_layers(&weights.network.layers, Shape::Image(weights.network.input));
    let mut chain = writer.chain;
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

/// The walk through the layers of a network, those within layers after the one that holds them.
struct GraphWriter<'a> {
    chain: NodeChain,
    /// The parameters of the layers that are still to come.
    tensors: &'a [(ParameterSpec, &'a [f32])],
    /// The ranges of what flows into each layer with parameters that is still to come; none unless they are calibrated.
    ranges: std::slice::Iter<'a, ActivationRange>,
    encoding: Encoding,
}

impl GraphWriter<'_> {
    /// Appends layers whose input has the shape `shape`.
    fn append_layers(&mut self, layers: &[Layer], mut shape: Shape) {
        for layer in layers {
            match layer {
                Layer::Residual { body, shortcut } => self.append_residual(body, shortcut, shape),
                _ => self.append_layer(layer, shape),
            }
            shape = layer.output(shape).unwrap_or(shape);
        }
    }

    /// Appends what the body makes of the last value, what the shortcut makes of it, and their sum.
    fn append_residual(&mut self, body: &[Layer], shortcut: &[Layer], shape: Shape) {
        let before = self.chain.place();
        self.append_layers(body, shape);
        let after_body = self.chain.place();
        self.chain.go_to(before);
        self.append_layers(shortcut, shape);
        self.chain.add(after_body);
    }

    /// Appends a layer without layers within it.
    fn append_layer(&mut self, layer: &Layer, shape: Shape) {
        let (parameters, rest) = self.tensors.split_at(layer.parameters().len());
        self.tensors = rest;
        let Some(layer) = ParametrisedLayer::new(layer, parameters) else {
            return parameter_free_layers::append(&mut self.chain, layer, shape);
        };
        let range = self.ranges.next().copied();
        let chain = &mut self.chain;
        match self.encoding {
            Encoding::F32 => float_layer::append_f32(chain, &layer),
            Encoding::F16 => float_layer::append_f16(chain, &layer),
            Encoding::Int8(Activations::F32) => float_layer::append_int8_weights(chain, &layer),
            Encoding::Int8(Activations::Dynamic | Activations::Static { .. }) => {
                integer_layer::append(chain, &layer, range);
            }
        }
        chain.may_hold_any_value();
    }
}

#[cfg(test)]
mod tests;

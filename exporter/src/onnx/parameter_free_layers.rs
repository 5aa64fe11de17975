//! The layers without parameters as ONNX nodes: pooling, ReLU, flattening, and the Softmax that ends every graph.

use models::Layer;

use super::node_chain::{NodeChain, OUTPUT};
use super::protobuf::{integer, integers};

/// Appends the node of a layer without parameters. Dropout does nothing after training and has none.
pub(super) fn append(chain: &mut NodeChain, layer: &Layer) {
    match layer {
        Layer::MaxPool { kernel, stride } => {
            let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
            chain.numbered_node("pool", "MaxPool", attributes);
        }
        Layer::AveragePool { kernel, stride } => {
            let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
            chain.numbered_node("average", "AveragePool", attributes);
        }
        Layer::Relu => {
            chain.numbered_node("relu", "Relu", vec![]);
            chain.holds_no_negative_value();
        }
        Layer::Flatten => chain.numbered_node("flatten", "Flatten", vec![integer("axis", 1)]),
        // Gone, folded, or with parameters.
        Layer::Dropout { .. }
        | Layer::BatchNorm { .. }
        | Layer::Convolution { .. }
        | Layer::Linear { .. } => {}
    }
}

/// Appends the Softmax over the logits, at temperature 1, and names the graph's output.
pub(super) fn append_softmax(chain: &mut NodeChain) {
    chain.numbered_node("softmax", "Softmax", vec![integer("axis", -1)]);
    if let Some(softmax) = chain.nodes.last_mut() {
        softmax.output = vec![OUTPUT.to_owned()];
    }
}

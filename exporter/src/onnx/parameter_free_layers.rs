//! The layers without parameters as ONNX nodes: pooling, ReLU, flattening, and the Softmax that ends every graph.

use models::{Layer, Shape};

use super::node_chain::{NodeChain, OUTPUT};
use super::protobuf::{integer, integers};

/// Appends the node of a layer without parameters whose input has the shape `input`. Dropout does nothing after training and
/// has none.
pub(super) fn append(chain: &mut NodeChain, layer: &Layer, input: Shape) {
    match layer {
        Layer::MaxPool { kernel, stride } => {
            let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
            chain.numbered_node("pool", "MaxPool", attributes);
        }
        Layer::AveragePool { kernel, stride } => append_average(chain, *kernel, *stride),
        // One window over the whole image: candle-onnx 0.11.1 has no GlobalAveragePool.
        Layer::GlobalAveragePool => {
            if let Shape::Image([_, height, width]) = input {
                append_average(chain, [height, width], [height, width]);
            }
        }
        Layer::Relu => {
            chain.numbered_node("relu", "Relu", vec![]);
            chain.holds_no_negative_value();
        }
        Layer::Flatten => chain.numbered_node("flatten", "Flatten", vec![integer("axis", 1)]),
        // Gone, folded, with parameters, or with layers within them.
        Layer::Dropout { .. }
        | Layer::BatchNorm { .. }
        | Layer::Branches { .. }
        | Layer::Convolution { .. }
        | Layer::Linear { .. }
        | Layer::Residual { .. } => {}
    }
}

fn append_average(chain: &mut NodeChain, kernel: [usize; 2], stride: [usize; 2]) {
    let attributes = vec![integers("kernel_shape", &kernel), integers("strides", &stride)];
    chain.numbered_node("average", "AveragePool", attributes);
}

/// Appends the Softmax over the logits, at temperature 1, and names the graph's output.
pub(super) fn append_softmax(chain: &mut NodeChain) {
    chain.numbered_node("softmax", "Softmax", vec![integer("axis", -1)]);
    if let Some(softmax) = chain.nodes.last_mut() {
        softmax.output = vec![OUTPUT.to_owned()];
    }
}

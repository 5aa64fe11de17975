//! A trained network as an ONNX graph: input `image`, f32 `[batch, channels, height, width]`; output `probabilities`, f32
//! `[batch, classes]`.
//!
//! The layers become nodes under their own names, those with parameters as [`parameter_nodes`](crate::parameter_nodes)
//! encodes them; dropout is gone; a Softmax over the logits ends the graph. Nothing divides the logits: whatever
//! temperature a student was distilled at, the file answers at temperature 1.

use candle_onnx::onnx::{AttributeProto, GraphProto, NodeProto, TensorProto};
use models::weights::Weights;
use models::{Layer, ModelContract};

use crate::activation_range::ActivationRange;
use crate::encoding::Plan;
use crate::onnx_protobuf::{integer, integers, value_info};
use crate::parameter_nodes::Parametrised;

pub(crate) const INPUT: &str = "image";
pub(crate) const OUTPUT: &str = "probabilities";

/// The graph of `weights`, whose values and contract have been checked, and whose batch normalisation is folded.
pub(crate) fn graph(weights: &Weights, plan: &Plan) -> GraphProto {
    let mut chain = Chain::new(&weights.network.layers, &weights.contract);
    let mut tensors = weights.tensors();
    let mut ranges = plan.ranges.iter();
    for layer in &weights.network.layers {
        match layer.name() {
            Some(name) => {
                let parameters = tensors.by_ref().take(layer.parameters().len()).collect::<Vec<_>>();
                if let [(weight, weight_values), (_, bias)] = parameters.as_slice() {
                    let (shape, window) = (weight.shape.clone(), window_attributes(layer));
                    let layer = Parametrised { name, shape, weight: weight_values, bias, window };
                    chain.append_parameters(&layer, plan, ranges.next().copied());
                }
            }
            None => chain.append(layer),
        }
    }
    chain.finish();
    GraphProto {
        name: weights.network.name.clone(),
        node: chain.nodes,
        initializer: chain.initializers,
        input: vec![value_info(INPUT, &weights.contract.input.shape())],
        output: vec![value_info(OUTPUT, &[weights.contract.labels.len()])],
        ..GraphProto::default()
    }
}

/// Nodes, each reading what the one before it wrote.
pub(crate) struct Chain {
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) initializers: Vec<TensorProto>,
    /// What the last node wrote.
    pub(crate) last: String,
    /// Whether that may be under 0.
    pub(crate) may_be_negative: bool,
    /// The range of the image, while `last` is still the image.
    pub(crate) image_range: Option<ActivationRange>,
    /// Names of layers that have one, and those that were given.
    taken: Vec<String>,
}

impl Chain {
    fn new(layers: &[Layer], contract: &ModelContract) -> Self {
        let range = ActivationRange::of_image(&contract.input);
        Self {
            nodes: Vec::new(),
            initializers: Vec::new(),
            last: INPUT.to_owned(),
            may_be_negative: range.quantised().zero_point > 0,
            image_range: Some(range),
            taken: layers.iter().filter_map(Layer::name).map(str::to_owned).collect(),
        }
    }

    /// A layer without parameters.
    fn append(&mut self, layer: &Layer) {
        match layer {
            Layer::MaxPool { kernel, stride } => {
                let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
                self.numbered("pool", "MaxPool", attributes);
            }
            Layer::AveragePool { kernel, stride } => {
                let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
                self.numbered("average", "AveragePool", attributes);
            }
            Layer::Relu => {
                self.numbered("relu", "Relu", vec![]);
                (self.may_be_negative, self.image_range) = (false, None);
            }
            Layer::Flatten => self.numbered("flatten", "Flatten", vec![integer("axis", 1)]),
            // Gone, folded, or not for this function.
            Layer::Dropout { .. }
            | Layer::BatchNorm { .. }
            | Layer::Convolution { .. }
            | Layer::Linear { .. } => {}
        }
    }

    fn finish(&mut self) {
        self.numbered("softmax", "Softmax", vec![integer("axis", -1)]);
        if let Some(softmax) = self.nodes.last_mut() {
            softmax.output = vec![OUTPUT.to_owned()];
        }
    }

    /// A node that reads `inputs` and is read by the next one. Its output is its name with `_output`.
    pub(crate) fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) {
        self.last = format!("{name}_output");
        self.nodes.push(NodeProto {
            op_type: operator.to_owned(),
            name: name.to_owned(),
            input: inputs,
            output: vec![self.last.clone()],
            attribute,
            ..NodeProto::default()
        });
    }

    /// A name that no layer and no earlier node has: `wanted`, with underscores where it is taken.
    pub(crate) fn free_name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.taken.contains(&name) {
            name.push('_');
        }
        self.taken.push(name.clone());
        name
    }

    /// `relu1`, `relu2`: layers without parameters have no names of their own.
    fn numbered(&mut self, kind: &str, operator: &str, attributes: Vec<AttributeProto>) {
        let names = (1..).map(|number| format!("{kind}{number}"));
        let free = names.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.push(free.clone());
        let input = vec![self.last.clone()];
        self.node(operator, &free, input, attributes);
    }
}

/// The attributes of a convolution's window; nothing for a linear layer.
fn window_attributes(layer: &Layer) -> Option<Vec<AttributeProto>> {
    let Layer::Convolution { kernel, stride, padding, .. } = layer else { return None };
    let [top, left] = *padding;
    Some(vec![
        integers("kernel_shape", kernel),
        integers("strides", stride),
        integers("pads", &[top, left, top, left]),
    ])
}

#[cfg(test)]
mod tests;

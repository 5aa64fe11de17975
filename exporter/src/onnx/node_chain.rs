//! A chain of ONNX nodes, each reading what the one before it wrote, with the initializers that they read and with names
//! that no two of them share. A residual block leaves the chain at a [`Place`] and joins it again with a sum.

use std::collections::HashMap;

use candle_onnx::onnx::{AttributeProto, NodeProto, TensorProto};
use models::{Layer, ModelContract};

use super::quantised_input::QuantisedInput;
use crate::precision::ActivationRange;

/// The name of the graph's input, f32 `[batch, channels, height, width]`.
pub(crate) const INPUT: &str = "image";

/// The name of the graph's output, f32 `[batch, classes]`.
pub(crate) const OUTPUT: &str = "probabilities";

/// A value of a chain that later nodes go on from, and what is known of it.
pub(super) struct Place {
    value: String,
    may_be_negative: bool,
    image_range: Option<ActivationRange>,
}

/// The nodes so far, and what is known of the values that the last one writes.
pub(super) struct NodeChain {
    /// In the order in which they are computed.
    pub(super) nodes: Vec<NodeProto>,
    /// The constant tensors that the nodes read.
    pub(super) initializers: Vec<TensorProto>,
    /// The name of what the last node wrote.
    pub(super) last: String,
    /// Whether a value of `last` may be under 0.
    pub(super) may_be_negative: bool,
    /// The range of the image, as long as `last` holds no other values than the image.
    pub(super) image_range: Option<ActivationRange>,
    /// The values that layers have read in eight bits, by their names.
    pub(super) in_bytes: HashMap<String, QuantisedInput>,
    /// The names of layers, and those that nodes were given.
    taken: Vec<String>,
}

impl NodeChain {
    /// A chain without nodes: what is written last is the image.
    pub(super) fn new(layers: &[Layer], contract: &ModelContract) -> Self {
        let range = ActivationRange::of_image(&contract.input);
        Self {
            nodes: Vec::new(),
            initializers: Vec::new(),
            last: INPUT.to_owned(),
            may_be_negative: range.quantised().zero_point > 0,
            image_range: Some(range),
            in_bytes: HashMap::new(),
            taken: layers
                .iter()
                .flat_map(Layer::with_inner)
                .filter_map(Layer::name)
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Appends a node that reads `inputs` and is read by the next one. Its output is its name with `_output`.
    pub(super) fn node(
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

    /// Appends a node that reads what the last one wrote, under the first free name of `relu1`, `relu2` and so on: layers
    /// without parameters have no names of their own.
    pub(super) fn numbered_node(&mut self, kind: &str, operator: &str, attributes: Vec<AttributeProto>) {
        let name = self.free_number(kind);
        let input = vec![self.last.clone()];
        self.node(operator, &name, input, attributes);
    }

    /// Returns the place after the last node.
    pub(super) fn place(&self) -> Place {
        let (value, may_be_negative) = (self.last.clone(), self.may_be_negative);
        Place { value, may_be_negative, image_range: self.image_range }
    }

    /// Goes back to an earlier place, which the next node reads.
    pub(super) fn go_to(&mut self, place: Place) {
        let Place { value, may_be_negative, image_range } = place;
        (self.last, self.may_be_negative, self.image_range) = (value, may_be_negative, image_range);
    }

    /// Appends the sum of what stands at `other` and of what the last node wrote.
    pub(super) fn add(&mut self, other: Place) {
        let name = self.free_number("add");
        let may_be_negative = self.may_be_negative || other.may_be_negative;
        let inputs = vec![other.value, self.last.clone()];
        self.node("Add", &name, inputs, vec![]);
        (self.may_be_negative, self.image_range) = (may_be_negative, None);
    }

    /// Takes the first free name of `kind1`, `kind2` and so on.
    fn free_number(&mut self, kind: &str) -> String {
        let names = (1..).map(|number| format!("{kind}{number}"));
        let free = names.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.push(free.clone());
        free
    }

    /// Takes a name that no layer and no earlier node has: `wanted`, with underscores where it is taken.
    pub(super) fn free_name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.taken.contains(&name) {
            name.push('_');
        }
        self.taken.push(name.clone());
        name
    }

    /// Forgets what was known of the values: the last node may write any.
    pub(super) fn may_hold_any_value(&mut self) {
        (self.may_be_negative, self.image_range) = (true, None);
    }

    /// Notes that the last node writes no value under 0, and other values than the image's.
    pub(super) fn holds_no_negative_value(&mut self) {
        (self.may_be_negative, self.image_range) = (false, None);
    }
}

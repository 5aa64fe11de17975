//! A network as a graph of operations on values.
//!
//! In come the layers of a network, out go [`Node`]s in an order in which each finds its inputs computed. A value is what
//! flows between two operations, so many numbers for each image; images are channels last. A residual block is two paths to
//! one addition, and a ReLU becomes a part of the operation before it. What runs together is decided elsewhere.

use std::collections::HashSet;

use kernels::pooling::Source;
use kernels::{Activation, Convolution, ImageShape, Linear, Pool, WideConvolution};
use models::{Layer, Network, Shape};

use crate::layers::batch_norm::BatchNorm;
use crate::layers::dropout::Dropout;

/// The number of a value; value 0 is the network's input as the caller gives it.
pub(super) type Value = usize;

/// The network's input, `[batch, channels, height, width]`.
pub(super) const INPUT: Value = 0;

/// One operation, with `parameter` the position of its first parameter in the network's parameters.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    /// A convolution. Where `masks_backward` is false, the operation behind has masked the gradient by the activation.
    Convolution { layer: Convolution, masks_backward: bool, parameter: usize },
    /// A wide convolution, which reads its weights once for many images and so needs the whole batch at once.
    WideConvolution { layer: WideConvolution, parameter: usize },
    /// A linear layer, which needs the whole batch at once.
    Linear { layer: Linear, parameter: usize },
    /// A batch norm by statistics that are known when it runs.
    BatchNorm { layer: BatchNorm, parameter: usize },
    /// Max-pooling.
    MaxPool { layer: Pool, source: Source },
    /// Average pooling.
    AveragePool(Pool),
    /// The sum of two values, and an activation of it.
    Add(Activation),
    /// The rectified linear unit behind an operation that cannot apply it itself.
    Relu,
    /// Dropout.
    Dropout(Dropout),
    /// A change from `[channels, height, width]` to channels last; the shape is the latter.
    ChannelsLast(ImageShape),
    /// A change from channels last to `[channels · height · width]`, the order that weights are stored for.
    Flatten(ImageShape),
}

/// An operation with the values that it reads and the value that it makes.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) inputs: Vec<Value>,
    pub(super) output: Value,
}

/// A network as nodes in the order in which they are computed.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// The count of numbers that each value has for one image.
    pub(super) lens: Vec<usize>,
    /// The value that holds the logits.
    pub(super) output: Value,
}

impl Node {
    /// Returns whether the operation has parameters that are trained.
    pub(super) fn is_trained(&self) -> bool {
        matches!(
            self.operation,
            Operation::Convolution { .. }
                | Operation::WideConvolution { .. }
                | Operation::Linear { .. }
                | Operation::BatchNorm { .. }
        )
    }

    /// Returns whether the operation needs the whole batch at once.
    pub(super) fn needs_batch(&self) -> bool {
        matches!(self.operation, Operation::Linear { .. } | Operation::WideConvolution { .. })
    }

    /// Returns whether the operation costs so little that the backward pass computes it again instead of keeping its output.
    pub(super) fn is_cheap(&self) -> bool {
        matches!(self.operation, Operation::BatchNorm { .. } | Operation::Add(_) | Operation::Relu)
    }

    /// Returns the values of the forward pass that the backward pass of this operation reads; what needs the whole batch has
    /// its values kept anyway.
    pub(super) fn needed_backward(&self) -> Vec<Value> {
        let relu = |activation| (activation == Activation::Relu).then_some(self.output);
        match &self.operation {
            Operation::Convolution { layer, masks_backward, .. } => {
                let mask = if *masks_backward { relu(layer.activation) } else { None };
                self.inputs.iter().copied().chain(mask).collect()
            }
            Operation::BatchNorm { layer, .. } => {
                self.inputs.iter().copied().chain(relu(layer.activation)).collect()
            }
            Operation::Add(activation) => relu(*activation).into_iter().collect(),
            Operation::Relu => vec![self.output],
            _ => Vec::new(),
        }
    }
}

impl Graph {
    /// Returns the graph of `network`. Without `for_training`, dropout is left out. The layers must fit together.
    pub(super) fn new(network: &Network, for_training: bool) -> Self {
        let mut builder = Builder {
            graph: Self { nodes: Vec::new(), lens: vec![network.input.iter().product()], output: INPUT },
            shared: HashSet::new(),
            parameter: 0,
            number: 0,
            for_training,
        };
        let [channels, height, width] = network.input;
        let first = match channels {
            1 => INPUT,
            _ => builder.push(Operation::ChannelsLast([height, width, channels]), vec![INPUT], None),
        };
        let (output, _) = builder.layers(&network.layers, first, Shape::Image(network.input));
        builder.graph.output = output;
        builder.graph
    }
}

struct Builder {
    graph: Graph,
    /// The values that several paths read: an operation behind one path must not change them for the others.
    shared: HashSet<Value>,
    /// The position of the next layer's first parameter in the network's parameters.
    parameter: usize,
    /// The number of the next layer among all layers, those within layers included.
    number: u32,
    for_training: bool,
}

impl Builder {
    /// Adds a node, whose output has `len` numbers for each image, or as many as its first input.
    fn push(&mut self, operation: Operation, inputs: Vec<Value>, len: Option<usize>) -> Value {
        let output = self.graph.lens.len();
        self.graph.lens.push(len.unwrap_or(self.graph.lens[inputs[0]]));
        self.graph.nodes.push(Node { operation, inputs, output });
        output
    }

    /// Adds a list of layers behind `value`, and returns what they make of it.
    fn layers(&mut self, layers: &[Layer], value: Value, shape: Shape) -> (Value, Shape) {
        layers.iter().fold((value, shape), |(value, shape), layer| {
            let output = layer.output(shape).unwrap_or(shape);
            (self.layer(layer, value, shape, output), output)
        })
    }

    fn layer(&mut self, layer: &Layer, x: Value, shape: Shape, output: Shape) -> Value {
        let number = self.number;
        self.number += 1;
        match layer {
            Layer::Residual { body, shortcut } => {
                self.shared.insert(x);
                let (of_body, _) = self.layers(body, x, shape);
                let (of_shortcut, _) = self.layers(shortcut, x, shape);
                self.push(Operation::Add(Activation::Identity), vec![of_body, of_shortcut], None)
            }
            Layer::Branches { branches, .. } => {
                self.shared.insert(x);
                let outputs: Vec<Value> =
                    branches.iter().map(|branch| self.layers(branch, x, shape).0).collect();
                let (first, others) =
                    outputs.split_first().map_or((x, &[][..]), |(first, rest)| (*first, rest));
                others.iter().fold(first, |sum, other| {
                    self.push(Operation::Add(Activation::Identity), vec![sum, *other], None)
                })
            }
            Layer::Relu => self.relu(x),
            Layer::Dropout { rate } if self.for_training => {
                self.push(Operation::Dropout(Dropout { rate: *rate, layer: number }), vec![x], None)
            }
            Layer::Dropout { .. } => x,
            // A single channel or a single pixel lies in the order that weights are stored for.
            Layer::Flatten => match shape {
                Shape::Image([channels, height, width]) if channels > 1 && height * width > 1 => {
                    self.push(Operation::Flatten([height, width, channels]), vec![x], None)
                }
                _ => x,
            },
            _ => {
                let operation = self.operation(layer, shape, x);
                self.parameter += layer.parameters().len();
                operation.map_or(x, |operation| self.push(operation, vec![x], Some(output.len())))
            }
        }
    }

    /// Returns the operation of a layer that has one.
    fn operation(&mut self, layer: &Layer, shape: Shape, x: Value) -> Option<Operation> {
        let parameter = self.parameter;
        let activation = Activation::Identity;
        Some(match (layer, shape) {
            (
                Layer::Convolution { out_channels, kernel, stride, padding, groups, .. },
                Shape::Image(image),
            ) => {
                let layer = Convolution {
                    image: channels_last(image),
                    out_channels: *out_channels,
                    groups: *groups,
                    kernel: *kernel,
                    stride: *stride,
                    padding: *padding,
                    activation,
                };
                match WideConvolution::new(layer) {
                    Some(layer) => Operation::WideConvolution { layer, parameter },
                    None => Operation::Convolution { layer, masks_backward: true, parameter },
                }
            }
            (Layer::Linear { inputs, outputs, .. }, _) => Operation::Linear {
                layer: Linear { inputs: *inputs, outputs: *outputs, activation },
                parameter,
            },
            (Layer::BatchNorm { epsilon, .. }, shape) => {
                let layer = BatchNorm { channels: shape.channels(), epsilon: *epsilon, activation };
                Operation::BatchNorm { layer, parameter }
            }
            (Layer::MaxPool { kernel, stride }, Shape::Image(image)) => Operation::MaxPool {
                layer: Pool { image: channels_last(image), kernel: *kernel, stride: *stride },
                source: self.pooled(x),
            },
            (Layer::AveragePool { kernel, stride }, Shape::Image(image)) => {
                Operation::AveragePool(Pool { image: channels_last(image), kernel: *kernel, stride: *stride })
            }
            (Layer::GlobalAveragePool, Shape::Image(image)) => {
                let whole = [image[1], image[2]];
                Operation::AveragePool(Pool { image: channels_last(image), kernel: whole, stride: whole })
            }
            _ => return None,
        })
    }

    /// Returns what a max-pooling of `x` may know: behind a convolution's ReLU it keeps what that ReLU's mask would tell.
    fn pooled(&mut self, x: Value) -> Source {
        if let Some(Node { operation: Operation::Convolution { layer, masks_backward, .. }, output, .. }) =
            self.graph.nodes.last_mut()
            && *output == x
            && !self.shared.contains(&x)
            && layer.activation == Activation::Relu
        {
            *masks_backward = false;
            return Source::Relu;
        }
        Source::Any
    }

    /// Adds a ReLU behind `x`: as a part of the operation that has just made `x`, where that can apply it.
    fn relu(&mut self, x: Value) -> Value {
        if let Some(Node { operation, output, .. }) = self.graph.nodes.last_mut()
            && *output == x
            && !self.shared.contains(&x)
        {
            if let Operation::WideConvolution { layer, .. } = operation {
                *layer = layer.with_relu();
                return x;
            }
            let activation = match operation {
                Operation::Convolution { layer, .. } => Some(&mut layer.activation),
                Operation::Linear { layer, .. } => Some(&mut layer.activation),
                Operation::BatchNorm { layer, .. } => Some(&mut layer.activation),
                Operation::Add(activation) => Some(activation),
                _ => None,
            };
            if let Some(activation) = activation {
                *activation = Activation::Relu;
                return x;
            }
        }
        self.push(Operation::Relu, vec![x], None)
    }
}

/// Returns the shape `[channels, height, width]` as `[height, width, channels]`.
fn channels_last([channels, height, width]: [usize; 3]) -> ImageShape {
    [height, width, channels]
}

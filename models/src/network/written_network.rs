//! A network as people write it: what follows from the layers before is left out.
//!
//! In comes a list of layers from a file, out goes a [`Network`] for images `[channels, height, width]` and a number of
//! classes. Channels and inputs are those that reach a layer, names are counted, the last linear layer has an output for each
//! class: so that one file serves pictures of any size, and its author counts nothing.

use serde::Deserialize;

use super::description::Network;
use super::layer::Layer;
use super::network_error::NetworkError;
use super::shape::Shape;

/// The epsilon of a batch norm that says none: PyTorch's.
const EPSILON: f32 = 1e-5;

/// A network from a file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenNetwork {
    /// The name of the network, for people.
    pub name: String,
    /// The layers in the order in which they are applied. The last one is a linear layer; where it says no outputs, it has one
    /// for each class.
    pub layers: Vec<WrittenLayer>,
}

/// A pair `[vertical, horizontal]`, or one number for both.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a whole number, or two as [vertical, horizontal]")]
pub enum Pair {
    /// The same number for both axes.
    Both(usize),
    /// The vertical and the horizontal number.
    Each([usize; 2]),
}

impl Pair {
    fn pair(self) -> [usize; 2] {
        match self {
            Self::Both(number) => [number, number],
            Self::Each(pair) => pair,
        }
    }
}

/// A layer from a file; each kind is that of [`Layer`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WrittenLayer {
    /// A convolution. Without `padding` there is none; `groups` defaults to 1.
    Convolution {
        /// The name, `conv1`, `conv2`, … where none is written.
        name: Option<String>,
        /// The input channels, where the file says them: those that reach the layer.
        in_channels: Option<usize>,
        /// The output channels.
        out_channels: usize,
        /// The rows and columns of the window.
        kernel: Pair,
        /// The rows and columns from one window to the next, 1 where none is written.
        stride: Option<Pair>,
        /// The rows and columns of zeros on each side, 0 where none is written.
        padding: Option<Pair>,
        /// The number of groups, 1 where none is written.
        groups: Option<usize>,
    },
    /// A depthwise convolution: as many groups and outputs as channels reach it.
    DepthwiseConvolution {
        /// The name, `conv1`, `conv2`, … where none is written.
        name: Option<String>,
        /// The rows and columns of the window.
        kernel: Pair,
        /// The rows and columns from one window to the next, 1 where none is written.
        stride: Option<Pair>,
        /// The rows and columns of zeros on each side, 0 where none is written.
        padding: Option<Pair>,
    },
    /// The rectified linear unit.
    Relu {},
    /// Max-pooling; the stride is the window where none is written.
    MaxPool {
        /// The rows and columns of the window.
        kernel: Pair,
        /// The rows and columns from one window to the next.
        stride: Option<Pair>,
    },
    /// Average pooling; the stride is the window where none is written.
    AveragePool {
        /// The rows and columns of the window.
        kernel: Pair,
        /// The rows and columns from one window to the next.
        stride: Option<Pair>,
    },
    /// The mean of each channel over the whole image.
    GlobalAveragePool {},
    /// The largest value of each channel over the whole image.
    GlobalMaxPool {},
    /// A batch norm, directly behind a convolution or a linear layer.
    BatchNorm {
        /// The name, `bn1`, `bn2`, … where none is written.
        name: Option<String>,
        /// The channels, where the file says them: those that reach the layer.
        channels: Option<usize>,
        /// The number that is added to the variance, 1e-5 where none is written.
        epsilon: Option<f32>,
    },
    /// Dropout.
    Dropout {
        /// The probability that a value is zeroed, in [0, 1).
        rate: f32,
    },
    /// The image as a vector.
    Flatten {},
    /// A linear layer.
    Linear {
        /// The name, `fc1`, `fc2`, … where none is written.
        name: Option<String>,
        /// The inputs, where the file says them: the values that reach the layer.
        inputs: Option<usize>,
        /// The outputs; only the last layer may leave them out: one for each class.
        outputs: Option<usize>,
    },
    /// A residual block.
    Residual {
        /// The layers of the body.
        body: Vec<WrittenLayer>,
        /// The layers of the shortcut, none where the input itself is added.
        #[serde(default)]
        shortcut: Vec<WrittenLayer>,
    },
    /// Parallel linear branches.
    Branches {
        /// The name of the convolution that they fold into, counted where none is written.
        name: Option<String>,
        /// The layers of each branch.
        branches: Vec<Vec<WrittenLayer>>,
    },
}

impl WrittenNetwork {
    /// Returns the network for images of the shape `input`, `[channels, height, width]`, and this number of classes. Its
    /// shapes are checked.
    ///
    /// # Errors
    /// [`NetworkError`] for the first layer that does not fit, and where the last layer has other outputs than the classes.
    pub fn network(&self, input: [usize; 3], classes: usize) -> Result<Network, NetworkError> {
        let mut reader = Reader { classes, convolutions: 0, norms: 0, linears: 0 };
        let layers = reader.layers(&self.layers, Shape::Image(input));
        let network = Network { name: self.name.clone(), input, layers };
        let found = network.classes()?;
        if found != classes {
            let problem = format!(
                "expected {classes} outputs of the last linear layer, one for each class, found {found}; without \
                 `outputs` it has as many as there are classes"
            );
            return Err(NetworkError { network: network.name, place: String::new(), problem });
        }
        Ok(network)
    }
}

/// The numbers that the next names get.
struct Reader {
    classes: usize,
    convolutions: usize,
    norms: usize,
    linears: usize,
}

impl Reader {
    fn layers(&mut self, layers: &[WrittenLayer], mut shape: Shape) -> Vec<Layer> {
        let mut read = Vec::with_capacity(layers.len());
        for layer in layers {
            let layer = self.layer(layer, shape);
            // What does not fit is named by the check of the whole network.
            shape = layer.output(shape).unwrap_or(shape);
            read.push(layer);
        }
        read
    }

    fn layer(&mut self, layer: &WrittenLayer, shape: Shape) -> Layer {
        let [height, width] = match shape {
            Shape::Image([_, height, width]) => [height, width],
            Shape::Vector(_) => [1, 1],
        };
        let pair = |pair: &Option<Pair>, default: [usize; 2]| pair.map_or(default, Pair::pair);
        match layer {
            WrittenLayer::Convolution {
                name,
                in_channels,
                out_channels,
                kernel,
                stride,
                padding,
                groups,
            } => Layer::Convolution {
                name: self.convolution(name),
                in_channels: in_channels.unwrap_or(shape.channels()),
                out_channels: *out_channels,
                kernel: kernel.pair(),
                stride: pair(stride, [1, 1]),
                padding: pair(padding, [0, 0]),
                groups: groups.unwrap_or(1),
            },
            WrittenLayer::DepthwiseConvolution { name, kernel, stride, padding } => Layer::Convolution {
                name: self.convolution(name),
                in_channels: shape.channels(),
                out_channels: shape.channels(),
                kernel: kernel.pair(),
                stride: pair(stride, [1, 1]),
                padding: pair(padding, [0, 0]),
                groups: shape.channels(),
            },
            WrittenLayer::Relu {} => Layer::Relu,
            WrittenLayer::MaxPool { kernel, stride } => {
                Layer::MaxPool { kernel: kernel.pair(), stride: pair(stride, kernel.pair()) }
            }
            WrittenLayer::AveragePool { kernel, stride } => {
                Layer::AveragePool { kernel: kernel.pair(), stride: pair(stride, kernel.pair()) }
            }
            WrittenLayer::GlobalAveragePool {} => Layer::GlobalAveragePool,
            WrittenLayer::GlobalMaxPool {} => {
                Layer::MaxPool { kernel: [height, width], stride: [height, width] }
            }
            WrittenLayer::BatchNorm { name, channels, epsilon } => Layer::BatchNorm {
                name: counted(name, "bn", &mut self.norms),
                channels: channels.unwrap_or(shape.channels()),
                epsilon: epsilon.unwrap_or(EPSILON),
            },
            WrittenLayer::Dropout { rate } => Layer::Dropout { rate: *rate },
            WrittenLayer::Flatten {} => Layer::Flatten,
            WrittenLayer::Linear { name, inputs, outputs } => Layer::Linear {
                name: counted(name, "fc", &mut self.linears),
                inputs: inputs.unwrap_or(shape.len()),
                outputs: outputs.unwrap_or(self.classes),
            },
            WrittenLayer::Residual { body, shortcut } => {
                Layer::Residual { body: self.layers(body, shape), shortcut: self.layers(shortcut, shape) }
            }
            WrittenLayer::Branches { name, branches } => {
                let name = self.convolution(name);
                Layer::Branches {
                    name,
                    branches: branches.iter().map(|branch| self.layers(branch, shape)).collect(),
                }
            }
        }
    }

    fn convolution(&mut self, name: &Option<String>) -> String {
        counted(name, "conv", &mut self.convolutions)
    }
}

/// Returns the name that is written, or the next one that is counted.
fn counted(name: &Option<String>, word: &str, count: &mut usize) -> String {
    *count += 1;
    name.clone().unwrap_or_else(|| format!("{word}{count}"))
}

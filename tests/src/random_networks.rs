//! Networks of random shapes with random weights, for properties that hold for all of them: a [`Sketch`] in, weights and
//! inputs f32 `[channels, height, width]` out. A sketch is what a property test draws and shrinks, since any sketch becomes
//! a network that fits together.

use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{ImageInput, Layer, ModelContract, Network, ParameterRole, Polarity, Provenance, Resize, Shape};

/// What a random network is made from. Every sketch becomes a network that fits together.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// Whether the input has three channels; otherwise it has one.
    pub colour: bool,
    /// Height and width of the input in pixels.
    pub side: [usize; 2],
    /// The layers on images, in order; those whose window does not fit any more are left out.
    pub on_images: Vec<ImageStep>,
    /// The linear layers after the flattening; the last one gives the logits.
    pub linear: Vec<LinearStep>,
    /// Whether every bias is 0.
    pub without_bias: bool,
    /// The seed of the weights and of the inputs.
    pub seed: u64,
}

/// A linear layer of a sketch.
#[derive(Debug, Clone)]
pub struct LinearStep {
    /// The number of outputs.
    pub outputs: usize,
    /// Whether a batch norm follows.
    pub normalised: bool,
    /// Whether a ReLU follows; the last linear layer has none.
    pub relu: bool,
}

/// A layer of a sketch that makes an image of an image. Kernels are `[vertical, horizontal]`; strides and paddings are equal on both axes, since
/// candle-onnx 0.11.1 runs no others.
#[derive(Debug, Clone)]
pub enum ImageStep {
    /// A convolution.
    Convolution {
        /// The number of output channels.
        channels: usize,
        /// The sides of the window.
        kernel: [usize; 2],
        /// The distance between two positions of the window, on both axes.
        stride: usize,
        /// Rows and columns of zeros on each side.
        padding: usize,
        /// Whether a batch norm follows.
        normalised: bool,
    },
    /// The largest value of each window.
    MaxPool {
        /// The sides of the window.
        kernel: [usize; 2],
        /// The distance between two positions of the window, on both axes.
        stride: usize,
    },
    /// The mean of each window.
    AveragePool {
        /// The sides of the window.
        kernel: [usize; 2],
        /// The distance between two positions of the window, on both axes.
        stride: usize,
    },
    /// max(0, x) of each value.
    Relu,
    /// Dropout, which does nothing after training.
    Dropout,
}

impl Sketch {
    /// Returns the network with weights that keep values about as large from layer to layer.
    #[must_use]
    pub fn weights(&self) -> Weights {
        let network = self.network();
        let mut random = Generator::new(self.seed, Purpose::Sample, 0, 0);
        let mut values = Vec::new();
        for spec in network.parameters() {
            let (centre, scale) = match spec.role {
                ParameterRole::Weight => (0.0, (1.5 / spec.fan_in as f32).sqrt()),
                ParameterRole::Bias if self.without_bias => (0.0, 0.0),
                ParameterRole::Bias | ParameterRole::RunningMean => (0.0, 0.1),
                ParameterRole::Scale | ParameterRole::RunningVariance => (1.0, 0.5),
            };
            values.extend((0..spec.len()).map(|_| centre + random.symmetric(scale)));
        }
        let contract = self.contract(network.classes().unwrap_or(0));
        Weights { network, contract, values, finding: None }
    }

    fn contract(&self, classes: usize) -> ModelContract {
        let [height, width] = self.side;
        let shape = [if self.colour { 3 } else { 1 }, height, width];
        // Only version 1 of the contract has networks of a single class.
        let mut input = match classes {
            0 | 1 => ImageInput::version_1(shape, Polarity::Natural, Resize::Fit),
            _ => ImageInput::version_2(shape, Resize::Fit),
        };
        if self.colour {
            (input.mean, input.standard_deviation) = (vec![0.5, 0.25, 0.0], vec![0.5, 1.25, 1.0]);
        }
        let labels = (0..classes).map(|class| format!("class {class}")).collect();
        ModelContract::new(input, labels, Provenance::default())
    }

    fn network(&self) -> Network {
        let channels = if self.colour { 3 } else { 1 };
        let mut layers = Vec::new();
        let mut image = [channels, self.side[0], self.side[1]];
        for (number, step) in self.on_images.iter().enumerate() {
            let step = step.layers(image, number);
            let network = with_head(layers.iter().chain(&step).cloned().collect(), self);
            if let Ok(shapes) = network.shapes()
                && let Some(Shape::Image(shape)) = shapes.get(layers.len())
            {
                image = *shape;
                layers.extend(step);
            }
        }
        let mut inputs = image.iter().product();
        layers.push(Layer::Flatten);
        for (number, &LinearStep { outputs, normalised, relu }) in self.linear.iter().enumerate() {
            layers.push(Layer::Linear { name: format!("fc{}", number + 1), inputs, outputs });
            if normalised {
                layers.push(batch_norm(format!("bn_fc{}", number + 1), outputs));
            }
            if relu && number + 1 < self.linear.len() {
                layers.push(Layer::Relu);
            }
            inputs = outputs;
        }
        Network { name: "sketch".to_owned(), input: [channels, self.side[0], self.side[1]], layers }
    }

    /// Returns input number `index` of the sketch, f32 `[channels, height, width]` in the contract's range: made of whole
    /// pixels, as pictures are.
    #[must_use]
    pub fn input(&self, contract: &ModelContract, index: u64) -> Vec<f32> {
        let mut random = Generator::new(self.seed, Purpose::Sample, 0, 1 + index);
        let pixels: Vec<u8> = (0..contract.input.values()).map(|_| random.below(256) as u8).collect();
        models::picture::preprocessing::from_bytes(&pixels, &contract.input)
    }
}

/// `layers` and a flattening: a network whose shapes can be computed.
fn with_head(mut layers: Vec<Layer>, sketch: &Sketch) -> Network {
    layers.push(Layer::Flatten);
    let channels = if sketch.colour { 3 } else { 1 };
    Network { name: "head".to_owned(), input: [channels, sketch.side[0], sketch.side[1]], layers }
}

impl ImageStep {
    fn layers(&self, image: [usize; 3], number: usize) -> Vec<Layer> {
        let layer = match *self {
            Self::Convolution { channels, kernel, stride, padding, normalised } => {
                let convolution = Layer::Convolution {
                    name: format!("conv{}", number + 1),
                    in_channels: image[0],
                    out_channels: channels,
                    kernel,
                    stride: [stride; 2],
                    padding: [padding; 2],
                    groups: 1,
                };
                if normalised {
                    return vec![convolution, batch_norm(format!("bn_conv{}", number + 1), channels)];
                }
                convolution
            }
            Self::MaxPool { kernel, stride } => Layer::MaxPool { kernel, stride: [stride; 2] },
            Self::AveragePool { kernel, stride } => Layer::AveragePool { kernel, stride: [stride; 2] },
            Self::Relu => Layer::Relu,
            Self::Dropout => Layer::Dropout { rate: 0.5 },
        };
        vec![layer]
    }
}

fn batch_norm(name: String, channels: usize) -> Layer {
    Layer::BatchNorm { name, channels, epsilon: 1e-3 }
}

//! Networks of random shapes with random weights, for properties that hold for all of them.

use models::weights::Weights;
use models::{Fit, ImageInput, Layer, ModelContract, Network, Polarity, Provenance, Shape};

use crate::small_set::Random;

/// What a network is made from; every sketch becomes a network that fits together.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// One channel or three.
    pub colour: bool,
    /// Height and width.
    pub side: [usize; 2],
    /// Steps on images; those that do not fit any more are left out.
    pub on_images: Vec<ImageStep>,
    /// The widths of linear layers, with a ReLU after those that say so; the last one gives the logits.
    pub linear: Vec<(usize, bool)>,
    /// Whether biases are 0.
    pub without_bias: bool,
    /// Of the weights.
    pub seed: u64,
}

/// A step from image to image. Kernels are `[vertical, horizontal]`; strides and paddings are equal on both axes, since
/// candle-onnx 0.11.1 runs no others.
#[derive(Debug, Clone)]
pub enum ImageStep {
    /// With so many output channels.
    Convolution {
        /// Channels that it makes.
        channels: usize,
        /// Window.
        kernel: [usize; 2],
        /// Step.
        stride: usize,
        /// Zeros around.
        padding: usize,
    },
    /// The largest of each window.
    MaxPool {
        /// Window.
        kernel: [usize; 2],
        /// Step.
        stride: usize,
    },
    /// max(0, x).
    Relu,
    /// Nothing, once trained.
    Dropout,
}

impl Sketch {
    /// The network with its weights: as large as keeps values about as large as they are from layer to layer.
    #[must_use]
    pub fn weights(&self) -> Weights {
        let network = self.network();
        let mut random = Random(self.seed);
        let mut values = Vec::new();
        for spec in network.parameters() {
            let is_bias = spec.shape.len() == 1;
            let scale = match is_bias {
                true if self.without_bias => 0.0,
                true => 0.1,
                false => (1.5 / spec.fan_in as f32).sqrt(),
            };
            values.extend((0..spec.len()).map(|_| random.symmetric() * scale));
        }
        let contract = self.contract(network.classes().unwrap_or(0));
        Weights { network, contract, values }
    }

    fn contract(&self, classes: usize) -> ModelContract {
        let [height, width] = self.side;
        let grey = ImageInput::grey(height, width, Polarity::Natural, Fit::Letterbox);
        let colour = ImageInput {
            channels: 3,
            mean: vec![0.5, 0.25, 0.0],
            standard_deviation: vec![0.5, 1.25, 1.0],
            ..grey.clone()
        };
        ModelContract {
            input: if self.colour { colour } else { grey },
            labels: (0..classes).map(|class| format!("class {class}")).collect(),
            ..ModelContract::mnist(Provenance::default())
        }
    }

    fn network(&self) -> Network {
        let channels = if self.colour { 3 } else { 1 };
        let mut layers = Vec::new();
        let mut image = [channels, self.side[0], self.side[1]];
        for (number, step) in self.on_images.iter().enumerate() {
            let layer = step.layer(image, number);
            let network = with_head(layers.iter().cloned().chain([layer.clone()]).collect(), self);
            if let Ok(shapes) = network.shapes()
                && let Some(Shape::Image(shape)) = shapes.get(layers.len())
            {
                image = *shape;
                layers.push(layer);
            }
        }
        let mut inputs = image.iter().product();
        layers.push(Layer::Flatten);
        for (number, &(outputs, relu)) in self.linear.iter().enumerate() {
            layers.push(Layer::Linear { name: format!("fc{}", number + 1), inputs, outputs });
            if relu && number + 1 < self.linear.len() {
                layers.push(Layer::Relu);
            }
            inputs = outputs;
        }
        Network { name: "sketch".to_owned(), input: [channels, self.side[0], self.side[1]], layers }
    }

    /// An input of the contract's range, made of whole pixels as pictures are.
    #[must_use]
    pub fn input(&self, contract: &ModelContract, random: &mut Random) -> Vec<f32> {
        let pixels: Vec<u8> = (0..contract.input.values()).map(|_| random.below(256) as u8).collect();
        models::preprocessing::from_bytes(&pixels, &contract.input)
    }
}

/// `layers` and a flattening, to ask for their shapes.
fn with_head(mut layers: Vec<Layer>, sketch: &Sketch) -> Network {
    layers.push(Layer::Flatten);
    let channels = if sketch.colour { 3 } else { 1 };
    Network { name: "head".to_owned(), input: [channels, sketch.side[0], sketch.side[1]], layers }
}

impl ImageStep {
    fn layer(&self, image: [usize; 3], number: usize) -> Layer {
        match *self {
            Self::Convolution { channels, kernel, stride, padding } => Layer::Convolution {
                name: format!("conv{}", number + 1),
                in_channels: image[0],
                out_channels: channels,
                kernel,
                stride: [stride; 2],
                padding: [padding; 2],
            },
            Self::MaxPool { kernel, stride } => Layer::MaxPool { kernel, stride: [stride; 2] },
            Self::Relu => Layer::Relu,
            Self::Dropout => Layer::Dropout { rate: 0.5 },
        }
    }
}

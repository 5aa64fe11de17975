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

/// A layer of a sketch that makes an image of an image. Kernels are `[vertical, horizontal]`; strides are equal on both axes,
/// since candle-onnx 0.11.1 runs no others.
#[derive(Debug, Clone)]
pub enum ImageStep {
    /// A convolution.
    Convolution {
        /// The number of output channels, rounded up to what the groups divide.
        channels: usize,
        /// The sides of the window.
        kernel: [usize; 2],
        /// The distance between two positions of the window, on both axes.
        stride: usize,
        /// Rows of zeros above and below, columns of zeros on the left and right.
        padding: [usize; 2],
        /// Whether a batch norm follows.
        normalised: bool,
        /// How the channels fall into groups.
        groups: Groups,
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
    /// The mean of each channel.
    GlobalAveragePool,
    /// max(0, x) of each value.
    Relu,
    /// Dropout, which does nothing after training.
    Dropout,
    /// A residual block. Where its body keeps the shape, the shortcut is the input itself; else it is one convolution whose
    /// window is as large as it must be.
    Residual {
        /// The steps of the body; without any that fits, there is no block.
        body: Vec<ImageStep>,
        /// Whether the shortcut is a convolution in any case.
        projected: bool,
    },
    /// Parallel linear branches.
    Branches {
        /// The number of output channels, where a convolution is among the branches.
        channels: usize,
        /// The distance between two positions of every window, on both axes.
        stride: usize,
        /// The branches; those without a convolution are there where the shape stays.
        branches: Vec<Branch>,
        /// How the channels fall into groups.
        groups: Groups,
    },
}

/// How the channels of a convolution fall into groups.
#[derive(Debug, Clone, Copy)]
pub enum Groups {
    /// All in one.
    One,
    /// Two, where the input's channels can be halved, else one.
    Two,
    /// Each channel of the input in one of its own.
    Depthwise,
}

/// One of parallel branches.
#[derive(Debug, Clone, Copy)]
pub enum Branch {
    /// The input itself.
    Identity,
    /// A batch norm.
    Norm,
    /// A convolution whose window reaches so many rows and columns to each side of its middle.
    Convolution {
        /// Rows up and down, columns to the left and right.
        reach: [usize; 2],
        /// Whether a batch norm follows.
        normalised: bool,
    },
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
        let input = [channels, self.side[0], self.side[1]];
        let mut names = Names(0);
        let (mut layers, image) = on_images(&self.on_images, input, &mut names);
        let mut inputs = image.iter().product();
        layers.push(Layer::Flatten);
        for (number, &LinearStep { outputs, normalised, relu }) in self.linear.iter().enumerate() {
            layers.push(Layer::linear(&format!("fc{}", number + 1), inputs, outputs));
            if normalised {
                layers.push(batch_norm(format!("bn_fc{}", number + 1), outputs));
            }
            if relu && number + 1 < self.linear.len() {
                layers.push(Layer::Relu);
            }
            inputs = outputs;
        }
        Network { name: "sketch".to_owned(), input, layers }
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

/// The names of convolutions, each once.
struct Names(usize);

impl Names {
    /// The next convolution, with its batch norm where it has one.
    fn convolution(&mut self, window: Layer, normalised: bool) -> Vec<Layer> {
        self.0 += 1;
        let mut layers = vec![window];
        if let Some(Layer::Convolution { name, out_channels, .. }) = layers.first_mut() {
            *name = format!("conv{}", self.0);
            let norm = batch_norm(format!("bn_conv{}", self.0), *out_channels);
            layers.extend(normalised.then_some(norm));
        }
        layers
    }
}

/// The layers of all steps that fit one after another, and the image after them.
fn on_images(steps: &[ImageStep], input: [usize; 3], names: &mut Names) -> (Vec<Layer>, [usize; 3]) {
    let (mut layers, mut image) = (Vec::new(), input);
    for step in steps {
        let step = step.layers(image, names);
        if let Some(after) = after(&step, image) {
            image = after;
            layers.extend(step);
        }
    }
    (layers, image)
}

/// The image after layers that fit.
fn after(layers: &[Layer], image: [usize; 3]) -> Option<[usize; 3]> {
    let shape = |shape: Option<Shape>, layer: &Layer| shape.and_then(|shape| layer.output(shape));
    match layers.iter().fold(Some(Shape::Image(image)), shape) {
        Some(Shape::Image(image)) => Some(image),
        _ => None,
    }
}

impl ImageStep {
    fn layers(&self, image: [usize; 3], names: &mut Names) -> Vec<Layer> {
        match self {
            Self::Convolution { channels, kernel, stride, padding, normalised, groups } => {
                let sizes = groups.channels(image[0], *channels);
                names.convolution(convolution(sizes, *kernel, *stride, *padding), *normalised)
            }
            Self::MaxPool { kernel, stride } => {
                vec![Layer::MaxPool { kernel: *kernel, stride: [*stride; 2] }]
            }
            Self::AveragePool { kernel, stride } => {
                vec![Layer::AveragePool { kernel: *kernel, stride: [*stride; 2] }]
            }
            Self::GlobalAveragePool => vec![Layer::GlobalAveragePool],
            Self::Relu => vec![Layer::Relu],
            Self::Dropout => vec![Layer::Dropout { rate: 0.5 }],
            Self::Residual { body, projected } => residual(body, *projected, image, names),
            Self::Branches { channels, stride, branches, groups } => {
                let sizes = groups.channels(image[0], *channels);
                parallel(branches, sizes, *stride, names)
            }
        }
    }
}

impl Groups {
    /// The input channels, the output channels, at least as many as wished for, and the number of groups.
    fn channels(self, inputs: usize, outputs: usize) -> [usize; 3] {
        let groups = match self {
            Self::One => 1,
            Self::Two if inputs.is_multiple_of(2) => 2,
            Self::Two => 1,
            Self::Depthwise => inputs,
        };
        [inputs, outputs.next_multiple_of(groups), groups]
    }
}

/// A convolution without a name; `sizes` are input channels, output channels and groups.
fn convolution(sizes: [usize; 3], kernel: [usize; 2], stride: usize, padding: [usize; 2]) -> Layer {
    let [in_channels, out_channels, groups] = sizes;
    let (name, stride) = (String::new(), [stride; 2]);
    Layer::Convolution { name, in_channels, out_channels, kernel, stride, padding, groups }
}

/// A residual block, or nothing where no body fits or where the image grows.
fn residual(body: &[ImageStep], projected: bool, image: [usize; 3], names: &mut Names) -> Vec<Layer> {
    let (body, found) = on_images(body, image, names);
    if body.is_empty() || found[1] > image[1] || found[2] > image[2] {
        return Vec::new();
    }
    let window = [image[1] - found[1] + 1, image[2] - found[2] + 1];
    let shortcut = convolution([image[0], found[0], 1], window, 1, [0, 0]);
    let shortcut = match found == image && !projected {
        true => Vec::new(),
        false => names.convolution(shortcut, projected),
    };
    vec![Layer::Residual { body, shortcut }]
}

/// Parallel branches, or nothing where no branch is left.
fn parallel(branches: &[Branch], sizes: [usize; 3], stride: usize, names: &mut Names) -> Vec<Layer> {
    let has_sums = branches.iter().any(|branch| matches!(branch, Branch::Convolution { .. }));
    let keeps_shape = stride == 1 && (sizes[0] == sizes[1] || !has_sums);
    names.0 += 1;
    let name = format!("branches{}", names.0);
    let mut found = Vec::new();
    for branch in branches {
        names.0 += 1;
        match branch {
            Branch::Convolution { reach, normalised } => {
                let window = convolution(sizes, reach.map(|reach| 2 * reach + 1), stride, *reach);
                found.push(names.convolution(window, *normalised));
            }
            Branch::Identity if keeps_shape => found.push(Vec::new()),
            Branch::Norm if keeps_shape => {
                found.push(vec![batch_norm(format!("bn_branch{}", names.0), sizes[0])]);
            }
            Branch::Identity | Branch::Norm => {}
        }
    }
    if found.is_empty() { Vec::new() } else { vec![Layer::Branches { name, branches: found }] }
}

fn batch_norm(name: String, channels: usize) -> Layer {
    Layer::BatchNorm { name, channels, epsilon: 1e-3 }
}

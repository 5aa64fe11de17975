//! The networks with names: the teachers for digits, the multi-layer perceptrons that are their students, and the convolutional
//! networks, `conv` and `vgg`, for pictures of any size.
//!
//! In comes a name such as `deep` or `mlp:128x128` with the shape of an image and a number of classes, out goes a
//! [`Network`] for images `[channels, height, width]` with a logit for each class.
//! Command line, sweeps and reproductions read the names here, so that a name means one network.

use std::fmt;
use std::str::FromStr;

use super::description::Network;
use super::layer::Layer;
use super::shape::Shape;

/// A network with a name, as a command line or a sweep chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preset {
    /// The preset `kariya-2018`, the network [`Network::teacher`].
    Kariya2018,
    /// The preset `deep`, the network [`Network::deep_teacher`].
    Deep,
    /// The preset `hinton-2015`, the network [`Network::dense_teacher`].
    Hinton2015,
    /// The preset `mlp:128x128`, the multi-layer perceptron [`Network::student`]; the numbers are the units of each
    /// hidden layer.
    Mlp(Vec<usize>),
    /// The preset `conv:16x32x64`, the network [`Network::convolutional`]; the numbers are the channels of each
    /// convolution.
    Convolutional(Vec<usize>),
    /// The preset `vgg:32x64x128`, the network [`Network::vgg`]; the numbers are the channels of each pair of convolutions.
    Vgg(Vec<usize>),
}

/// The error for a text that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected kariya-2018, deep, hinton-2015, hidden layers of at least 1 unit each, such as mlp:128x128, or \
     convolutions of at least 1 channel each, such as conv:16x32x64 or vgg:32x64x128"
)]
pub struct PresetError;

impl Preset {
    /// Returns the network of the preset, for images of the shape `input`, `[channels, height, width]`, and this number
    /// of classes, at least 1. Images that are too small for its layers are for [`Network::shapes`] to refuse.
    #[must_use]
    pub fn network(&self, input: [usize; 3], classes: usize) -> Network {
        let of_digits = match self {
            Self::Kariya2018 => Network::teacher(),
            Self::Deep => Network::deep_teacher(),
            Self::Hinton2015 => Network::dense_teacher(),
            Self::Mlp(hidden) => Network::student(hidden),
            Self::Convolutional(channels) => return Network::convolutional(channels, input, classes),
            Self::Vgg(channels) => return Network::vgg(channels, input, classes),
        };
        of_digits.for_images(input, classes)
    }
}

impl FromStr for Preset {
    type Err = PresetError;

    fn from_str(text: &str) -> Result<Self, PresetError> {
        match text {
            "kariya-2018" => return Ok(Self::Kariya2018),
            "deep" => return Ok(Self::Deep),
            "hinton-2015" => return Ok(Self::Hinton2015),
            _ => {}
        }
        let (kind, numbers) = text.split_once(':').ok_or(PresetError)?;
        let numbers = numbers.split('x').map(|number| number.parse().ok().filter(|&number| number > 0));
        let numbers: Vec<usize> = numbers.collect::<Option<_>>().ok_or(PresetError)?;
        match kind {
            "mlp" => Ok(Self::Mlp(numbers)),
            "conv" => Ok(Self::Convolutional(numbers)),
            "vgg" => Ok(Self::Vgg(numbers)),
            _ => Err(PresetError),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kariya2018 => formatter.write_str("kariya-2018"),
            Self::Deep => formatter.write_str("deep"),
            Self::Hinton2015 => formatter.write_str("hinton-2015"),
            Self::Mlp(numbers) | Self::Convolutional(numbers) | Self::Vgg(numbers) => {
                let kind = match self {
                    Self::Mlp(_) => "mlp",
                    Self::Vgg(_) => "vgg",
                    _ => "conv",
                };
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                write!(formatter, "{kind}:{}", numbers.join("x"))
            }
        }
    }
}

/// The number of units of each hidden layer of the shipped student.
pub const STUDENT_HIDDEN_UNITS: [usize; 2] = [128, 128];

impl Network {
    /// Returns the teacher of Kariya, "Dark Knowledge in Neural Networks", 2018, for grey images of 28×28 pixels and
    /// ten classes: convolution 32 3×3, convolution 64 3×3, max-pool 2, dropout, dense 128, dropout, dense 10;
    /// 1,199,882 parameters.
    #[must_use]
    pub fn teacher() -> Self {
        Self {
            name: "teacher".to_owned(),
            input: [1, 28, 28],
            layers: vec![
                Layer::convolution_3x3("conv1", 1, 32),
                Layer::Relu,
                Layer::convolution_3x3("conv2", 32, 64),
                Layer::Relu,
                Layer::MaxPool { kernel: [2, 2], stride: [2, 2] },
                Layer::Dropout { rate: 0.25 },
                Layer::Flatten,
                Layer::linear("fc1", 64 * 12 * 12, 128),
                Layer::Relu,
                Layer::Dropout { rate: 0.5 },
                Layer::linear("fc2", 128, 10),
            ],
        }
    }

    /// Returns a teacher that is deeper at about the same cost an answer: six 3×3 convolutions of 32, 32, 64, 64, 128
    /// and 128 channels, every second one of stride 2, each with batch norm, then dropout and one dense layer; 306,922
    /// values when the batch norms are folded.
    #[must_use]
    pub fn deep_teacher() -> Self {
        let mut layers = Vec::new();
        let mut in_channels = 1;
        for (index, out_channels) in [32, 32, 64, 64, 128, 128].into_iter().enumerate() {
            layers.push(Layer::Convolution {
                name: format!("conv{}", index + 1),
                in_channels,
                out_channels,
                kernel: [3, 3],
                stride: if index % 2 == 0 { [1, 1] } else { [2, 2] },
                padding: [1, 1],
            });
            layers.push(Layer::batch_norm(&format!("bn{}", index + 1), out_channels));
            layers.push(Layer::Relu);
            in_channels = out_channels;
        }
        layers.extend([Layer::Flatten, Layer::Dropout { rate: 0.4 }, Layer::linear("fc1", 128 * 4 * 4, 10)]);
        Self { name: "deep-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// Returns a teacher of two dense layers of 1,200 units with dropout, as the teacher of Hinton, Vinyals, Dean 2015
    /// (section 3) had them; 2,395,210 parameters. The rates are those of Hinton et al. 2012 (1207.0580): 0.2 of the
    /// pixels, 0.5 of the units.
    #[must_use]
    pub fn dense_teacher() -> Self {
        let layers = vec![
            Layer::Flatten,
            Layer::Dropout { rate: 0.2 },
            Layer::linear("fc1", 28 * 28, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            Layer::linear("fc2", 1200, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            Layer::linear("fc3", 1200, 10),
        ];
        Self { name: "dense-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// Returns a multi-layer perceptron on raw pixels, 28·28 - `hidden` - 10, with a ReLU after each hidden layer;
    /// 118,282 parameters for hidden layers of 128 and 128 units.
    #[must_use]
    pub fn student(hidden: &[usize]) -> Self {
        let widths: Vec<usize> = std::iter::once(28 * 28).chain(hidden.iter().copied()).chain([10]).collect();
        let mut layers = vec![Layer::Flatten];
        for (index, pair) in widths.windows(2).enumerate() {
            if index > 0 {
                layers.push(Layer::Relu);
            }
            layers.push(Layer::linear(&format!("fc{}", index + 1), pair[0], pair[1]));
        }
        let name = hidden.iter().fold("student".to_owned(), |name, units| format!("{name}-{units}"));
        Self { name, input: [1, 28, 28], layers }
    }

    /// Returns a network for pictures of the shape `input`, `[channels, height, width]`: 3×3 convolutions of stride 2 with so
    /// many `channels`, each with batch norm and a ReLU, the largest value of each channel over the picture, and one dense
    /// layer. What a small board has time for; it minds little where in a picture a thing is.
    #[must_use]
    pub fn convolutional(channels: &[usize], input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        channels.iter().for_each(|&channels| blocks.add(channels, 2));
        blocks.network("conv", channels, classes, &[])
    }

    /// Returns a network for pictures of the shape `input`, `[channels, height, width]`, as deep as the one of
    /// [`Network::convolutional`] twice over: two 3×3 convolutions for each of `channels`, of which the second has stride 2,
    /// and dropout before the dense layer; after the networks of Simonyan, Zisserman 2014 (1409.1556).
    #[must_use]
    pub fn vgg(channels: &[usize], input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        for &channels in channels {
            blocks.add(channels, 1);
            blocks.add(channels, 2);
        }
        blocks.network("vgg", channels, classes, &[Layer::Dropout { rate: 0.3 }])
    }

    /// Returns the same network for images of the shape `input`, `[channels, height, width]`, and this number of classes:
    /// the first convolution has as many input channels as the images, the first linear layer reads as many values as
    /// reach it, and the last one gives a logit for each class.
    #[must_use]
    pub fn for_images(mut self, input: [usize; 3], classes: usize) -> Self {
        self.input = input;
        let mut shape = Shape::Image(input);
        for layer in &mut self.layers {
            match (&mut *layer, shape) {
                (Layer::Convolution { in_channels, .. }, Shape::Image([channels, _, _])) => {
                    *in_channels = channels;
                }
                (Layer::Linear { inputs, .. }, Shape::Vector(values)) => *inputs = values,
                _ => {}
            }
            match layer.output_shape(shape) {
                Ok(after) => shape = after,
                // What does not fit the images is named by the check of the shapes.
                Err(_) => break,
            }
        }
        let linear = |layer: &&mut Layer| matches!(layer, Layer::Linear { .. });
        if let Some(Layer::Linear { outputs, .. }) = self.layers.iter_mut().rev().find(linear) {
            *outputs = classes;
        }
        self
    }

    /// Returns the same network with a batch norm after every convolution and linear layer that a ReLU follows
    /// directly.
    #[must_use]
    pub fn normalised(&self) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        let mut count = 0;
        for (position, layer) in self.layers.iter().enumerate() {
            layers.push(layer.clone());
            let relu_follows = matches!(self.layers.get(position + 1), Some(Layer::Relu));
            let channels = match layer {
                Layer::Convolution { out_channels, .. } => *out_channels,
                Layer::Linear { outputs, .. } => *outputs,
                _ => continue,
            };
            if relu_follows {
                count += 1;
                layers.push(Layer::batch_norm(&format!("bn{count}"), channels));
            }
        }
        Self { name: self.name.clone(), input: self.input, layers }
    }
}

/// The convolutions of a network, with the shape that they make of a picture.
struct Blocks {
    layers: Vec<Layer>,
    input: [usize; 3],
    shape: [usize; 3],
}

impl Blocks {
    fn of(input: [usize; 3]) -> Self {
        Self { layers: Vec::new(), input, shape: input }
    }

    /// Adds a 3×3 convolution with batch norm and a ReLU.
    fn add(&mut self, out_channels: usize, stride: usize) {
        let [in_channels, height, width] = self.shape;
        let number = self.layers.len() / 3 + 1;
        self.layers.push(Layer::Convolution {
            name: format!("conv{number}"),
            in_channels,
            out_channels,
            kernel: [3, 3],
            stride: [stride, stride],
            padding: [1, 1],
        });
        self.layers.push(Layer::batch_norm(&format!("bn{number}"), out_channels));
        self.layers.push(Layer::Relu);
        self.shape = [out_channels, height.div_ceil(stride), width.div_ceil(stride)];
    }

    /// Returns the network that ends with the largest value of each channel, `regularised`, and a dense layer.
    fn network(mut self, kind: &str, channels: &[usize], classes: usize, regularised: &[Layer]) -> Network {
        let [features, height, width] = self.shape;
        self.layers.push(Layer::MaxPool { kernel: [height, width], stride: [height, width] });
        self.layers.push(Layer::Flatten);
        self.layers.extend_from_slice(regularised);
        self.layers.push(Layer::linear("fc1", features, classes));
        let name = channels.iter().fold(kind.to_owned(), |name, channels| format!("{name}-{channels}"));
        Network { name, input: self.input, layers: self.layers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_read_as_it_is_written() {
        let perceptron = Preset::Mlp(vec![64, 32]);
        let convolutional = [Preset::Convolutional(vec![8, 16]), Preset::Vgg(vec![8, 16])];
        let named = [Preset::Kariya2018, Preset::Deep, Preset::Hinton2015];
        for preset in named.into_iter().chain([perceptron.clone()]).chain(convolutional) {
            assert_eq!(preset.to_string().parse(), Ok(preset.clone()));
            for (input, classes) in [([1, 28, 28], 2), ([3, 32, 48], 10), ([1, 40, 32], 4096)] {
                let network = preset.network(input, classes);
                assert_eq!((network.input, network.classes()), (input, Ok(classes)), "{preset}");
            }
            assert!(Preset::Kariya2018.network([3, 3, 3], 2).shapes().is_err());
        }
        assert_eq!(perceptron.network([1, 28, 28], 10), Network::student(&[64, 32]));
        for text in
            ["", "seed", "mlp", "mlp:", "mlp:0", "mlp:12x", "mlp:-3", "mlp:3,4", "conv:", "conv:0", "Deep"]
        {
            assert_eq!(text.parse::<Preset>(), Err(PresetError), "{text}");
        }
    }

    #[test]
    fn the_teacher_has_the_published_number_of_parameters() {
        assert_eq!(Network::teacher().parameter_count(), 1_199_882);
        assert_eq!(Network::teacher().classes(), Ok(10));
    }

    #[test]
    fn the_student_has_the_published_number_of_parameters() {
        let student = Network::student(&STUDENT_HIDDEN_UNITS);
        assert_eq!(student.parameter_count(), 118_282);
        assert_eq!(student.name, "student-128-128");
        assert_eq!(student.classes(), Ok(10));
    }

    #[test]
    fn the_deep_teacher_has_the_stated_size() {
        let teacher = Network::deep_teacher();
        assert_eq!(teacher.shapes().map(|shapes| shapes.len()), Ok(21));
        assert_eq!(teacher.folded().parameter_count(), 306_922);
    }

    #[test]
    fn the_dense_teacher_has_the_stated_size() {
        assert_eq!(Network::dense_teacher().parameter_count(), 2_395_210);
        assert_eq!(Network::dense_teacher().classes(), Ok(10));
    }

    #[test]
    fn a_normalised_student_folds_to_the_plain_one() {
        let plain = Network::student(&STUDENT_HIDDEN_UNITS);
        let normalised = plain.normalised();
        assert_eq!(normalised.layers.len(), plain.layers.len() + 2);
        assert!(normalised.shapes().is_ok());
        assert_eq!(normalised.folded(), plain);
    }
}

//! Networks as data: a list of layers with names and shapes.
//!
//! The trainer folds the list into its engines, the exporter into ONNX nodes, the tests' oracle into plain loops. A
//! layer's name is its name everywhere: `fc1` has the parameters `fc1.weight` and `fc1.bias` in safetensors and in ONNX.

use serde::{Deserialize, Serialize};

/// The hidden widths of the shipped student.
pub const STUDENT_HIDDEN_UNITS: [usize; 2] = [128, 128];

/// One step from input to logits. Images are `[channels, height, width]`, pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// Cross-correlation; weight `[out_channels, in_channels, kernel_height, kernel_width]`, bias `[out_channels]`.
    Convolution {
        /// The prefix of its parameters.
        name: String,
        /// Channels it reads.
        in_channels: usize,
        /// Channels it makes.
        out_channels: usize,
        /// Window.
        kernel: [usize; 2],
        /// Step of the window.
        stride: [usize; 2],
        /// Zeros added on each side.
        padding: [usize; 2],
    },
    /// max(0, x).
    Relu,
    /// The largest value of each window; the last rows and columns that fill no window are left out.
    MaxPool {
        /// Window.
        kernel: [usize; 2],
        /// Step of the window.
        stride: [usize; 2],
    },
    /// The mean of each window; the last rows and columns that fill no window are left out.
    AveragePool {
        /// Window.
        kernel: [usize; 2],
        /// Step of the window.
        stride: [usize; 2],
    },
    /// y = weight · (x - mean) / √(variance + epsilon) + bias for each channel, with the mean and the variance of the
    /// batch during training and running ones afterwards (Ioffe and Szegedy 2015, algorithm 1). It stands directly after a
    /// convolution or a linear layer, so that it can be folded into it. Four parameters `[channels]`: weight, bias,
    /// running mean, running variance.
    BatchNormalisation {
        /// The prefix of its parameters.
        name: String,
        /// Channels, or values of a vector.
        channels: usize,
        /// Over 0; keeps the division finite.
        epsilon: f32,
    },
    /// During training, zeroes values with probability `rate` and scales the others by 1 / (1 - rate).
    Dropout {
        /// In [0, 1).
        rate: f32,
    },
    /// `[channels, height, width]` to `[channels · height · width]`, in that order.
    Flatten,
    /// y = W x + b; weight `[outputs, inputs]`, bias `[outputs]`.
    Linear {
        /// The prefix of its parameters.
        name: String,
        /// Values it reads.
        inputs: usize,
        /// Values it makes.
        outputs: usize,
    },
}

/// A network from image to logits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// For people: `teacher`, `student-128-128`.
    pub name: String,
    /// One image, `[channels, height, width]`.
    pub input: [usize; 3],
    /// In order; the last one gives the logits.
    pub layers: Vec<Layer>,
}

/// What flows between two layers, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `[channels, height, width]`.
    Image([usize; 3]),
    /// `[values]`.
    Vector(usize),
}

/// What a parameter is for: how it begins, and whether an optimiser moves and decays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The weight of a convolution or a linear layer.
    Weight,
    /// What is added to each output.
    Bias,
    /// What a normalisation multiplies by.
    Scale,
    /// A normalisation's running mean: followed, not trained.
    RunningMean,
    /// A normalisation's running variance: followed, not trained.
    RunningVariance,
}

/// A parameter tensor that a network has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// For instance `fc1.weight`.
    pub name: String,
    /// What it is for.
    pub role: ParameterRole,
    /// Outputs first.
    pub shape: Vec<usize>,
    /// How many products are summed for one output: scales the initial values.
    pub fan_in: usize,
}

impl ParameterSpec {
    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A description that is no network.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("network {network:?}, layer {position}: {problem}")]
pub struct NetworkError {
    /// Its name.
    pub network: String,
    /// Counted from 0.
    pub position: usize,
    /// What is expected and what was found.
    pub problem: String,
}

/// No shape in a network may hold more values than this for one image, 64 MiB: descriptions come from files.
const LARGEST_TENSOR: usize = 1 << 24;

/// No network may have more parameters than this, 256 MiB of them.
const MOST_PARAMETERS: usize = 1 << 26;

impl Shape {
    /// The number of values.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Image([channels, height, width]) => channels * height * width,
            Self::Vector(values) => values,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Network {
    /// The seed's teacher for 28×28 grey images and ten classes: conv 32 3×3, conv 64 3×3, max-pool 2, dropout, dense
    /// 128, dropout, dense 10; 1,199,882 parameters (Kariya, "Dark Knowledge in Neural Networks", 2018).
    #[must_use]
    pub fn teacher() -> Self {
        Self {
            name: "teacher".to_owned(),
            input: [1, 28, 28],
            layers: vec![
                convolution("conv1", 1, 32),
                Layer::Relu,
                convolution("conv2", 32, 64),
                Layer::Relu,
                Layer::MaxPool { kernel: [2, 2], stride: [2, 2] },
                Layer::Dropout { rate: 0.25 },
                Layer::Flatten,
                linear("fc1", 64 * 12 * 12, 128),
                Layer::Relu,
                Layer::Dropout { rate: 0.5 },
                linear("fc2", 128, 10),
            ],
        }
    }

    /// A deeper teacher at about the same cost an answer: six 3×3 convolutions of 32, 32, 64, 64, 128 and 128 channels,
    /// every second one of stride 2, each with batch normalisation, then dropout and one dense layer; 306,922 values
    /// when the normalisations are folded.
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
            layers.push(normalisation(&format!("bn{}", index + 1), out_channels));
            layers.push(Layer::Relu);
            in_channels = out_channels;
        }
        layers.extend([Layer::Flatten, Layer::Dropout { rate: 0.4 }, linear("fc1", 128 * 4 * 4, 10)]);
        Self { name: "deep-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// Two dense layers of 1,200 units with dropout, as the teacher of Hinton, Vinyals, Dean 2015 (section 3) had them;
    /// 2,395,210 parameters. The rates are those of Hinton et al. 2012 (1207.0580): 0.2 of the pixels, 0.5 of the units.
    #[must_use]
    pub fn dense_teacher() -> Self {
        let layers = vec![
            Layer::Flatten,
            Layer::Dropout { rate: 0.2 },
            linear("fc1", 28 * 28, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            linear("fc2", 1200, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            linear("fc3", 1200, 10),
        ];
        Self { name: "dense-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// The same network with batch normalisation after every hidden layer that sums and has none.
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
                layers.push(normalisation(&format!("bn{count}"), channels));
            }
        }
        Self { name: self.name.clone(), input: self.input, layers }
    }

    /// A multi-layer perceptron on raw pixels, 28·28 - `hidden` - 10; 118,282 parameters for hidden layers of 128 and
    /// 128 units.
    #[must_use]
    pub fn student(hidden: &[usize]) -> Self {
        let widths: Vec<usize> = std::iter::once(28 * 28).chain(hidden.iter().copied()).chain([10]).collect();
        let mut layers = vec![Layer::Flatten];
        for (index, pair) in widths.windows(2).enumerate() {
            if index > 0 {
                layers.push(Layer::Relu);
            }
            layers.push(linear(&format!("fc{}", index + 1), pair[0], pair[1]));
        }
        let name = hidden.iter().fold("student".to_owned(), |name, units| format!("{name}-{units}"));
        Self { name, input: [1, 28, 28], layers }
    }

    /// The same function after training: every batch normalisation is part of the layer before it. A network without any
    /// stays as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        let mut network = self.clone();
        network.layers.retain(|layer| !matches!(layer, Layer::BatchNormalisation { .. }));
        network
    }

    /// The values of [`Network::folded`] from those of this network, in the order of the parameters:
    /// `W' = W · s` and `b' = (b - mean) · s + bias` with `s = weight / √(variance + epsilon)`, a row an output, in f64.
    #[must_use]
    pub fn fold_values(&self, values: &[f32]) -> Vec<f32> {
        let mut rest = values;
        let mut kept: Vec<Vec<f32>> = Vec::new();
        for layer in &self.layers {
            let mut own = Vec::new();
            for spec in layer.parameters() {
                let (values, tail) = rest.split_at(spec.len().min(rest.len()));
                rest = tail;
                own.push(values.to_vec());
            }
            let Layer::BatchNormalisation { epsilon, .. } = layer else {
                kept.append(&mut own);
                continue;
            };
            if let ([.., weight, bias], [scale, shift, mean, variance]) =
                (kept.as_mut_slice(), own.as_slice())
            {
                let row_len = weight.len() / bias.len();
                for (channel, (row, bias)) in weight.chunks_exact_mut(row_len).zip(bias).enumerate() {
                    let deviation = (f64::from(variance[channel]) + f64::from(*epsilon)).sqrt();
                    let factor = f64::from(scale[channel]) / deviation;
                    row.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
                    let centred = f64::from(*bias) - f64::from(mean[channel]);
                    *bias = (centred * factor + f64::from(shift[channel])) as f32;
                }
            }
        }
        kept.concat()
    }

    /// The shape after each layer; the last one is the logits'.
    ///
    /// # Errors
    /// [`NetworkError`] for the first layer that does not fit what comes before it.
    pub fn shapes(&self) -> Result<Vec<Shape>, NetworkError> {
        let error = |position, problem| NetworkError { network: self.name.clone(), position, problem };
        let mut shape = Shape::Image(self.input);
        let mut shapes = Vec::with_capacity(self.layers.len());
        check_size(&self.input).map_err(|problem| error(0, problem))?;
        for (position, layer) in self.layers.iter().enumerate() {
            shape = layer.output_shape(shape).map_err(|problem| error(position, problem))?;
            let before = position.checked_sub(1).map(|before| &self.layers[before]);
            layer.check_place(before).map_err(|problem| error(position, problem))?;
            shapes.push(shape);
        }
        self.check_names()?;
        let parameters = self.parameters().iter().map(ParameterSpec::len).fold(0, usize::saturating_add);
        if parameters > MOST_PARAMETERS {
            let problem = format!("expected at most {MOST_PARAMETERS} parameters, found {parameters}");
            return Err(error(self.layers.len(), problem));
        }
        match shape {
            Shape::Vector(_) => Ok(shapes),
            Shape::Image(_) => {
                Err(error(self.layers.len(), "expected a linear layer at the end, found an image".into()))
            }
        }
    }

    /// The most values that flow between two layers for one image, the input included.
    #[must_use]
    pub fn largest_shape(&self) -> usize {
        let input = Shape::Image(self.input).len();
        self.shapes().iter().flatten().map(|shape| shape.len()).fold(input, usize::max)
    }

    /// Names become keys of files: words of letters, digits and underscores, each layer's its own.
    fn check_names(&self) -> Result<(), NetworkError> {
        let is_word = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        let mut names: Vec<&str> = Vec::new();
        for (position, name) in
            self.layers.iter().enumerate().filter_map(|(at, layer)| Some((at, layer.name()?)))
        {
            if !is_word(name) || names.contains(&name) {
                let problem = format!("name: expected a word that no other layer has, found {name:?}");
                return Err(NetworkError { network: self.name.clone(), position, problem });
            }
            names.push(name);
        }
        Ok(())
    }

    /// The parameters in the order of the layers, weight before bias.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        self.layers.iter().flat_map(Layer::parameters).collect()
    }

    /// The number of values, a normalisation's running ones included.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(ParameterSpec::len).sum()
    }

    /// The number of logits.
    ///
    /// # Errors
    /// As [`Network::shapes`].
    pub fn classes(&self) -> Result<usize, NetworkError> {
        Ok(self.shapes()?.last().map_or(0, |shape| shape.len()))
    }
}

impl Layer {
    /// The prefix of its parameters, for a layer that has some.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Convolution { name, .. }
            | Self::Linear { name, .. }
            | Self::BatchNormalisation { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The parameters of this layer, weight before bias.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        let pair = |name: &str, weight: Vec<usize>| {
            let fan_in = weight[1..].iter().product();
            let spec = |kind: &str, role, shape| ParameterSpec {
                name: format!("{name}.{kind}"),
                role,
                shape,
                fan_in,
            };
            let bias = vec![weight[0]];
            vec![spec("weight", ParameterRole::Weight, weight), spec("bias", ParameterRole::Bias, bias)]
        };
        match self {
            Self::Convolution { name, in_channels, out_channels, kernel, .. } => {
                pair(name, vec![*out_channels, *in_channels, kernel[0], kernel[1]])
            }
            Self::Linear { name, inputs, outputs } => pair(name, vec![*outputs, *inputs]),
            Self::BatchNormalisation { name, channels, .. } => [
                ("weight", ParameterRole::Scale),
                ("bias", ParameterRole::Bias),
                ("running_mean", ParameterRole::RunningMean),
                ("running_variance", ParameterRole::RunningVariance),
            ]
            .map(|(kind, role)| ParameterSpec {
                name: format!("{name}.{kind}"),
                role,
                shape: vec![*channels],
                fan_in: 1,
            })
            .to_vec(),
            _ => vec![],
        }
    }

    /// A normalisation can be folded into a layer that sums, and only there.
    fn check_place(&self, before: Option<&Self>) -> Result<(), String> {
        let follows_sum = matches!(before, Some(Self::Convolution { .. } | Self::Linear { .. }));
        match self {
            Self::BatchNormalisation { .. } if !follows_sum => {
                Err("batch normalisation: expected a convolution or a linear layer directly before it"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, String> {
        match (self, input) {
            (Self::Relu, shape) => Ok(shape),
            (Self::Dropout { rate }, shape) => match (0.0..1.0).contains(rate) {
                true => Ok(shape),
                false => Err(format!("dropout rate: expected 0 to under 1, found {rate}")),
            },
            (Self::Flatten, shape) => Ok(Shape::Vector(shape.len())),
            (Self::BatchNormalisation { channels, epsilon, .. }, shape) => {
                let found = match shape {
                    Shape::Image([channels, ..]) => channels,
                    Shape::Vector(values) => values,
                };
                if found != *channels {
                    return Err(format!("batch normalisation: expected {channels} channels, found {found}"));
                }
                if !(epsilon.is_finite() && *epsilon > 0.0) {
                    return Err(format!("batch normalisation: epsilon: expected over 0, found {epsilon}"));
                }
                Ok(shape)
            }
            (
                Self::Convolution { in_channels, out_channels, kernel, stride, padding, .. },
                Shape::Image(image),
            ) => {
                if image[0] != *in_channels {
                    return Err(format!("convolution: expected {in_channels} channels, found {}", image[0]));
                }
                check_size(&[*out_channels, *in_channels, kernel[0], kernel[1]])?;
                let [height, width] = slide(image, *kernel, *stride, *padding)?;
                check_size(&[*out_channels, height, width])?;
                Ok(Shape::Image([*out_channels, height, width]))
            }
            (
                Self::MaxPool { kernel, stride } | Self::AveragePool { kernel, stride },
                Shape::Image(image),
            ) => {
                let [height, width] = slide(image, *kernel, *stride, [0, 0])?;
                Ok(Shape::Image([image[0], height, width]))
            }
            (Self::Linear { inputs, outputs, .. }, Shape::Vector(values)) => {
                if values != *inputs {
                    return Err(format!("linear: expected {inputs} inputs, found {values}"));
                }
                check_size(&[*inputs, *outputs])?;
                Ok(Shape::Vector(*outputs))
            }
            (Self::Linear { .. }, Shape::Image(_)) => Err("linear: expected a vector, found an image".into()),
            (_, Shape::Vector(_)) => Err("expected an image, found a vector".into()),
        }
    }
}

fn convolution(name: &str, in_channels: usize, out_channels: usize) -> Layer {
    Layer::Convolution {
        name: name.to_owned(),
        in_channels,
        out_channels,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [0, 0],
    }
}

/// With PyTorch's epsilon.
fn normalisation(name: &str, channels: usize) -> Layer {
    Layer::BatchNormalisation { name: name.to_owned(), channels, epsilon: 1e-5 }
}

fn linear(name: &str, inputs: usize, outputs: usize) -> Layer {
    Layer::Linear { name: name.to_owned(), inputs, outputs }
}

/// How many windows fit: floor((side + 2 · padding - kernel) / stride) + 1, vertically and horizontally.
fn slide(
    image: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Result<[usize; 2], String> {
    let mut output = [0; 2];
    for axis in 0..2 {
        let side = padding[axis].checked_mul(2).and_then(|both| both.checked_add(image[axis + 1]));
        let side = side.filter(|side| *side <= LARGEST_TENSOR).ok_or("padding: too large")?;
        if kernel[axis] == 0 || stride[axis] == 0 || kernel[axis] > side || padding[axis] >= kernel[axis] {
            let [kernel, stride, padding] = [kernel[axis], stride[axis], padding[axis]];
            return Err(format!("window {kernel}, stride {stride}, padding {padding} on a side of {side}"));
        }
        output[axis] = (side - kernel[axis]) / stride[axis] + 1;
    }
    Ok(output)
}

fn check_size(sides: &[usize]) -> Result<(), String> {
    let size = sides.iter().try_fold(1usize, |size, &side| size.checked_mul(side));
    match size {
        Some(size) if (1..=LARGEST_TENSOR).contains(&size) => Ok(()),
        _ => Err(format!("expected 1 to {LARGEST_TENSOR} values, found the shape {sides:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn shapes_follow_the_layers() {
        let shapes = Network::teacher().shapes().unwrap();
        assert_eq!(shapes[0], Shape::Image([32, 26, 26]));
        assert_eq!(shapes[2], Shape::Image([64, 24, 24]));
        assert_eq!(shapes[4], Shape::Image([64, 12, 12]));
        assert_eq!(shapes[6], Shape::Vector(9216));
    }

    #[test]
    fn strides_and_padding_count_on_sides_that_differ() {
        assert_eq!(slide([3, 7, 10], [3, 2], [2, 3], [1, 0]), Ok([4, 3]));
    }

    #[test]
    fn refuses_layers_that_do_not_fit() {
        let refuse =
            |input, layers| Network { name: "n".into(), input, layers }.shapes().unwrap_err().to_string();
        assert!(refuse([1, 28, 28], vec![]).contains("found an image"));
        assert!(refuse([1, 28, 28], vec![linear("fc1", 784, 10)]).contains("expected a vector"));
        assert!(refuse([1, 28, 28], vec![Layer::Flatten, linear("fc1", 783, 10)]).contains("expected 783"));
        assert!(refuse([3, 28, 28], vec![convolution("c", 1, 2)]).contains("expected 1 channels, found 3"));
        assert!(refuse([1, 2, 28], vec![convolution("c", 1, 2)]).contains("window 3"));
        assert!(refuse([1, 28, 28], vec![Layer::Dropout { rate: 1.0 }]).contains("dropout rate"));
        let normalisation =
            |channels, epsilon| Layer::BatchNormalisation { name: "bn1".into(), channels, epsilon };
        assert!(refuse([1, 28, 28], vec![normalisation(1, 1e-5)]).contains("directly before it"));
        assert!(
            refuse([1, 28, 28], vec![convolution("c", 1, 2), normalisation(3, 1e-5)])
                .contains("expected 3 channels")
        );
        assert!(refuse([1, 28, 28], vec![convolution("c", 1, 2), normalisation(2, 0.0)]).contains("epsilon"));
        let twice = vec![Layer::Flatten, linear("fc1", 784, 784), linear("fc1", 784, 10)];
        assert!(refuse([1, 28, 28], twice).contains("found \"fc1\""));
        assert!(
            refuse([1, 28, 28], vec![Layer::Flatten, linear("a\nb", 784, 10)]).contains("expected a word")
        );
        let wide = |count: usize| (0..count).map(|at| linear(&format!("fc{at}"), 4096, 4096));
        let wide = std::iter::once(Layer::Flatten).chain(wide(4)).collect();
        assert!(refuse([1, 64, 64], wide).contains("expected at most 67108864 parameters, found 67125248"));
        assert!(refuse([usize::MAX, 2, 28], vec![Layer::Flatten]).contains("expected 1 to"));
        assert!(
            refuse([1, 28, 28], vec![Layer::Flatten, linear("f", 784, usize::MAX)]).contains("expected 1 to")
        );
    }
}

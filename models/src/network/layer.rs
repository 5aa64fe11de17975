//! The layers that a network is made of: what each one reads, makes and learns.
//!
//! In comes the shape of a layer's input, `[channels, height, width]` or `[values]`; out go the shape of its output and
//! the shapes of its parameters. This is the one list of layers that trainer, exporter and runtime know.

use serde::{Deserialize, Serialize};

use super::parameter::{ParameterRole, ParameterSpec};
use super::shape::{Shape, check_size, slide};

/// A step from input to logits. Images are `[channels, height, width]`, pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// A convolution (cross-correlation) with a weight `[out_channels, in_channels, kernel_height, kernel_width]` and a
    /// bias `[out_channels]`.
    Convolution {
        /// The prefix of the names of the layer's parameters.
        name: String,
        /// The number of channels of the input.
        in_channels: usize,
        /// The number of channels of the output.
        out_channels: usize,
        /// The rows and columns of the window.
        kernel: [usize; 2],
        /// The rows and columns from one window to the next.
        stride: [usize; 2],
        /// The rows of zeros above and below the image, and the columns of zeros on its left and right.
        padding: [usize; 2],
    },
    /// The rectified linear unit, max(0, x) of each value.
    Relu,
    /// Max-pooling, the largest value of each window; the last rows and columns that fill no window are left out.
    MaxPool {
        /// The rows and columns of the window.
        kernel: [usize; 2],
        /// The rows and columns from one window to the next.
        stride: [usize; 2],
    },
    /// Average pooling, the mean of each window; the last rows and columns that fill no window are left out.
    AveragePool {
        /// The rows and columns of the window.
        kernel: [usize; 2],
        /// The rows and columns from one window to the next.
        stride: [usize; 2],
    },
    /// Batch norm: y = weight · (x - mean) / √(variance + epsilon) + bias for each channel, with the mean and the
    /// variance of the batch during training and with running ones afterwards (Ioffe and Szegedy 2015, algorithm 1). A
    /// batch norm stands directly after a convolution or a linear layer, so that it can be folded into that layer. It
    /// has four parameters `[channels]`: weight, bias, running mean, running variance.
    #[serde(alias = "batch_normalisation")]
    BatchNorm {
        /// The prefix of the names of the layer's parameters.
        name: String,
        /// The number of channels of an image, or of values of a vector.
        channels: usize,
        /// The number over 0 that is added to the variance, so that the division stays finite.
        epsilon: f32,
    },
    /// Dropout, which during training zeroes values with probability `rate` and scales the others by 1 / (1 - rate).
    Dropout {
        /// The probability that a value is zeroed, in [0, 1).
        rate: f32,
    },
    /// The image `[channels, height, width]` as a vector `[channels · height · width]`, in that order.
    Flatten,
    /// A linear layer, y = W x + b, with a weight `[outputs, inputs]` and a bias `[outputs]`.
    Linear {
        /// The prefix of the names of the layer's parameters.
        name: String,
        /// The number of values of the input.
        inputs: usize,
        /// The number of values of the output.
        outputs: usize,
    },
}

impl Layer {
    /// Returns a convolution of 3×3 windows with stride 1 and without padding.
    #[must_use]
    pub fn convolution_3x3(name: &str, in_channels: usize, out_channels: usize) -> Self {
        Self::Convolution {
            name: name.to_owned(),
            in_channels,
            out_channels,
            kernel: [3, 3],
            stride: [1, 1],
            padding: [0, 0],
        }
    }

    /// Returns a batch norm over `channels` channels with PyTorch's default epsilon, 1e-5.
    #[must_use]
    pub fn batch_norm(name: &str, channels: usize) -> Self {
        Self::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-5 }
    }

    /// Returns a linear layer with bias.
    #[must_use]
    pub fn linear(name: &str, inputs: usize, outputs: usize) -> Self {
        Self::Linear { name: name.to_owned(), inputs, outputs }
    }

    /// Returns the prefix of the names of the layer's parameters, or `None` for a layer without parameters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Convolution { name, .. } | Self::Linear { name, .. } | Self::BatchNorm { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }

    /// Returns the parameters of the layer, the weight before the bias.
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
            Self::BatchNorm { name, channels, .. } => [
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

    /// Checks that a batch norm stands directly behind a convolution or a linear layer: it can be folded into a sum and
    /// nowhere else.
    pub(super) fn check_place(&self, before: Option<&Self>) -> Result<(), String> {
        let follows_sum = matches!(before, Some(Self::Convolution { .. } | Self::Linear { .. }));
        match self {
            Self::BatchNorm { .. } if !follows_sum => {
                Err("batch norm: expected a convolution or a linear layer directly before it".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Returns the shape of the layer's output for an `input` of this shape, or what was expected and found.
    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, String> {
        match (self, input) {
            (Self::Relu, shape) => Ok(shape),
            (Self::Dropout { rate }, shape) => match (0.0..1.0).contains(rate) {
                true => Ok(shape),
                false => Err(format!("dropout rate: expected 0 to under 1, found {rate}")),
            },
            (Self::Flatten, shape) => Ok(Shape::Vector(shape.len())),
            (Self::BatchNorm { channels, epsilon, .. }, shape) => {
                let found = match shape {
                    Shape::Image([channels, ..]) => channels,
                    Shape::Vector(values) => values,
                };
                if found != *channels {
                    return Err(format!("batch norm: expected {channels} channels, found {found}"));
                }
                if !(epsilon.is_finite() && *epsilon > 0.0) {
                    return Err(format!("batch norm: epsilon: expected over 0, found {epsilon}"));
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

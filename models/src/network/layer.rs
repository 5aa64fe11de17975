//! The layers that a network is made of: what each reads, makes and learns.

use serde::{Deserialize, Serialize};

use super::parameter::{ParameterRole, ParameterSpec};
use super::shape::{Shape, check_size, slide};

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
    #[serde(alias = "batch_normalisation")]
    BatchNorm {
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

    /// Returns a batch norm over `channels` channels with PyTorch's default epsilon.
    #[must_use]
    pub fn batch_norm(name: &str, channels: usize) -> Self {
        Self::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-5 }
    }

    /// Returns a linear layer with bias.
    #[must_use]
    pub fn linear(name: &str, inputs: usize, outputs: usize) -> Self {
        Self::Linear { name: name.to_owned(), inputs, outputs }
    }

    /// The prefix of its parameters, for a layer that has some.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Convolution { name, .. } | Self::Linear { name, .. } | Self::BatchNorm { name, .. } => {
                Some(name)
            }
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

    /// A normalisation can be folded into a layer that sums, and only there.
    pub(super) fn check_place(&self, before: Option<&Self>) -> Result<(), String> {
        let follows_sum = matches!(before, Some(Self::Convolution { .. } | Self::Linear { .. }));
        match self {
            Self::BatchNorm { .. } if !follows_sum => {
                Err("batch normalisation: expected a convolution or a linear layer directly before it"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

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

//! The layers that a network is made of: what each one reads, makes and learns.
//!
//! In comes the shape of a layer's input, `[channels, height, width]` or `[values]`; out go the shape of its output and
//! the shapes of its parameters. This is the one list of layers that trainer, exporter and runtime know.

use serde::{Deserialize, Serialize};

/// A step from input to logits. Images are `[channels, height, width]`, pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// A convolution (cross-correlation) with a weight `[out_channels, in_channels / groups, kernel_height, kernel_width]`
    /// and a bias `[out_channels]`.
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
        /// The number of groups that the channels fall into: an output sees the input channels of its own group alone. With
        /// as many groups as channels, the convolution is depthwise.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        groups: usize,
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
    /// Global average pooling, the mean of each channel over the whole image: `[channels, 1, 1]`.
    GlobalAveragePool,
    /// A residual block (He et al. 2015, 1512.03385): what the layers of the body make of the input, plus what the layers of
    /// the shortcut make of it.
    Residual {
        /// The layers of the body, at least one.
        body: Vec<Layer>,
        /// The layers of the shortcut; without any the input itself is added.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shortcut: Vec<Layer>,
    },
    /// Parallel linear branches whose outputs are added (RepVGG, Ding et al. 2021, 2101.03697). A branch is a convolution
    /// with or without a batch norm, a batch norm alone, or nothing, which is the input itself. All of them fold into one
    /// convolution of the name `name`.
    Branches {
        /// The name of the convolution that the branches fold into.
        name: String,
        /// The layers of each branch, at least one branch.
        branches: Vec<Vec<Layer>>,
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
            groups: 1,
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

    /// Returns the prefix of the names of the layer's parameters, or `None` for a layer without a name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Convolution { name, .. }
            | Self::Linear { name, .. }
            | Self::BatchNorm { name, .. }
            | Self::Branches { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Returns the word for the layer in a file, such as `max_pool`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Convolution { .. } => "convolution",
            Self::Relu => "relu",
            Self::MaxPool { .. } => "max_pool",
            Self::AveragePool { .. } => "average_pool",
            Self::GlobalAveragePool => "global_average_pool",
            Self::BatchNorm { .. } => "batch_norm",
            Self::Dropout { .. } => "dropout",
            Self::Flatten => "flatten",
            Self::Linear { .. } => "linear",
            Self::Residual { .. } => "residual",
            Self::Branches { .. } => "branches",
        }
    }

    /// Returns the lists of layers within this one, in the order of their parameters: the body and the shortcut of a
    /// residual block, the branches of parallel branches, nothing for any other layer.
    #[must_use]
    pub fn inner(&self) -> Vec<&[Self]> {
        match self {
            Self::Residual { body, shortcut } => vec![body, shortcut],
            Self::Branches { branches, .. } => branches.iter().map(Vec::as_slice).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns this layer and all layers within it, each before those within it. The position in this order, over all
    /// layers of a network, is the number by which dropout layers draw differently.
    #[must_use]
    pub fn with_inner(&self) -> Vec<&Self> {
        let within = self.inner().into_iter().flatten().flat_map(Self::with_inner);
        std::iter::once(self).chain(within).collect()
    }
}

/// The number of groups of a convolution that has none written.
fn one() -> usize {
    1
}

fn is_one(groups: &usize) -> bool {
    *groups == 1
}

//! The layers that see one image at a time.
//!
//! In comes one image, channels last, out goes another. They say what each of them needs in the backward pass, so that
//! a chain keeps that and nothing else.

use kernels::pooling::Source;
use kernels::{Activation, Convolution, ImageShape, Pool};

use crate::layers::dropout::Dropout;

/// A layer of a chain. `parameter` is the position of its weight in the network's parameters; the bias comes next.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ImageLayer {
    /// A convolution. Where `masks_backward` is false, the layer behind has masked the gradient by the activation.
    Convolution {
        layer: Convolution,
        masks_backward: bool,
        parameter: usize,
    },
    MaxPool {
        layer: Pool,
        source: Source,
    },
    AveragePool(Pool),
    Relu {
        len: usize,
    },
    Dropout {
        layer: Dropout,
        len: usize,
    },
    /// A change from `[channels, height, width]` to channels last; the shape is the latter.
    ChannelsLast(ImageShape),
    /// A change from channels last to `[channels · height · width]`, the order that weights are stored for.
    Flatten(ImageShape),
}

impl ImageLayer {
    /// Returns the number of values of one image in the layer's input.
    pub(super) fn input_len(&self) -> usize {
        match self {
            Self::Convolution { layer, .. } => layer.input_len(),
            Self::MaxPool { layer, .. } | Self::AveragePool(layer) => layer.input_len(),
            _ => self.output_len(),
        }
    }

    /// Returns the number of values of one image in the layer's output.
    pub(super) fn output_len(&self) -> usize {
        match self {
            Self::Convolution { layer, .. } => layer.output_len(),
            Self::MaxPool { layer, .. } | Self::AveragePool(layer) => layer.output_len(),
            Self::Relu { len } | Self::Dropout { len, .. } => *len,
            Self::ChannelsLast(image) | Self::Flatten(image) => image.iter().product(),
        }
    }

    /// Returns the number of places of largest values that the layer keeps of one image.
    pub(super) fn places(&self) -> usize {
        if let Self::MaxPool { layer, .. } = self { layer.output_len() } else { 0 }
    }

    /// Returns whether the backward pass needs the layer's input.
    pub(super) fn needs_input(&self) -> bool {
        matches!(self, Self::Convolution { .. })
    }

    /// Returns whether the backward pass needs the layer's output.
    pub(super) fn needs_output(&self) -> bool {
        match self {
            Self::Convolution { layer, masks_backward, .. } => {
                layer.activation == Activation::Relu && *masks_backward
            }
            Self::Relu { .. } => true,
            _ => false,
        }
    }
}

//! A convolution or a linear layer with its values, as every precision turns it into ONNX nodes.

use candle_onnx::onnx::AttributeProto;
use models::{Layer, ParameterSpec};

use super::protobuf::{integer, integers};

/// A convolution or a linear layer with its values.
pub(super) struct ParametrisedLayer<'a> {
    /// The layer's name, which its main node has too.
    pub(super) name: &'a str,
    /// The shape of the weight: `[outputs, inputs]`, or `[out_channels, in_channels / groups, kernel_height, kernel_width]`.
    pub(super) shape: Vec<usize>,
    /// The values of the weight, row-major.
    pub(super) weight: &'a [f32],
    /// `[outputs]`.
    pub(super) bias: &'a [f32],
    /// The attributes of a convolution's window and groups; nothing for a linear layer.
    pub(super) window: Option<Vec<AttributeProto>>,
}

impl<'a> ParametrisedLayer<'a> {
    /// The layer with its parameters, in the order of [`Layer::parameters`]; nothing for a layer that is no convolution
    /// and no linear one.
    pub(super) fn new(layer: &'a Layer, parameters: &[(ParameterSpec, &'a [f32])]) -> Option<Self> {
        if !matches!(layer, Layer::Convolution { .. } | Layer::Linear { .. }) {
            return None;
        }
        let [(spec, weight), (_, bias)] = parameters else { return None };
        Some(Self { name: layer.name()?, shape: spec.shape.clone(), weight, bias, window: window(layer) })
    }

    /// The number of output channels.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The name of one of the layer's initializers: `fc1.weight` for the kind `weight`.
    pub(super) fn tensor(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    /// The shape in which one value for each output channel is added to, or multiplied with, what the layer makes.
    pub(super) fn channel_shape(&self) -> Vec<usize> {
        match self.window {
            Some(_) => vec![self.outputs(), 1, 1],
            None => vec![self.outputs()],
        }
    }
}

fn window(layer: &Layer) -> Option<Vec<AttributeProto>> {
    let Layer::Convolution { kernel, stride, padding, groups, .. } = layer else { return None };
    let [top, left] = *padding;
    let mut attributes = vec![
        integers("kernel_shape", kernel),
        integers("strides", stride),
        integers("pads", &[top, left, top, left]),
    ];
    if *groups != 1 {
        attributes.push(integer("group", *groups as i64));
    }
    Some(attributes)
}

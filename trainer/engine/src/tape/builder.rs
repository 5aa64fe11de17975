//! Makes the stages of a tape from a network as data.
//!
//! In come the layers of a network, out go [`Stage`]s: layers that see one image at a time become chains, and a ReLU
//! becomes a part of the layer before it. The choice of what runs together is made here, once, so that kernels and tape
//! need not know of it.

use kernels::pooling::Source;
use kernels::{Activation, Convolution, ImageShape, Linear, Pool};
use models::{Layer, Network, Shape};

use super::image_chain::ImageChain;
use super::image_layer::ImageLayer;
use super::stage::Stage;
use crate::layers::batch_norm::BatchNorm;
use crate::layers::dropout::Dropout;

/// Returns the stages of `network` in order. Without `for_training`, dropout is left out and nothing is kept for a backward
/// pass.
pub(super) fn stages(network: &Network, for_training: bool) -> Vec<Stage> {
    let mut builder = Builder { for_training, ..Builder::default() };
    let mut shape = Shape::Image(network.input);
    let [channels, height, width] = network.input;
    if channels > 1 {
        builder.rows.push(ImageLayer::ChannelsLast([height, width, channels]));
    }
    let shapes = network.shapes().unwrap_or_default();
    let mut layers = network.layers.iter().zip(shapes).enumerate().peekable();
    while let Some((position, (layer, output))) = layers.next() {
        let relu_follows = matches!(layers.peek(), Some((_, (Layer::Relu, _))));
        if builder.append(position, layer, shape, relu_follows) == Fused::WithRelu {
            layers.next();
        }
        shape = output;
    }
    builder.end_chain();
    builder.stages
}

/// Whether a layer's kernel applies the ReLU that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fused {
    Alone,
    WithRelu,
}

#[derive(Default)]
struct Builder {
    stages: Vec<Stage>,
    rows: Vec<ImageLayer>,
    /// The position of the next layer's first parameter in the network's parameters.
    parameter: usize,
    for_training: bool,
}

impl Builder {
    fn append(&mut self, position: usize, layer: &Layer, input: Shape, relu_follows: bool) -> Fused {
        let activation = if relu_follows { Activation::Relu } else { Activation::Identity };
        let parameter = self.parameter;
        self.parameter += layer.parameters().len();
        match (layer, input) {
            (Layer::Convolution { out_channels, kernel, stride, padding, .. }, Shape::Image(image)) => {
                let layer = Convolution {
                    image: channels_last(image),
                    out_channels: *out_channels,
                    groups: 1,
                    kernel: *kernel,
                    stride: *stride,
                    padding: *padding,
                    activation,
                };
                self.rows.push(ImageLayer::Convolution { layer, masks_backward: true, parameter });
            }
            (Layer::Linear { inputs, outputs, .. }, _) => {
                let layer = Linear { inputs: *inputs, outputs: *outputs, activation };
                self.stage(Stage::Linear { layer, parameter });
            }
            (Layer::BatchNorm { epsilon, .. }, shape) => {
                let channels = match shape {
                    Shape::Image([channels, ..]) => channels,
                    Shape::Vector(values) => values,
                };
                let layer = BatchNorm { channels, epsilon: *epsilon, activation };
                self.stage(Stage::BatchNorm { layer, len: shape.len(), parameter });
            }
            (Layer::MaxPool { kernel, stride }, Shape::Image(image)) => {
                self.max_pool(image, *kernel, *stride)
            }
            (Layer::AveragePool { kernel, stride }, Shape::Image(image)) => {
                let layer = Pool { image: channels_last(image), kernel: *kernel, stride: *stride };
                self.rows.push(ImageLayer::AveragePool(layer));
            }
            (Layer::Dropout { rate }, shape) if self.for_training => {
                let layer = Dropout { rate: *rate, layer: position as u32 };
                self.rows.push(ImageLayer::Dropout { layer, len: shape.len() });
            }
            (Layer::Relu, shape) => self.rows.push(ImageLayer::Relu { len: shape.len() }),
            // A single channel lies in the order that weights are stored for.
            (Layer::Flatten, Shape::Image(image)) if image[0] > 1 => {
                self.rows.push(ImageLayer::Flatten(channels_last(image)));
            }
            _ => {}
        }
        let fuses =
            matches!(layer, Layer::Convolution { .. } | Layer::Linear { .. } | Layer::BatchNorm { .. });
        if fuses && relu_follows { Fused::WithRelu } else { Fused::Alone }
    }

    /// Appends a max-pooling. After a convolution's ReLU the pooling keeps what that ReLU's mask would tell.
    fn max_pool(&mut self, image: [usize; 3], kernel: [usize; 2], stride: [usize; 2]) {
        let mut source = Source::Any;
        if let Some(ImageLayer::Convolution { layer, masks_backward, .. }) = self.rows.last_mut()
            && layer.activation == Activation::Relu
        {
            source = Source::Relu;
            *masks_backward = false;
        }
        let layer = Pool { image: channels_last(image), kernel, stride };
        self.rows.push(ImageLayer::MaxPool { layer, source });
    }

    fn stage(&mut self, stage: Stage) {
        self.end_chain();
        self.stages.push(stage);
    }

    fn end_chain(&mut self) {
        if !self.rows.is_empty() {
            self.stages
                .push(Stage::Images(ImageChain::new(std::mem::take(&mut self.rows), self.for_training)));
        }
    }
}

/// Returns the shape `[channels, height, width]` as `[height, width, channels]`.
fn channels_last([channels, height, width]: [usize; 3]) -> ImageShape {
    [height, width, channels]
}

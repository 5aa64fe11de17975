//! A network built from candle-nn's layers, differentiated by candle.
//!
//! In come images `[batch, channels, height, width]` and parameters of any float type, out go logits `[batch, classes]`.
//! It serves devices without kernels of our own, and the kernels are held against it.
//!
//! Where candle's layer is wrong for a shape ([`is_right_in_candle`]), one of [`tensor_layers`] stands in its place.

use candle_core::{Error, Result, Tensor, Var};
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, Linear, Module, ModuleT, VarBuilder};
use models::{Layer, Network, Shape};

use super::right_in_candle::is_right_in_candle;
use super::tensor_layers::{self, BATCH_NORM_MOMENTUM};
use crate::draw::Draw;
use crate::layers::dropout::Dropout;

/// A network with its parameters, ready for images.
#[derive(Debug)]
pub struct TensorNetwork {
    layers: Vec<TensorLayer>,
}

/// One layer with its parameters: candle-nn's, or a form of our own.
#[derive(Debug)]
enum TensorLayer {
    Convolution(Conv2d),
    OwnConvolution { weight: Tensor, bias: Tensor, stride: [usize; 2], padding: [usize; 2] },
    Linear(Linear),
    BatchNorm(BatchNorm),
    OwnBatchNorm { scale: Tensor, shift: Tensor, mean: Var, variance: Var, epsilon: f32 },
    Relu,
    OwnMaxPool { kernel: [usize; 2], stride: [usize; 2] },
    AveragePool { kernel: [usize; 2] },
    OwnAveragePool { kernel: [usize; 2], stride: [usize; 2] },
    GlobalAveragePool,
    OwnDropout(Dropout),
    Flatten,
    Residual { body: Vec<TensorLayer>, shortcut: Vec<TensorLayer> },
    Branches(Vec<Vec<TensorLayer>>),
}

impl TensorNetwork {
    /// Returns a network whose parameters are those of `parameters` by the names of [`Network::parameters`]. Variables stay
    /// variables: the network follows them, and its batch norms move their running values.
    ///
    /// # Errors
    /// Where a parameter is missing or of another shape, or the layers of the network do not fit together.
    pub fn new(network: &Network, parameters: &VarBuilder) -> Result<Self> {
        let mut builder = Builder { parameters, layers: 0 };
        Ok(Self { layers: builder.list(&network.layers, Shape::Image(network.input))? })
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`.
    ///
    /// With a `draw` the network runs as in training: dropout zeroes what the draw says, and batch norms use the batch and
    /// move their running values towards it. Without a draw dropout does nothing, and batch norms use their running values.
    ///
    /// # Errors
    /// Where a tensor operation fails.
    pub fn logits(&self, images: &Tensor, draw: Option<Draw>) -> Result<Tensor> {
        through(&self.layers, images, draw)
    }
}

/// Returns what a list of layers makes of `x`.
fn through(layers: &[TensorLayer], x: &Tensor, draw: Option<Draw>) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |x, layer| layer.forward(&x, draw))
}

impl TensorLayer {
    fn forward(&self, x: &Tensor, draw: Option<Draw>) -> Result<Tensor> {
        match self {
            Self::Convolution(layer) => layer.forward(x),
            Self::OwnConvolution { weight, bias, stride, padding } => {
                channels_last(x, |x| tensor_layers::convolution(x, weight, bias, *stride, *padding))
            }
            Self::Linear(layer) => layer.forward(x),
            Self::BatchNorm(layer) => layer.forward_t(x, draw.is_some())?.contiguous(),
            Self::OwnBatchNorm { scale, shift, mean, variance, epsilon } => {
                let layer = |x: &Tensor| match draw {
                    Some(_) => tensor_layers::batch_norm(x, [scale, shift], [mean, variance], *epsilon),
                    None => tensor_layers::normalise(x, [scale, shift, mean, variance], *epsilon),
                };
                if x.rank() == 4 { channels_last(x, layer) } else { layer(x) }
            }
            Self::Relu => tensor_layers::relu(x),
            Self::OwnMaxPool { kernel, stride } => {
                channels_last(x, |x| tensor_layers::max_pool(x, *kernel, *stride))
            }
            Self::AveragePool { kernel } => x.avg_pool2d((kernel[0], kernel[1])),
            Self::OwnAveragePool { kernel, stride } => {
                channels_last(x, |x| tensor_layers::average_pool(x, *kernel, *stride))
            }
            Self::GlobalAveragePool => x.mean_keepdim((2, 3)),
            Self::OwnDropout(layer) => draw.map_or_else(|| Ok(x.clone()), |draw| layer.forward(x, draw)),
            Self::Flatten => x.contiguous()?.flatten_from(1),
            Self::Residual { body, shortcut } => through(body, x, draw)? + through(shortcut, x, draw)?,
            Self::Branches(branches) => {
                let sum = |sum: Option<Tensor>, branch: &Vec<Self>| -> Result<Option<Tensor>> {
                    let output = through(branch, x, draw)?;
                    Ok(Some(sum.map_or(Ok(output.clone()), |sum| sum + &output)?))
                };
                branches.iter().try_fold(None, sum)?.ok_or_else(|| Error::Msg("no branches".to_owned()))
            }
        }
    }
}

impl Dropout {
    /// Returns `x` with the same values zeroed as by the kernel, which draws for images with the channels last.
    fn forward(self, x: &Tensor, draw: Draw) -> Result<Tensor> {
        let layer = |x: &Tensor| tensor_layers::dropout(x, self, draw);
        if x.rank() == 4 { channels_last(x, layer) } else { layer(x) }
    }
}

/// Applies a layer to `x` `[batch, channels, height, width]` that takes and makes `[batch, height, width, channels]`.
fn channels_last(x: &Tensor, layer: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    layer(&x.permute((0, 2, 3, 1))?.contiguous()?)?.permute((0, 3, 1, 2))?.contiguous()
}

/// The walk through the layers of a description.
struct Builder<'a, 'b> {
    parameters: &'a VarBuilder<'b>,
    /// The number of layers so far, those within layers included: dropout draws by it.
    layers: u32,
}

impl Builder<'_, '_> {
    fn list(&mut self, layers: &[Layer], input: Shape) -> Result<Vec<TensorLayer>> {
        let mut shape = input;
        let mut built = Vec::with_capacity(layers.len());
        for layer in layers {
            built.push(self.layer(layer, shape)?);
            let problem = || Error::Msg(format!("{}: does not fit an input of {shape}", layer.kind()));
            shape = layer.output(shape).ok_or_else(problem)?;
        }
        Ok(built)
    }

    fn layer(&mut self, layer: &Layer, input: Shape) -> Result<TensorLayer> {
        let number = self.layers;
        self.layers += 1;
        let is_right = is_right_in_candle(layer, input);
        Ok(match layer {
            Layer::Convolution { .. } => self.convolution(layer, is_right)?,
            Layer::Linear { name, inputs, outputs } => {
                TensorLayer::Linear(candle_nn::linear(*inputs, *outputs, self.parameters.pp(name))?)
            }
            Layer::BatchNorm { .. } => self.batch_norm(layer, is_right)?,
            Layer::Relu => TensorLayer::Relu,
            Layer::MaxPool { kernel, stride } => TensorLayer::OwnMaxPool { kernel: *kernel, stride: *stride },
            Layer::AveragePool { kernel, .. } if is_right => TensorLayer::AveragePool { kernel: *kernel },
            Layer::AveragePool { kernel, stride } => {
                TensorLayer::OwnAveragePool { kernel: *kernel, stride: *stride }
            }
            Layer::GlobalAveragePool => TensorLayer::GlobalAveragePool,
            Layer::Dropout { rate } => TensorLayer::OwnDropout(Dropout { rate: *rate, layer: number }),
            Layer::Flatten => TensorLayer::Flatten,
            Layer::Residual { body, shortcut } => {
                TensorLayer::Residual { body: self.list(body, input)?, shortcut: self.list(shortcut, input)? }
            }
            Layer::Branches { branches, .. } => {
                let built = branches.iter().map(|branch| self.list(branch, input));
                TensorLayer::Branches(built.collect::<Result<_>>()?)
            }
        })
    }

    fn convolution(&self, layer: &Layer, is_right: bool) -> Result<TensorLayer> {
        let Layer::Convolution { name, in_channels, out_channels, kernel, stride, padding, groups } = layer
        else {
            return Err(Error::Msg("expected a convolution".to_owned()));
        };
        let parameters = self.parameters.pp(name);
        let weight = parameters.get((*out_channels, in_channels / groups, kernel[0], kernel[1]), "weight")?;
        let bias = parameters.get(*out_channels, "bias")?;
        if !is_right {
            return Ok(TensorLayer::OwnConvolution { weight, bias, stride: *stride, padding: *padding });
        }
        let config = Conv2dConfig {
            stride: stride[0],
            padding: padding[0],
            groups: *groups,
            ..Conv2dConfig::default()
        };
        Ok(TensorLayer::Convolution(Conv2d::new(weight, Some(bias), config)))
    }

    fn batch_norm(&self, layer: &Layer, is_right: bool) -> Result<TensorLayer> {
        let Layer::BatchNorm { name, channels, epsilon } = layer else {
            return Err(Error::Msg("expected a batch norm".to_owned()));
        };
        let parameters = self.parameters.pp(name);
        let [scale, shift, mean, variance] = ["weight", "bias", "running_mean", "running_variance"]
            .map(|kind| parameters.get(*channels, kind));
        let (scale, shift, mean, variance) = (scale?, shift?, mean?, variance?);
        if !is_right {
            let (mean, variance) = (Var::from_tensor(&mean)?, Var::from_tensor(&variance)?);
            return Ok(TensorLayer::OwnBatchNorm { scale, shift, mean, variance, epsilon: *epsilon });
        }
        let (epsilon, momentum) = (f64::from(*epsilon), BATCH_NORM_MOMENTUM);
        let layer = BatchNorm::new_with_momentum(*channels, mean, variance, scale, shift, epsilon, momentum)?;
        Ok(TensorLayer::BatchNorm(layer))
    }
}

//! A [`Network`] folded into candle: images `[batch, channels, height, width]` in, logits `[batch, classes]` out.

use candle_core::{Device, Tensor, Var};
use models::weights::Weights;
use models::{Layer, ModelContract, Network};

use crate::engine::Activation;
use crate::engine::convolution::Convolution;
use crate::engine::dropout::Dropout;
use crate::engine::linear::Linear;
use crate::engine::max_pool::MaxPool;
use crate::engine::operations;
use crate::random::{Generator, Purpose};

/// Whether dropout draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Dropout zeroes what this seed and step say.
    Training {
        /// The seed of the run.
        seed: u64,
        /// Counted from the start of the run.
        step: u64,
    },
    /// Dropout does nothing.
    Evaluation,
}

/// A network with its parameters as tensors.
#[derive(Debug)]
pub(crate) struct CandleNetwork {
    network: Network,
    /// In the order of [`Network::parameters`].
    parameters: Vec<Var>,
}

impl CandleNetwork {
    /// Fresh parameters: weights uniform within ±√(6 / fan_in) (He et al. 2015, equation 10, as a uniform
    /// distribution), biases 0. The network must fit together.
    pub(crate) fn initialise(network: &Network, seed: u64) -> candle_core::Result<Self> {
        let mut values = Vec::with_capacity(network.parameter_count());
        for (number, spec) in network.parameters().iter().enumerate() {
            let mut generator =
                Generator::new(seed, Purpose::Initialisation { parameter: number as u32 }, 0, 0);
            let bound = if spec.shape.len() > 1 { (6.0 / spec.fan_in as f32).sqrt() } else { 0.0 };
            values.extend((0..spec.len()).map(|_| generator.symmetric(bound)));
        }
        Self::with_values(network, &values)
    }

    /// The network of a weights file.
    pub(crate) fn from_weights(weights: &Weights) -> candle_core::Result<Self> {
        Self::with_values(&weights.network, &weights.values)
    }

    fn with_values(network: &Network, values: &[f32]) -> candle_core::Result<Self> {
        let mut rest = values;
        let mut parameters = Vec::new();
        for spec in network.parameters() {
            let (values, tail) = rest.split_at(spec.len());
            rest = tail;
            parameters.push(Var::from_slice(values, spec.shape, &Device::Cpu)?);
        }
        Ok(Self { network: network.clone(), parameters })
    }

    /// What the parameters belong to.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// In the order of [`Network::parameters`].
    pub(crate) fn parameters(&self) -> &[Var] {
        &self.parameters
    }

    /// All values in the order of [`Network::parameters`].
    pub(crate) fn values(&self) -> candle_core::Result<Vec<f32>> {
        let mut values = Vec::with_capacity(self.network.parameter_count());
        for parameter in &self.parameters {
            values.extend(parameter.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(values)
    }

    /// Replaces all values, in the order of [`Network::parameters`]; there must be as many.
    pub(crate) fn set_values(&self, values: &[f32]) -> candle_core::Result<()> {
        let mut rest = values;
        for parameter in &self.parameters {
            let (values, tail) = rest.split_at(parameter.elem_count());
            rest = tail;
            parameter.set(&Tensor::from_slice(values, parameter.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// The values with what they belong to.
    pub(crate) fn to_weights(&self, contract: ModelContract) -> candle_core::Result<Weights> {
        Ok(Weights { network: self.network.clone(), contract, values: self.values()? })
    }

    /// Logits `[batch, classes]` of images `[batch, channels, height, width]`.
    pub(crate) fn logits(&self, images: &Tensor, mode: Mode) -> candle_core::Result<Tensor> {
        let mut x = channels_last(images)?;
        let mut parameters = self.parameters.iter();
        let mut layers = self.network.layers.iter().enumerate().peekable();
        while let Some((position, layer)) = layers.next() {
            let relu_follows = matches!(layers.peek(), Some((_, Layer::Relu)));
            let activation = if relu_follows { Activation::Relu } else { Activation::Identity };
            let fused = matches!(layer, Layer::Convolution { .. } | Layer::Linear { .. }) && relu_follows;
            x = match layer {
                Layer::Convolution { in_channels, out_channels, kernel, stride, padding, .. } => {
                    let convolution = Convolution {
                        in_channels: *in_channels,
                        out_channels: *out_channels,
                        kernel: *kernel,
                        stride: *stride,
                        padding: *padding,
                        activation,
                    };
                    operations::convolution(&x, next_pair(&mut parameters)?, convolution)?
                }
                Layer::Linear { inputs, outputs, .. } => {
                    let linear = Linear { inputs: *inputs, outputs: *outputs, activation };
                    operations::linear(&x, next_pair(&mut parameters)?, linear)?
                }
                Layer::MaxPool { kernel, stride } => {
                    operations::max_pool(&x, MaxPool { kernel: *kernel, stride: *stride })?
                }
                Layer::Dropout { rate } => match mode {
                    Mode::Training { seed, step } => {
                        let dropout = Dropout { rate: *rate, seed, step, layer: position as u32 };
                        operations::dropout(&x, dropout)?
                    }
                    Mode::Evaluation => x,
                },
                Layer::Relu => operations::activation(&x, Activation::Relu)?,
                Layer::Flatten => flatten(&x)?,
            };
            if fused {
                layers.next();
            }
        }
        Ok(x)
    }
}

fn next_pair<'a>(
    parameters: &mut impl Iterator<Item = &'a Var>,
) -> candle_core::Result<(&'a Tensor, &'a Tensor)> {
    match (parameters.next(), parameters.next()) {
        (Some(weight), Some(bias)) => Ok((weight, bias)),
        _ => Err(candle_core::Error::Msg("a layer without parameters".to_owned())),
    }
}

/// `[batch, channels, height, width]` to `[batch, height, width, channels]`.
fn channels_last(images: &Tensor) -> candle_core::Result<Tensor> {
    let (batch, channels, height, width) = images.dims4()?;
    match channels {
        1 => images.reshape((batch, height, width, 1)),
        _ => images.permute((0, 2, 3, 1))?.contiguous(),
    }
}

/// `[batch, height, width, channels]` to `[batch, channels · height · width]`, the order that weights are stored for.
fn flatten(x: &Tensor) -> candle_core::Result<Tensor> {
    match x.rank() {
        4 if x.dim(3)? == 1 => x.flatten_from(1),
        4 => x.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
        _ => x.flatten_from(1),
    }
}

#[cfg(test)]
mod tests {
    use models::softmax::Temperature;

    use super::*;
    use crate::distillation_loss::{SoftTargets, distillation_loss};

    /// The teacher in small: every kind of layer, two channels of 7×6.
    fn every_layer() -> Network {
        let convolution = |name: &str, in_channels, out_channels| Layer::Convolution {
            name: name.to_owned(),
            in_channels,
            out_channels,
            kernel: [2, 2],
            stride: [1, 1],
            padding: [0, 0],
        };
        let linear = |name: &str, inputs, outputs| Layer::Linear { name: name.to_owned(), inputs, outputs };
        let layers = vec![
            convolution("conv1", 2, 3),
            Layer::Relu,
            convolution("conv2", 3, 2),
            Layer::MaxPool { kernel: [2, 2], stride: [2, 2] },
            Layer::Relu,
            Layer::Dropout { rate: 0.25 },
            Layer::Flatten,
            linear("fc1", 2 * 2 * 2, 5),
            Layer::Relu,
            linear("fc2", 5, 3),
        ];
        Network { name: "every-layer".to_owned(), input: [2, 7, 6], layers }
    }

    fn images() -> Tensor {
        let mut generator = Generator::new(3, Purpose::View, 0, 0);
        let values: Vec<f32> = (0..4 * 2 * 7 * 6).map(|_| generator.unit()).collect();
        Tensor::from_vec(values, (4, 2, 7, 6), &Device::Cpu).unwrap()
    }

    /// The whole of a distillation step, from images to the loss, dropout included. A few values lie at a corner of ReLU
    /// or pooling, where differences say nothing: the median error must be small, and nearly all must be.
    #[test]
    fn the_gradients_of_a_distillation_step_agree_with_finite_differences() {
        const STEP: f32 = 1e-3;
        let network = CandleNetwork::initialise(&every_layer(), 5).unwrap();
        let targets =
            Tensor::new(&[[3f32, 0.0, 1.0], [0.0, 2.0, 0.5], [1.0, 1.0, 4.0], [0.0; 3]], &Device::Cpu)
                .unwrap();
        let soft_targets = SoftTargets::of_logits(&[targets], Temperature::try_from(3.0).unwrap()).unwrap();
        let labels = Tensor::new(&[0u32, 1, 2, 1], &Device::Cpu).unwrap();
        let loss = || {
            let logits = network.logits(&images(), Mode::Training { seed: 1, step: 2 }).unwrap();
            distillation_loss(&logits, &labels, &soft_targets, 0.7).unwrap()
        };
        let gradients = loss().backward().unwrap();
        let found: Vec<f32> = network
            .parameters()
            .iter()
            .flat_map(|parameter| {
                gradients.get(parameter).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
            })
            .collect();
        let original = network.values().unwrap();
        let errors = (0..original.len()).map(|position| {
            let loss_at = |offset: f32| {
                let mut moved = original.clone();
                moved[position] += offset;
                network.set_values(&moved).unwrap();
                f64::from(loss().to_scalar::<f32>().unwrap())
            };
            let difference = (loss_at(STEP) - loss_at(-STEP)) / f64::from(2.0 * STEP);
            (f64::from(found[position]) - difference).abs() / (1.0 + difference.abs())
        });
        let mut errors: Vec<f64> = errors.collect();
        errors.sort_by(f64::total_cmp);
        let (median, most) = (errors[errors.len() / 2], errors[errors.len() * 95 / 100]);
        assert!(median < 1e-3 && most < 1e-2, "median {median}, 95 of 100 under {most}");
        assert!(found.iter().filter(|gradient| gradient.abs() > 0.01).count() > found.len() / 3);
    }

    /// What is trained is what is asked: candle's own fold of the layers against plain shapes.
    #[test]
    fn logits_have_a_row_an_image_and_dropout_draws_in_training_alone() {
        let network = CandleNetwork::initialise(&every_layer(), 5).unwrap();
        let rows = |mode| network.logits(&images(), mode).unwrap().to_vec2::<f32>().unwrap();
        let evaluated = rows(Mode::Evaluation);
        assert_eq!((evaluated.len(), evaluated[0].len()), (4, 3));
        assert_eq!(evaluated, rows(Mode::Evaluation));
        assert_ne!(rows(Mode::Training { seed: 1, step: 0 }), evaluated);
    }
}

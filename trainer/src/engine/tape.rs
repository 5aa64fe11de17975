//! A network as kernels: a few stages, each over the whole batch, forward with what the backward pass needs, and back.

use models::network::Shape;
use models::{Layer, Network};

use super::batch_normalisation::{BatchNormalisation, BatchStatistics, NormalisationPass};
use super::buffers::Buffers;
use super::convolution::Convolution;
use super::dropout::Dropout;
use super::linear::{Linear, LinearPass};
use super::pooling::{Pool, Source};
use super::row_chain::{Kept, ParameterGradients, Parameters, RowChain, RowLayer};
use super::{Activation, Draw, ImageShape};

/// A step of the computation; `parameter` is the position of its first parameter.
#[derive(Debug)]
enum Stage {
    Rows(RowChain),
    Linear { layer: Linear, parameter: usize },
    BatchNormalisation { layer: BatchNormalisation, len: usize, parameter: usize },
}

impl Stage {
    fn output_len(&self) -> usize {
        match self {
            Self::Rows(chain) => chain.output_len(),
            Self::Linear { layer, .. } => layer.outputs,
            Self::BatchNorm { len, .. } => *len,
        }
    }

    fn has_parameters(&self) -> bool {
        match self {
            Self::Rows(chain) => chain.has_parameters(),
            _ => true,
        }
    }
}

/// The stages of a network.
#[derive(Debug)]
pub(crate) struct Tape {
    stages: Vec<Stage>,
    input_len: usize,
}

/// Memory between steps.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    values: Buffers<f32>,
    places: Buffers<u32>,
}

impl Memory {
    /// How many buffers wait for the next step.
    #[cfg(test)]
    pub(crate) fn free(&self) -> [usize; 2] {
        [self.values.free(), self.places.free()]
    }
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug)]
pub(crate) struct Recording {
    /// The answer of each stage.
    answers: Vec<Vec<f32>>,
    kept: Vec<Kept>,
    /// By stage; of normalisations alone.
    statistics: Vec<Option<BatchStatistics>>,
}

impl Recording {
    /// `[batch, classes]`.
    pub(crate) fn logits(&self) -> &[f32] {
        self.answers.last().map_or(&[], Vec::as_slice)
    }

    /// The batch's mean and variance of each normalisation, with the position of its first parameter.
    pub(crate) fn statistics<'a>(
        &'a self,
        tape: &'a Tape,
    ) -> impl Iterator<Item = (usize, &'a BatchStatistics)> {
        let of_stage = |(stage, statistics): (&Stage, &'a Option<BatchStatistics>)| match stage {
            Stage::BatchNormalisation { parameter, .. } => Some((*parameter, statistics.as_ref()?)),
            _ => None,
        };
        tape.stages.iter().zip(&self.statistics).filter_map(of_stage)
    }
}

impl Tape {
    /// For training, or for answers alone, in which dropout is left out. The network must fit together; one for answers
    /// must be folded.
    pub(crate) fn new(network: &Network, for_training: bool) -> Self {
        let mut builder = Builder { for_training, ..Builder::default() };
        let mut shape = Shape::Image(network.input);
        let [channels, height, width] = network.input;
        if channels > 1 {
            builder.rows.push(RowLayer::ChannelsLast([height, width, channels]));
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
        Self { stages: builder.stages, input_len: channels * height * width }
    }

    /// The logits `[batch, classes]` of images `[batch, channels, height, width]`.
    pub(crate) fn logits(&self, parameters: Parameters<'_>, images: &[f32], memory: &mut Memory) -> Vec<f32> {
        let batch = images.len() / self.input_len;
        let mut answer: Option<Vec<f32>> = None;
        for stage in &self.stages {
            let x = answer.as_deref().unwrap_or(images);
            let mut y = memory.values.take(batch * stage.output_len());
            match stage {
                Stage::Rows(chain) => chain.forward(parameters, None, x, &mut Kept::default(), &mut y),
                Stage::Linear { layer, parameter } => {
                    let [weight, bias] = [parameters[*parameter], parameters[parameter + 1]];
                    layer.forward(x, weight, bias, &mut y, &mut memory.values);
                }
                // Folded away before.
                Stage::BatchNormalisation { .. } => y.copy_from_slice(x),
            }
            if let Some(used) = answer.replace(y) {
                memory.values.give(used);
            }
        }
        answer.unwrap_or_else(|| images.to_vec())
    }

    /// A forward pass that a backward pass can follow.
    pub(crate) fn record(
        &self,
        parameters: Parameters<'_>,
        images: &[f32],
        draw: Draw,
        memory: &mut Memory,
    ) -> Recording {
        let batch = images.len() / self.input_len;
        let mut recording = Recording { answers: Vec::new(), kept: Vec::new(), statistics: Vec::new() };
        for stage in &self.stages {
            let x = recording.answers.last().map_or(images, Vec::as_slice);
            let mut y = memory.values.take(batch * stage.output_len());
            let (mut kept, mut statistics) = (Kept::default(), None);
            match stage {
                Stage::Rows(chain) => {
                    let [values, pooled] = chain.kept_len();
                    kept.values = memory.values.take(batch * values);
                    kept.pooled = memory.places.take(batch * pooled);
                    chain.forward(parameters, Some(draw), x, &mut kept, &mut y);
                }
                Stage::Linear { layer, parameter } => {
                    let [weight, bias] = [parameters[*parameter], parameters[parameter + 1]];
                    layer.forward(x, weight, bias, &mut y, &mut memory.values);
                }
                Stage::BatchNormalisation { layer, parameter, .. } => {
                    statistics =
                        Some(layer.forward(x, parameters[*parameter], parameters[parameter + 1], &mut y));
                }
            }
            recording.answers.push(y);
            recording.kept.push(kept);
            recording.statistics.push(statistics);
        }
        recording
    }

    /// The gradients of the trained parameters from that of the logits. Nothing is computed for the images, nor for a
    /// layer that comes before every trained one.
    pub(crate) fn backward(
        &self,
        parameters: Parameters<'_>,
        images: &[f32],
        draw: Draw,
        recording: Recording,
        logits_gradient: &[f32],
        memory: &mut Memory,
    ) -> ParameterGradients {
        let batch = images.len() / self.input_len;
        let mut gradients = ParameterGradients::new();
        let mut dy = memory.values.take(logits_gradient.len());
        dy.copy_from_slice(logits_gradient);
        for (index, stage) in self.stages.iter().enumerate().rev() {
            if !self.stages[..=index].iter().any(Stage::has_parameters) {
                break;
            }
            let (x, input_len) = match index.checked_sub(1) {
                Some(before) => (recording.answers[before].as_slice(), self.stages[before].output_len()),
                None => (images, self.input_len),
            };
            let y = &recording.answers[index];
            let goes_on = self.stages[..index].iter().any(Stage::has_parameters);
            // A normalisation always computes it.
            let asked = goes_on || matches!(stage, Stage::BatchNormalisation { .. });
            let mut dx = memory.values.take(if asked { batch * input_len } else { 0 });
            match stage {
                Stage::Rows(chain) => gradients.extend(chain.backward(
                    parameters,
                    draw,
                    [x, y, &dy],
                    &recording.kept[index],
                    &mut dx,
                )),
                Stage::Linear { layer, parameter } => {
                    let pass = LinearPass { x, y, dy: &dy, weight: parameters[*parameter] };
                    let found = layer.backward(pass, goes_on.then_some(&mut dx), &mut memory.values);
                    gradients.push((*parameter, found.weight));
                    gradients.push((parameter + 1, found.bias));
                }
                Stage::BatchNormalisation { layer, parameter, .. } => {
                    let Some(statistics) = &recording.statistics[index] else { continue };
                    let scale = parameters[*parameter];
                    let pass = NormalisationPass { x, y, dy: &dy, statistics, scale };
                    let (scale, shift) = layer.backward(pass, &mut dx);
                    gradients.push((*parameter, scale));
                    gradients.push((parameter + 1, shift));
                }
            }
            memory.values.give(std::mem::replace(&mut dy, dx));
        }
        memory.values.give(dy);
        for (answer, kept) in recording.answers.into_iter().zip(recording.kept) {
            memory.values.give(answer);
            memory.values.give(kept.values);
            memory.places.give(kept.pooled);
        }
        gradients
    }
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
    rows: Vec<RowLayer>,
    /// The position of the next layer's first parameter.
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
                    kernel: *kernel,
                    stride: *stride,
                    padding: *padding,
                    activation,
                    masks_backward: true,
                };
                self.rows.push(RowLayer::Convolution { layer, parameter });
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
                let layer = BatchNormalisation { channels, epsilon: *epsilon, activation };
                self.stage(Stage::BatchNormalisation { layer, len: shape.len(), parameter });
            }
            (Layer::MaxPool { kernel, stride }, Shape::Image(image)) => {
                self.max_pool(image, *kernel, *stride)
            }
            (Layer::AveragePool { kernel, stride }, Shape::Image(image)) => {
                let layer = Pool { image: channels_last(image), kernel: *kernel, stride: *stride };
                self.rows.push(RowLayer::AveragePool(layer));
            }
            (Layer::Dropout { rate }, shape) if self.for_training => {
                let layer = Dropout { rate: *rate, layer: position as u32 };
                self.rows.push(RowLayer::Dropout { layer, len: shape.len() });
            }
            (Layer::Relu, shape) => self.rows.push(RowLayer::Relu { len: shape.len() }),
            // A single channel lies in the order that weights are stored for.
            (Layer::Flatten, Shape::Image(image)) if image[0] > 1 => {
                self.rows.push(RowLayer::Flatten(channels_last(image)));
            }
            _ => {}
        }
        let fuses =
            matches!(layer, Layer::Convolution { .. } | Layer::Linear { .. } | Layer::BatchNorm { .. });
        if fuses && relu_follows { Fused::WithRelu } else { Fused::Alone }
    }

    /// After a convolution's ReLU the pooling keeps what that ReLU's mask would tell.
    fn max_pool(&mut self, image: [usize; 3], kernel: [usize; 2], stride: [usize; 2]) {
        let mut source = Source::Any;
        if let Some(RowLayer::Convolution { layer, .. }) = self.rows.last_mut()
            && layer.activation == Activation::Relu
        {
            source = Source::Relu;
            layer.masks_backward = false;
        }
        let layer = Pool { image: channels_last(image), kernel, stride };
        self.rows.push(RowLayer::MaxPool { layer, source });
    }

    fn stage(&mut self, stage: Stage) {
        self.end_chain();
        self.stages.push(stage);
    }

    fn end_chain(&mut self) {
        if !self.rows.is_empty() {
            self.stages.push(Stage::Rows(RowChain::new(std::mem::take(&mut self.rows), self.for_training)));
        }
    }
}

/// `[channels, height, width]` to `[height, width, channels]`.
fn channels_last([channels, height, width]: [usize; 3]) -> ImageShape {
    [height, width, channels]
}

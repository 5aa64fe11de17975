//! A network as kernels: a few stages, each over the whole batch.
//!
//! Forward, images `[batch, channels, height, width]` come in, and logits `[batch, classes]` go out with what the
//! backward pass needs; backward, the gradient of the logits comes in, and the gradients of the parameters go out. The
//! order of a step is written out here, so that nothing is computed which nobody needs.

use kernels::Buffers;
use models::Network;

use super::builder::stages;
use super::image_chain::Kept;
use super::parameters::{ParameterGradients, Parameters};
use super::stage::Stage;
use crate::draw::Draw;
use crate::layers::batch_norm::{BatchNormPass, BatchStatistics};
use crate::layers::linear_gradients::{self, LinearPass};

/// The stages of a network, which compute its logits and gradients on a CPU.
#[derive(Debug)]
pub struct Tape {
    stages: Vec<Stage>,
    input_len: usize,
}

/// The buffers that a tape's steps use again and again.
#[derive(Debug, Default)]
pub struct Memory {
    values: Buffers<f32>,
    places: Buffers<u32>,
}

impl Memory {
    /// Returns how many buffers of values, and how many of places, are free for the next step.
    #[must_use]
    pub fn free(&self) -> [usize; 2] {
        [self.values.free(), self.places.free()]
    }
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug)]
pub struct Recording {
    /// The output of each stage, `[batch, values]`.
    answers: Vec<Vec<f32>>,
    kept: Vec<Kept>,
    /// What each batch norm found in the batch, by stage; `None` for the other stages.
    statistics: Vec<Option<BatchStatistics>>,
}

impl Recording {
    /// Returns the logits of the recorded batch, `[batch, classes]`.
    pub fn logits(&self) -> &[f32] {
        self.answers.last().map_or(&[], Vec::as_slice)
    }

    /// Returns the batch's mean and variance for each batch norm, with the position of the batch norm's first
    /// parameter.
    pub fn statistics<'a>(&'a self, tape: &'a Tape) -> impl Iterator<Item = (usize, &'a BatchStatistics)> {
        let of_stage = |(stage, statistics): (&Stage, &'a Option<BatchStatistics>)| match stage {
            Stage::BatchNorm { parameter, .. } => Some((*parameter, statistics.as_ref()?)),
            _ => None,
        };
        tape.stages.iter().zip(&self.statistics).filter_map(of_stage)
    }
}

impl Tape {
    /// Returns the tape of a network: for training, or for answers alone, in which case dropout is left out. The layers
    /// of the network must fit together; a network for answers must be folded.
    #[must_use]
    pub fn new(network: &Network, for_training: bool) -> Self {
        Self { stages: stages(network, for_training), input_len: network.input.iter().product() }
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`, without dropout.
    pub fn logits(&self, parameters: Parameters<'_>, images: &[f32], memory: &mut Memory) -> Vec<f32> {
        let batch = images.len() / self.input_len;
        let mut answer: Option<Vec<f32>> = None;
        for stage in &self.stages {
            let x = answer.as_deref().unwrap_or(images);
            let mut y = memory.values.take(batch * stage.output_len());
            match stage {
                Stage::Images(chain) => chain.forward(parameters, None, x, &mut Kept::default(), &mut y),
                Stage::Linear { layer, parameter } => {
                    let [weight, bias] = [parameters[*parameter], parameters[parameter + 1]];
                    layer.forward(x, weight, bias, &mut y, &mut memory.values);
                }
                // A tape for answers has none: its network is folded.
                Stage::BatchNorm { .. } => y.copy_from_slice(x),
            }
            if let Some(used) = answer.replace(y) {
                memory.values.give(used);
            }
        }
        answer.unwrap_or_else(|| images.to_vec())
    }

    /// Computes a forward pass over images `[batch, channels, height, width]` that a backward pass can follow, and
    /// returns what it found.
    pub fn record(
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
                Stage::Images(chain) => {
                    let [values, pooled] = chain.kept_len();
                    kept.values = memory.values.take(batch * values);
                    kept.pooled = memory.places.take(batch * pooled);
                    chain.forward(parameters, Some(draw), x, &mut kept, &mut y);
                }
                Stage::Linear { layer, parameter } => {
                    let [weight, bias] = [parameters[*parameter], parameters[parameter + 1]];
                    layer.forward(x, weight, bias, &mut y, &mut memory.values);
                }
                Stage::BatchNorm { layer, parameter, .. } => {
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

    /// Returns the gradients of the trained parameters from `logits_gradient`, that of the logits, `[batch, classes]`.
    /// Nothing is computed for the images, nor for a layer that comes before every trained one.
    pub fn backward(
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
            // A batch norm always computes the gradient of its input.
            let asked = goes_on || matches!(stage, Stage::BatchNorm { .. });
            let mut dx = memory.values.take(if asked { batch * input_len } else { 0 });
            match stage {
                Stage::Images(chain) => gradients.extend(chain.backward(
                    parameters,
                    draw,
                    [x, y, &dy],
                    &recording.kept[index],
                    &mut dx,
                )),
                Stage::Linear { layer, parameter } => {
                    let pass = LinearPass { x, y, dy: &dy, weight: parameters[*parameter] };
                    let found = linear_gradients::backward(
                        layer,
                        pass,
                        goes_on.then_some(&mut dx),
                        &mut memory.values,
                    );
                    gradients.push((*parameter, found.weight));
                    gradients.push((parameter + 1, found.bias));
                }
                Stage::BatchNorm { layer, parameter, .. } => {
                    let Some(statistics) = &recording.statistics[index] else { continue };
                    let scale = parameters[*parameter];
                    let pass = BatchNormPass { x, y, dy: &dy, statistics, scale };
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

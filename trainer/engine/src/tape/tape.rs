//! A network as kernels: levels of operations, each over the whole batch.
//!
//! Forward, images `[batch, channels, height, width]` come in, and logits `[batch, classes]` go out with what the
//! backward pass needs; backward, the gradient of the logits comes in, and the gradients of the parameters go out. The
//! order of a step is written out here, so that nothing is computed which nobody needs.

use kernels::{Activation, Buffers, Convolution, add};
use models::Network;
use rayon::prelude::*;

use super::graph::{Graph, INPUT, Node, Operation, Value};
use super::group_values::ThreadMemory;
use super::level_sums::LevelSums;
use super::levels::Levels;
use super::parameters::{ParameterGradients, Parameters};
use crate::draw::Draw;
use crate::layers::activation_mask::mask_in_place;
use crate::layers::batch_norm_state::{BatchStatistics, NormState};
use crate::layers::batch_parts::BATCH_PARTS;
use crate::layers::input_gradient::backward_panels;
use crate::layers::linear_gradients::{self, LinearPass};
use crate::layers::wide_convolution_gradients::wide_gradients;

/// The operations of a network, which compute its logits and gradients on a CPU.
#[derive(Debug)]
pub struct Tape {
    pub(super) graph: Graph,
    pub(super) levels: Levels,
}

/// The buffers that a tape's steps use again and again.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) values: Buffers<f32>,
    pub(super) places: Buffers<u32>,
    pub(super) threads: Vec<ThreadMemory>,
    /// Sums of parameters' gradients, of any level.
    pub(super) sums: Vec<LevelSums>,
}

impl Memory {
    /// Returns how many buffers of values, and how many of places, are free for the next step.
    #[must_use]
    pub fn free(&self) -> [usize; 2] {
        [self.values.free(), self.places.free()]
    }
}

/// What the passes of one batch read beside its values.
#[derive(Clone, Copy)]
pub(super) struct BatchPass<'a> {
    pub(super) parameters: Parameters<'a>,
    /// The weights of each node in the panels of the pass.
    pub(super) panels: &'a [Vec<f32>],
    pub(super) draw: Option<Draw>,
    pub(super) images: &'a [f32],
}

/// The gradients that a backward pass has found so far.
#[derive(Debug)]
pub(super) struct Gradients {
    /// The gradient of each value that crosses from a level to an earlier one, `[batch, len]`.
    pub(super) values: Vec<Option<Vec<f32>>>,
    /// The gradient before the activation of each batch norm, by node; empty where there is none.
    pub(super) norms: Vec<Vec<f32>>,
    pub(super) parameters: ParameterGradients,
}

impl Gradients {
    fn of(graph: &Graph) -> Self {
        let (values, nodes) = (graph.lens.len(), graph.nodes.len());
        Self { values: vec![None; values], norms: vec![Vec::new(); nodes], parameters: Vec::new() }
    }
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug)]
pub struct Recording {
    /// What is kept of each value, `[batch, len]`; empty where nothing is.
    pub(super) values: Vec<Vec<f32>>,
    /// The places of largest values of each max-pooling, by node.
    pub(super) places: Vec<Vec<u32>>,
    /// What is known of each batch norm, by node; `None` for the other nodes.
    pub(super) norms: Vec<Option<NormState>>,
    output: Value,
}

impl Recording {
    /// Returns the logits of the recorded batch, `[batch, classes]`.
    pub fn logits(&self) -> &[f32] {
        &self.values[self.output]
    }

    /// Returns the batch's mean and variance for each batch norm, with the position of the batch norm's first
    /// parameter.
    pub fn statistics<'a>(&'a self, tape: &'a Tape) -> impl Iterator<Item = (usize, &'a BatchStatistics)> {
        tape.graph.nodes.iter().zip(&self.norms).filter_map(|(node, norm)| match node.operation {
            Operation::BatchNorm { parameter, .. } => Some((parameter, &norm.as_ref()?.statistics)),
            _ => None,
        })
    }

    /// Returns the kept values as slices, with the caller's images for the network's input.
    pub(super) fn kept<'a>(&'a self, images: &'a [f32]) -> Vec<&'a [f32]> {
        let kept = self.values.iter().enumerate();
        kept.map(|(value, kept)| if value == INPUT { images } else { kept.as_slice() }).collect()
    }
}

impl Tape {
    /// Returns the tape of a network: for training, or for answers alone, in which case dropout is left out. The layers
    /// of the network must fit together; a network for answers must be folded.
    #[must_use]
    pub fn new(network: &Network, for_training: bool) -> Self {
        let graph = Graph::new(network, for_training);
        let levels = Levels::new(&graph, for_training);
        Self { graph, levels }
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`, without dropout.
    pub fn logits(&self, parameters: Parameters<'_>, images: &[f32], memory: &mut Memory) -> Vec<f32> {
        let mut recording = self.run(parameters, images, None, memory);
        let logits = std::mem::take(&mut recording.values[self.graph.output]);
        self.give_back(recording, memory);
        logits
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
        self.run(parameters, images, Some(draw), memory)
    }

    fn run(
        &self,
        parameters: Parameters<'_>,
        images: &[f32],
        draw: Option<Draw>,
        memory: &mut Memory,
    ) -> Recording {
        let mut recording = Recording {
            values: vec![Vec::new(); self.graph.lens.len()],
            places: vec![Vec::new(); self.graph.nodes.len()],
            norms: vec![None; self.graph.nodes.len()],
            output: self.graph.output,
        };
        let panels = self.panels(parameters, Convolution::forward_panels);
        for (number, level) in self.levels.levels.iter().enumerate() {
            let pass = BatchPass { parameters, panels: &panels, draw, images };
            self.forward_images(level, pass, &mut recording, memory);
            for &index in &level.batch {
                self.forward_batch(index, pass, &mut recording, memory);
            }
            for &index in &level.norms {
                self.find_statistics(index, pass, &mut recording);
            }
            if draw.is_none() {
                self.forget(number, &mut recording, memory);
            }
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
        mut recording: Recording,
        logits_gradient: &[f32],
        memory: &mut Memory,
    ) -> ParameterGradients {
        let mut dy = memory.values.take(logits_gradient.len());
        dy.copy_from_slice(logits_gradient);
        let mut gradients = Gradients::of(&self.graph);
        gradients.values[self.graph.output] = Some(dy);
        let panels = self.panels(parameters, backward_panels);
        let pass = BatchPass { parameters, panels: &panels, draw: Some(draw), images };
        for level in self.levels.levels.iter().rev() {
            for &index in level.batch.iter().rev() {
                self.backward_batch(index, pass, &recording, &mut gradients, memory);
            }
            self.backward_images(level, pass, &mut recording, &mut gradients, memory);
            // Who reads these values has been run backward, and now who made them, too.
            let batch = level.batch.iter().map(|index| self.graph.nodes[*index].output);
            for value in level.own.iter().copied().chain(batch) {
                memory.values.give(std::mem::take(&mut recording.values[value]));
            }
        }
        self.give_back(recording, memory);
        gradients.parameters
    }

    /// Computes a node that needs the whole batch.
    fn forward_batch(
        &self,
        index: usize,
        pass: BatchPass<'_>,
        recording: &mut Recording,
        memory: &mut Memory,
    ) {
        let node = &self.graph.nodes[index];
        let mut y = memory.values.take(self.batch(pass.images) * self.graph.lens[node.output]);
        let x = recording.kept(pass.images)[node.inputs[0]];
        match &node.operation {
            Operation::Linear { layer, parameter } => {
                let [weight, bias] = [pass.parameters[*parameter], pass.parameters[parameter + 1]];
                layer.forward(x, weight, bias, &mut y, &mut memory.values);
            }
            Operation::WideConvolution { layer, parameter } => {
                let [weight, bias] = [pass.parameters[*parameter], pass.parameters[parameter + 1]];
                layer.forward(x, weight, bias, &mut y, &mut memory.values);
            }
            _ => {}
        }
        recording.values[node.output] = y;
    }

    /// Finds the statistics of a batch norm whose input is known.
    fn find_statistics(&self, index: usize, pass: BatchPass<'_>, recording: &mut Recording) {
        let node = &self.graph.nodes[index];
        if let Operation::BatchNorm { layer, parameter } = &node.operation {
            let x = recording.kept(pass.images)[node.inputs[0]];
            let state = layer.state(x, pass.parameters[*parameter], pass.parameters[parameter + 1]);
            recording.norms[index] = Some(state);
        }
    }

    /// Runs a node that needs the whole batch backward.
    fn backward_batch(
        &self,
        index: usize,
        pass: BatchPass<'_>,
        recording: &Recording,
        gradients: &mut Gradients,
        memory: &mut Memory,
    ) {
        let node = &self.graph.nodes[index];
        let Some(mut dy) = self.gradient_of(node.output, pass, recording, gradients, memory) else { return };
        let (input, kept) = (node.inputs[0], recording.kept(pass.images));
        let (x, y) = (kept[input], kept[node.output]);
        let len = if self.levels.needs_gradient[input] { x.len() } else { 0 };
        let mut dx = memory.values.take(len);
        match &node.operation {
            Operation::Linear { layer, parameter } => {
                let linear = LinearPass { x, y, dy: &dy, weight: pass.parameters[*parameter] };
                let of_input = (len > 0).then_some(dx.as_mut_slice());
                let found = linear_gradients::backward(layer, linear, of_input, &mut memory.values);
                gradients.parameters.push((*parameter, found.weight));
                gradients.parameters.push((parameter + 1, found.bias));
            }
            Operation::WideConvolution { layer, parameter } => {
                mask_batch(layer.layer().activation, y, &mut dy);
                let [weight, bias] = wide_gradients(layer, x, &dy, &mut memory.values);
                gradients.parameters.push((*parameter, weight));
                gradients.parameters.push((parameter + 1, bias));
                if len > 0 {
                    layer.input_gradient(&dy, pass.parameters[*parameter], &mut dx, &mut memory.values);
                }
            }
            _ => {}
        }
        memory.values.give(dy);
        match &mut gradients.values[input] {
            _ if len == 0 => memory.values.give(dx),
            Some(sum) => {
                add(sum, &dx);
                memory.values.give(dx);
            }
            unset => *unset = Some(dx),
        }
    }

    /// Returns the gradient of a value that a whole batch's node made, `[batch, len]`, or `None` where nobody left one.
    fn gradient_of(
        &self,
        value: Value,
        pass: BatchPass<'_>,
        recording: &Recording,
        gradients: &mut Gradients,
        memory: &mut Memory,
    ) -> Option<Vec<f32>> {
        let mut sum = gradients.values[value].take();
        for &reader in &self.levels.readers[value] {
            let Operation::BatchNorm { layer, .. } = &self.graph.nodes[reader].operation else {
                continue;
            };
            let dy = std::mem::take(&mut gradients.norms[reader]);
            let (Some(state), false) = (&recording.norms[reader], dy.is_empty()) else { continue };
            let z = recording.kept(pass.images)[value];
            let mut dx = memory.values.take(dy.len());
            let part = dy.len().div_ceil(BATCH_PARTS * layer.channels).max(1) * layer.channels;
            let inputs = z.par_chunks(part).zip(dy.par_chunks(part));
            dx.par_chunks_mut(part).zip(inputs).for_each(|(dx, (z, dy))| {
                layer.input_gradient(state, [z, dy], dx);
            });
            memory.values.give(dy);
            match &mut sum {
                Some(sum) => {
                    add(sum, &dx);
                    memory.values.give(dx);
                }
                unset => *unset = Some(dx),
            }
        }
        sum
    }

    /// Gives back what an answer needs no longer after level `number`.
    fn forget(&self, number: usize, recording: &mut Recording, memory: &mut Memory) {
        for (value, readers) in self.levels.readers.iter().enumerate() {
            if readers.iter().all(|reader| self.levels.level_of[*reader] <= number)
                && value != self.graph.output
            {
                memory.values.give(std::mem::take(&mut recording.values[value]));
            }
        }
    }

    fn give_back(&self, recording: Recording, memory: &mut Memory) {
        recording.values.into_iter().for_each(|values| memory.values.give(values));
        recording.places.into_iter().for_each(|places| memory.places.give(places));
    }

    /// Returns the weights of each convolution as `pack` lays them out, by node.
    fn panels(
        &self,
        parameters: Parameters<'_>,
        pack: fn(&Convolution, &[f32]) -> Vec<f32>,
    ) -> Vec<Vec<f32>> {
        let of_node = |node: &Node| match &node.operation {
            Operation::Convolution { layer, parameter, .. } => pack(layer, parameters[*parameter]),
            _ => Vec::new(),
        };
        self.graph.nodes.iter().map(of_node).collect()
    }

    /// Returns the number of images.
    pub(super) fn batch(&self, images: &[f32]) -> usize {
        images.len() / self.graph.lens[INPUT]
    }
}

/// Turns the gradient of a whole batch behind an activation, whose output is `y`, into that before it.
fn mask_batch(activation: Activation, y: &[f32], dy: &mut [f32]) {
    if activation == Activation::Identity {
        return;
    }
    let part = dy.len().div_ceil(BATCH_PARTS).max(1);
    dy.par_chunks_mut(part).zip(y.par_chunks(part)).for_each(|(dy, y)| mask_in_place(activation, y, dy));
}

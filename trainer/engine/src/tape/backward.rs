//! The operations of a level, backward: from the gradients of what later levels read to those of what earlier levels made.
//!
//! In come, for a few images at a time, the gradients `[images, len]` of the level's values as later levels left them; out go
//! the gradients of the values of earlier levels and of the parameters. What the level did not keep is computed again first. An
//! image's gradients never leave the cache but for those that cross to another level.

use kernels::{Activation, add};

use super::forward::{LevelContext, compute, turn};
use super::graph::{Operation, Value};
use super::group_values::{GroupValues, ThreadMemory, sized};
use super::level_sums::LevelSums;
use super::levels::{Level, Levels};
use crate::layers::activation_mask::mask_in_place;
use crate::layers::input_gradient::input_gradient;
use crate::layers::pooling_gradients::{largest_backward, mean_backward};

/// What the backward pass of a level reads of the whole batch.
#[derive(Clone, Copy)]
pub(super) struct BackwardContext<'a> {
    pub(super) forward: LevelContext<'a>,
    pub(super) levels: &'a Levels,
    pub(super) level: &'a Level,
    /// The weights of each convolution as its input gradient wants them; empty for other nodes.
    pub(super) backward_panels: &'a [Vec<f32>],
    /// What the forward pass kept of each value.
    pub(super) kept: &'a [&'a [f32]],
    pub(super) lens: &'a [usize],
    /// The places of largest values of each max-pooling.
    pub(super) places: &'a [Vec<u32>],
    /// The gradients that later levels left, by value; empty where none did.
    pub(super) incoming: &'a [&'a [f32]],
    /// The gradients before the activation of each batch norm of later levels, by node; empty where there is none.
    pub(super) norm_gradients: &'a [&'a [f32]],
}

/// A gradient that is being summed up.
pub(super) struct Slot<'a> {
    pub(super) gradient: &'a mut [f32],
    /// Whether something was written already, so that what comes is added.
    pub(super) is_set: bool,
}

/// The gradients that a group of images leaves outside of its level.
pub(super) struct Outgoing<'a> {
    /// The gradient of each value of an earlier level that this level reads.
    pub(super) values: Vec<(Value, Slot<'a>)>,
    /// The gradient before the activation of each batch norm of this level, by node.
    pub(super) norms: Vec<(usize, &'a mut [f32])>,
}

/// Runs a group of images backward, and adds its share of the parameters' gradients to `sums`.
pub(super) fn run_group(
    context: BackwardContext<'_>,
    [first, images]: [usize; 2],
    memory: &mut ThreadMemory,
    outgoing: Outgoing<'_>,
    sums: &mut LevelSums,
) {
    let own = &context.level.own;
    let ThreadMemory { values, gradients, padded, summand } = memory;
    values.resize_with(own.len(), Vec::new);
    gradients.resize_with(own.len(), Vec::new);
    let is_recomputed = |value: Value| {
        context.level.recomputed.iter().any(|&index| context.forward.nodes[index].output == value)
    };
    let slices = own.iter().zip(values).map(|(value, buffer)| {
        sized(buffer, if is_recomputed(*value) { images * context.lens[*value] } else { 0 })
    });
    let mut group =
        GroupValues { own, slices: slices.collect(), kept: context.kept, lens: context.lens, first, images };
    for &index in &context.level.recomputed {
        compute(index, context.forward, &mut group, &mut [], padded);
    }
    let slots = own.iter().zip(gradients).map(|(value, buffer)| Slot {
        gradient: sized(
            buffer,
            if context.levels.needs_gradient[*value] { images * context.lens[*value] } else { 0 },
        ),
        is_set: false,
    });
    let mut pass = GroupPass { context, slots: slots.collect(), group, outgoing, padded, summand };
    pass.take_incoming();
    for &index in context.level.images.iter().rev() {
        pass.node(index, sums);
    }
}

/// The walk of a group of images back through the nodes of a level.
struct GroupPass<'a, 'b> {
    context: BackwardContext<'a>,
    /// The gradient of each of the level's own values.
    slots: Vec<Slot<'b>>,
    group: GroupValues<'b>,
    outgoing: Outgoing<'b>,
    padded: &'b mut Vec<f32>,
    summand: &'b mut Vec<f32>,
}

impl GroupPass<'_, '_> {
    /// Starts the gradient of each of the level's values with what later levels left.
    fn take_incoming(&mut self) {
        let context = self.context;
        let GroupValues { first, images, .. } = self.group;
        for (position, &value) in context.level.own.iter().enumerate() {
            if !context.levels.needs_gradient[value] {
                continue;
            }
            let range = first * context.lens[value]..(first + images) * context.lens[value];
            let incoming = context.incoming[value];
            if !incoming.is_empty() {
                let slot = &mut self.slots[position];
                slot.gradient.copy_from_slice(&incoming[range.clone()]);
                slot.is_set = true;
            }
            for &reader in &context.levels.readers[value] {
                let Operation::BatchNorm { layer, .. } = &context.forward.nodes[reader].operation else {
                    continue;
                };
                let dy = context.norm_gradients[reader];
                let (Some(state), false) = (&context.forward.norms[reader], dy.is_empty()) else { continue };
                let z = &context.kept[value][range.clone()];
                let slot = &mut self.slots[position];
                write_or_add(slot, self.summand, |dx| {
                    layer.input_gradient(state, [z, &dy[range.clone()]], dx);
                });
            }
        }
    }

    fn node(&mut self, index: usize, sums: &mut LevelSums) {
        let context = self.context;
        let node = &context.forward.nodes[index];
        let Some(position) = self.group.position(node.output) else { return };
        if !self.slots[position].is_set {
            return;
        }
        let dy = std::mem::take(&mut self.slots[position].gradient);
        match &node.operation {
            Operation::Convolution { layer, masks_backward, .. } => {
                if *masks_backward {
                    self.mask(layer.activation, node.output, dy);
                }
                sums.convolution(index).add_images(self.group.get(node.inputs[0]), dy, self.padded);
                let panels = &context.backward_panels[index];
                self.contribute(node.inputs[0], |_, padded, dx| {
                    input_gradient(layer, panels, dy, dx, padded)
                });
            }
            Operation::BatchNorm { layer, .. } => {
                let Some(state) = &context.forward.norms[index] else { return };
                if layer.activation == Activation::Relu {
                    layer.mask(self.group.get(node.output), dy);
                }
                layer.add_gradient_sums(state, [self.group.get(node.inputs[0]), dy], sums.norm(index));
                if let Some((_, gradient)) = self.outgoing.norms.iter_mut().find(|(norm, _)| *norm == index) {
                    gradient.copy_from_slice(dy);
                }
            }
            Operation::Add(activation) => {
                self.mask(*activation, node.output, dy);
                for &input in &node.inputs {
                    self.contribute(input, |_, _, dx| dx.copy_from_slice(dy));
                }
            }
            Operation::Relu => {
                self.mask(Activation::Relu, node.output, dy);
                self.contribute(node.inputs[0], |_, _, dx| dx.copy_from_slice(dy));
            }
            Operation::MaxPool { layer, .. } => {
                let len = layer.output_len();
                let places = &context.places[index][self.group.first * len..];
                self.contribute(node.inputs[0], |_, _, dx| {
                    let images = places.chunks_exact(len).zip(dy.chunks_exact(len));
                    images
                        .zip(dx.chunks_exact_mut(layer.input_len()))
                        .for_each(|((places, dy), dx)| largest_backward(places, dy, dx));
                });
            }
            Operation::AveragePool(layer) => self.contribute(node.inputs[0], |_, _, dx| {
                let images = dy.chunks_exact(layer.output_len()).zip(dx.chunks_exact_mut(layer.input_len()));
                images.for_each(|(dy, dx)| mean_backward(layer, dy, dx));
            }),
            Operation::Dropout(layer) => {
                if let Some(draw) = context.forward.draw {
                    let len = context.lens[node.output];
                    self.contribute(node.inputs[0], |group, _, dx| {
                        let images = dy.chunks_exact(len).zip(dx.chunks_exact_mut(len)).enumerate();
                        images.for_each(|(number, (dy, dx))| layer.apply(draw, group.first + number, dy, dx));
                    });
                }
            }
            Operation::ChannelsLast([height, width, channels]) => {
                self.contribute(node.inputs[0], |_, _, dx| turn(dy, height * width, *channels, dx));
            }
            Operation::Flatten([height, width, channels]) => {
                self.contribute(node.inputs[0], |_, _, dx| turn(dy, *channels, height * width, dx));
            }
            // The whole batch's.
            Operation::Linear { .. } | Operation::WideConvolution { .. } => {}
        }
        self.slots[position].gradient = dy;
    }

    /// Turns the gradient behind an activation, whose output is `output`, into that before it.
    fn mask(&self, activation: Activation, output: Value, dy: &mut [f32]) {
        if activation != Activation::Identity {
            mask_in_place(activation, self.group.get(output), dy);
        }
    }

    /// Gives the gradient of `value` what `write` writes, or nothing where nobody needs that gradient.
    fn contribute(&mut self, value: Value, write: impl FnOnce(&GroupValues<'_>, &mut Vec<f32>, &mut [f32])) {
        if !self.context.levels.needs_gradient[value] {
            return;
        }
        let slot = match self.group.position(value) {
            Some(position) => Some(&mut self.slots[position]),
            None => self.outgoing.values.iter_mut().find(|(of, _)| *of == value).map(|(_, slot)| slot),
        };
        let (group, padded) = (&self.group, &mut *self.padded);
        if let Some(slot) = slot {
            write_or_add(slot, self.summand, |dx| write(group, padded, dx));
        }
    }
}

/// Writes into a gradient that is not set yet, or adds to it what is written elsewhere.
fn write_or_add(slot: &mut Slot<'_>, summand: &mut Vec<f32>, write: impl FnOnce(&mut [f32])) {
    if slot.is_set {
        let summand = sized(summand, slot.gradient.len());
        write(summand);
        add(slot.gradient, summand);
    } else {
        write(slot.gradient);
        slot.is_set = true;
    }
}

//! The passes of one level over the whole batch: parts of the batch to threads, groups of images to the cache.
//!
//! In come the values that earlier levels kept (forward) or the gradients that later levels left (backward), `[batch, len]`; out
//! go the level's kept values, or the gradients of earlier values and of parameters. Only the parts decide the order of sums;
//! groups within a part are as large as the cache allows.

use std::sync::{Mutex, PoisonError};

use super::backward::{BackwardContext, Outgoing, Slot, run_group};
use super::forward::{LevelContext, compute};
use super::graph::{Operation, Value};
use super::group_values::{GroupValues, ThreadMemory, group_size, sized};
use super::level_sums::LevelSums;
use super::levels::Level;
use super::ordered_parts::{in_order, parts_of};
use super::tape::{BatchPass, Gradients, Memory, Recording, Tape};
use crate::layers::batch_parts::BATCH_PARTS;
use crate::layers::convolution_gradients::in_stored_order;

/// A part of the batch: the slices that it writes.
struct Part<'a> {
    /// The level's kept values (forward) or the gradients of earlier values (backward), in a fixed order.
    values: Vec<&'a mut [f32]>,
    /// The places of largest values of the level's max-poolings, in the order of the nodes.
    places: Vec<&'a mut [u32]>,
}

impl<'a> Part<'a> {
    /// Returns `count` parts of nothing.
    fn empty(count: usize) -> Vec<Self> {
        (0..count).map(|_| Self { values: Vec::new(), places: Vec::new() }).collect()
    }
}

/// The images of the parts of a batch.
#[derive(Clone, Copy)]
struct Cut {
    batch: usize,
    /// The images of each part but the last.
    part: usize,
    /// The number of parts.
    count: usize,
}

impl Cut {
    fn of(batch: usize) -> Self {
        let part = batch.div_ceil(BATCH_PARTS).max(1);
        Self { batch, part, count: batch.div_ceil(part) }
    }

    /// Returns the first image and the number of images of each group of a part.
    fn groups(self, number: usize, size: usize) -> impl Iterator<Item = [usize; 2]> {
        let (first, end) = (number * self.part, ((number + 1) * self.part).min(self.batch));
        (first..end).step_by(size).map(move |group| [group, size.min(end - group)])
    }
}

impl Tape {
    /// Computes the values of a level that are made image by image.
    pub(super) fn forward_images(
        &self,
        level: &Level,
        pass: BatchPass<'_>,
        recording: &mut Recording,
        memory: &mut Memory,
    ) {
        if level.images.is_empty() {
            return;
        }
        let cut = Cut::of(self.batch(pass.images));
        let lens = &self.graph.lens;
        let mut kept: Vec<Vec<f32>> = Vec::new();
        for &value in &level.own {
            kept.push(memory.values.take(if self.levels.kept[value] { cut.batch * lens[value] } else { 0 }));
        }
        let pooled = |index: &usize| match &self.graph.nodes[*index].operation {
            Operation::MaxPool { layer, .. } if pass.draw.is_some() => layer.output_len(),
            _ => 0,
        };
        let mut places: Vec<Vec<u32>> =
            level.images.iter().map(|index| memory.places.take(cut.batch * pooled(index))).collect();
        let mut parts = Part::empty(cut.count);
        for (buffer, value) in kept.iter_mut().zip(&level.own) {
            let slices = parts_of(buffer, cut.part * lens[*value], cut.count);
            parts.iter_mut().zip(slices).for_each(|(part, slice)| part.values.push(slice));
        }
        for (buffer, index) in places.iter_mut().zip(&level.images) {
            let slices = parts_of(buffer, cut.part * pooled(index), cut.count);
            parts.iter_mut().zip(slices).for_each(|(part, slice)| part.places.push(slice));
        }
        let context = LevelContext {
            nodes: &self.graph.nodes,
            parameters: pass.parameters,
            panels: pass.panels,
            norms: &recording.norms,
            draw: pass.draw,
        };
        let earlier = recording.kept(pass.images);
        let size = group_size(level.own.iter().map(|value| lens[*value]));
        let run = |number: usize, mut part: Part<'_>, thread: &mut ThreadMemory| {
            thread.values.resize_with(level.own.len(), Vec::new);
            for [first, images] in cut.groups(number, size) {
                let mut group = GroupValues {
                    own: &level.own,
                    slices: Vec::with_capacity(level.own.len()),
                    kept: &earlier,
                    lens,
                    first,
                    images,
                };
                let slices = part.values.iter_mut().zip(&mut thread.values).zip(&level.own);
                for ((kept, local), value) in slices {
                    let len = images * lens[*value];
                    group.slices.push(if kept.is_empty() { sized(local, len) } else { front(kept, len) });
                }
                for (&index, places) in level.images.iter().zip(&mut part.places) {
                    let places = front(places, images * pooled(&index));
                    compute(index, context, &mut group, places, &mut thread.padded);
                }
            }
        };
        in_order(parts, &mut memory.threads, run, |()| ());
        for (buffer, value) in kept.into_iter().zip(&level.own) {
            recording.values[*value] = buffer;
        }
        for (buffer, index) in places.into_iter().zip(&level.images) {
            recording.places[*index] = buffer;
        }
    }

    /// Runs the nodes of a level that see one image at a time backward.
    pub(super) fn backward_images(
        &self,
        level: &Level,
        pass: BatchPass<'_>,
        recording: &mut Recording,
        gradients: &mut Gradients,
        memory: &mut Memory,
    ) {
        let (lens, nodes) = (&self.graph.lens, &self.graph.nodes);
        if !level.own.iter().any(|value| self.levels.needs_gradient[*value]) {
            return;
        }
        let cut = Cut::of(self.batch(pass.images));
        let outgoing = self.outgoing_values(level);
        let norms = self.outgoing_norms(level);
        // A value that a later level has left a gradient for gets this level's on top.
        let is_set: Vec<bool> = outgoing.iter().map(|value| gradients.values[*value].is_some()).collect();
        let mut buffers: Vec<Vec<f32>> = Vec::new();
        for &value in &outgoing {
            let left = gradients.values[value].take();
            buffers.push(left.unwrap_or_else(|| memory.values.take(cut.batch * lens[value])));
        }
        for &index in &norms {
            buffers.push(memory.values.take(cut.batch * lens[nodes[index].output]));
        }
        let lens_of = |position: usize| match outgoing.get(position) {
            Some(value) => lens[*value],
            None => lens[nodes[norms[position - outgoing.len()]].output],
        };
        let mut parts = Part::empty(cut.count);
        for (position, buffer) in buffers.iter_mut().enumerate() {
            let slices = parts_of(buffer, cut.part * lens_of(position), cut.count);
            parts.iter_mut().zip(slices).for_each(|(part, slice)| part.values.push(slice));
        }
        let kept = recording.kept(pass.images);
        let incoming: Vec<&[f32]> =
            gradients.values.iter().map(|gradient| gradient.as_deref().unwrap_or(&[])).collect();
        let norm_gradients: Vec<&[f32]> = gradients.norms.iter().map(Vec::as_slice).collect();
        let context = BackwardContext {
            forward: LevelContext {
                nodes,
                parameters: pass.parameters,
                panels: &[],
                norms: &recording.norms,
                draw: pass.draw,
            },
            levels: &self.levels,
            level,
            backward_panels: pass.panels,
            kept: &kept,
            lens,
            places: &recording.places,
            incoming: &incoming,
            norm_gradients: &norm_gradients,
        };
        let size = group_size(level.own.iter().map(|value| 2 * lens[*value]));
        let (fitting, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut memory.sums).into_iter().partition(|sums| sums.fits(nodes, level));
        let free = Mutex::new(fitting);
        let take = || free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let run = |number: usize, mut part: Part<'_>, thread: &mut ThreadMemory| {
            let mut sums = match take() {
                Some(mut sums) => {
                    sums.clear();
                    sums
                }
                None => LevelSums::new(nodes, level),
            };
            for [first, images] in cut.groups(number, size) {
                let mut slices = part
                    .values
                    .iter_mut()
                    .enumerate()
                    .map(|(position, slice)| front(slice, images * lens_of(position)));
                let values = outgoing.iter().zip(&is_set).zip(slices.by_ref());
                let values = values
                    .map(|((value, is_set), gradient)| (*value, Slot { gradient, is_set: *is_set }))
                    .collect();
                let norms = norms.iter().copied().zip(slices).collect();
                run_group(context, [first, images], thread, Outgoing { values, norms }, &mut sums);
            }
            sums
        };
        let mut total: Option<LevelSums> = None;
        in_order(parts, &mut memory.threads, run, |sums: LevelSums| match &mut total {
            None => total = Some(sums),
            Some(total) => {
                total.add(&sums);
                free.lock().unwrap_or_else(PoisonError::into_inner).push(sums);
            }
        });
        memory.sums = others;
        memory.sums.extend(free.into_inner().unwrap_or_else(PoisonError::into_inner));
        self.release(level, gradients, memory);
        let mut buffers = buffers.into_iter();
        for (value, buffer) in outgoing.iter().zip(buffers.by_ref()) {
            gradients.values[*value] = Some(buffer);
        }
        for (index, buffer) in norms.iter().zip(buffers) {
            gradients.norms[*index] = buffer;
        }
        if let Some(total) = total {
            self.keep_parameter_gradients(&total, recording, gradients);
            memory.sums.push(total);
        }
    }

    /// Returns the values of earlier levels whose gradients a level's nodes contribute to.
    fn outgoing_values(&self, level: &Level) -> Vec<Value> {
        let mut values = Vec::new();
        for node in level.images.iter().map(|index| &self.graph.nodes[*index]) {
            if matches!(node.operation, Operation::BatchNorm { .. }) {
                continue;
            }
            for value in &node.inputs {
                let is_earlier = !level.own.contains(value) && self.levels.needs_gradient[*value];
                if is_earlier && !values.contains(value) {
                    values.push(*value);
                }
            }
        }
        values
    }

    /// Returns the batch norms of a level whose input's gradient is needed.
    fn outgoing_norms(&self, level: &Level) -> Vec<usize> {
        let is_needed = |index: &usize| {
            let node = &self.graph.nodes[*index];
            matches!(node.operation, Operation::BatchNorm { .. })
                && self.levels.needs_gradient[node.inputs[0]]
        };
        level.images.iter().copied().filter(is_needed).collect()
    }

    /// Gives back the gradients that later levels left for a level's values.
    fn release(&self, level: &Level, gradients: &mut Gradients, memory: &mut Memory) {
        for &value in &level.own {
            if let Some(gradient) = gradients.values[value].take() {
                memory.values.give(gradient);
            }
            for &reader in &self.levels.readers[value] {
                memory.values.give(std::mem::take(&mut gradients.norms[reader]));
            }
        }
    }

    /// Keeps the gradients of a level's parameters, summed over the batch.
    fn keep_parameter_gradients(
        &self,
        total: &LevelSums,
        recording: &mut Recording,
        gradients: &mut Gradients,
    ) {
        for (index, layer, sums) in &total.convolutions {
            if let Operation::Convolution { parameter, .. } = &self.graph.nodes[*index].operation {
                gradients.parameters.push((*parameter, in_stored_order(layer, &sums.weight)));
                gradients.parameters.push((parameter + 1, sums.bias.clone()));
            }
        }
        for (index, sums) in &total.norms {
            if let (Operation::BatchNorm { layer, parameter }, Some(state)) =
                (&self.graph.nodes[*index].operation, &mut recording.norms[*index])
            {
                layer.set_gradients(state, sums);
                let [scale, shift] = state.gradients.clone();
                gradients.parameters.push((*parameter, scale));
                gradients.parameters.push((parameter + 1, shift));
            }
        }
    }
}

/// Cuts the first `len` values off a slice and returns them.
fn front<'a, T>(slice: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let (front, rest) = std::mem::take(slice).split_at_mut(len);
    *slice = rest;
    front
}

//! The operations of a level, forward: from the values before it to its own, a few images at a time.
//!
//! In come images `[images, height, width, channels]` of the values that a node reads, out go those of the value that it
//! makes. The same code computes the level in the forward pass and, in the backward pass, what was not kept of it.

use kernels::{Activation, vectorised};

use super::graph::{Node, Operation};
use super::group_values::GroupValues;
use super::parameters::Parameters;
use crate::draw::Draw;
use crate::layers::batch_norm_state::NormState;

/// What the operations of a level read beside their inputs.
#[derive(Clone, Copy)]
pub(super) struct LevelContext<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) parameters: Parameters<'a>,
    /// The weights of each node in panels; empty for nodes without any.
    pub(super) panels: &'a [Vec<f32>],
    /// What is known of each batch norm, by node.
    pub(super) norms: &'a [Option<NormState>],
    /// What dropout draws from; without it dropout does nothing.
    pub(super) draw: Option<Draw>,
}

/// Computes node `index` for a group of images. `places` has the room for where the largest values of a max-pooling lie, or
/// nothing; `padded` is memory for images with their padding.
pub(super) fn compute(
    index: usize,
    context: LevelContext<'_>,
    group: &mut GroupValues<'_>,
    places: &mut [u32],
    padded: &mut Vec<f32>,
) {
    let node = &context.nodes[index];
    group.write(node.output, |group, y| {
        let x = group.get(node.inputs[0]);
        match &node.operation {
            Operation::Convolution { layer, parameter, .. } => {
                let bias = context.parameters[parameter + 1];
                layer.forward(&context.panels[index], bias, x, y, padded);
            }
            Operation::BatchNorm { layer, .. } => match &context.norms[index] {
                Some(state) => layer.apply(state, x, y),
                None => y.copy_from_slice(x),
            },
            Operation::Add(activation) => add(*activation, x, group.get(node.inputs[1]), y),
            Operation::Relu => {
                y.copy_from_slice(x);
                vectorised(|| Activation::Relu.apply(y));
            }
            Operation::MaxPool { layer, source } => {
                let mut rest = places;
                for (x, y) in x.chunks_exact(layer.input_len()).zip(y.chunks_exact_mut(layer.output_len())) {
                    let len = layer.output_len().min(rest.len());
                    let (own, others) = std::mem::take(&mut rest).split_at_mut(len);
                    layer.largest(*source, x, y, own);
                    rest = others;
                }
            }
            Operation::AveragePool(layer) => {
                let images = x.chunks_exact(layer.input_len()).zip(y.chunks_exact_mut(layer.output_len()));
                images.for_each(|(x, y)| layer.mean(x, y));
            }
            Operation::Dropout(layer) => match context.draw {
                Some(draw) => {
                    let len = y.len() / group.images;
                    let images = x.chunks_exact(len).zip(y.chunks_exact_mut(len)).enumerate();
                    images.for_each(|(number, (x, y))| layer.apply(draw, group.first + number, x, y));
                }
                None => y.copy_from_slice(x),
            },
            Operation::ChannelsLast([height, width, channels]) => turn(x, *channels, height * width, y),
            Operation::Flatten([height, width, channels]) => turn(x, height * width, *channels, y),
            // The whole batch's.
            Operation::Linear { .. } | Operation::WideConvolution { .. } => {}
        }
    });
}

fn add(activation: Activation, a: &[f32], b: &[f32], y: &mut [f32]) {
    vectorised(|| {
        y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = a + b);
        activation.apply(y);
    });
}

/// Writes each image of `x`, `[rows, columns]`, into `y` as `[columns, rows]`.
pub(super) fn turn(x: &[f32], rows: usize, columns: usize, y: &mut [f32]) {
    let len = rows * columns;
    for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
        for (column, y) in y.chunks_exact_mut(rows).enumerate() {
            y.iter_mut().enumerate().for_each(|(row, y)| *y = x[row * columns + column]);
        }
    }
}

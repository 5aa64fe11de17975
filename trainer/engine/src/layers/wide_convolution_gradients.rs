//! The gradients of a wide 3×3 convolution's weights and bias, in Winograd's transform, a batch at a time.
//!
//! In come a batch of channels-last images and the gradient of their outputs, out go the gradients of the weights
//! `[out_channels, in_channels, 3, 3]` and of the bias. The product of a tile's transformed pixels and transformed output
//! gradients is the gradient of the transformed weights, 16 multiplications where the direct way takes 36.
//!
//! A sum of up to 16.8 MB is no sum to keep once a thread. There is one, over all tiles of the batch in their order, and
//! the threads divide its positions and columns; it is read and written once for `BLOCKS` blocks of tiles.

use kernels::matrix_product::{Product, Start, panel_width};
use kernels::vectors::{processor, with_processor};
use kernels::winograd::{POSITIONS, weight_gradient};
use kernels::{Activation, Buffers, WideConvolution, add};
use rayon::prelude::*;

use super::convolution_gradients::add_pixels;

/// The number of blocks of tiles for which the gradient is read and written once.
const BLOCKS: usize = 4;

/// The number of columns of a task, some panels of the widest vectors.
const TASK_COLUMNS: usize = 128;

/// The sides of a wide convolution's batch.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    inputs: usize,
    outputs: usize,
    images: usize,
    /// The rows of tiles of the batch.
    rows: usize,
    /// The values of the two transforms of a whole block.
    block: [usize; 2],
}

/// Returns the gradients of the weights and of the bias, from the batch `x` and `dy`, the gradient before the activation.
pub(crate) fn wide_gradients(
    wide: &WideConvolution,
    x: &[f32],
    dy: &[f32],
    memory: &mut Buffers<f32>,
) -> [Vec<f32>; 2] {
    let layer = wide.layer();
    let [inputs, outputs] = layer.group_channels();
    let images = x.len() / layer.input_len();
    let tiles = wide.block_rows() * layer.image[1] / 2;
    let block = [inputs, outputs].map(|channels| POSITIONS * tiles * channels);
    let sizes = Sizes { inputs, outputs, images, rows: images * layer.image[0] / 2, block };
    let mut sum = memory.take(POSITIONS * inputs * outputs);
    sum.fill(0.0);
    let mut bias = vec![0f32; outputs];
    let mut blocks = memory.take(BLOCKS * (block[0] + block[1]));
    for first in (0..sizes.rows).step_by(BLOCKS * wide.block_rows()) {
        let count = (sizes.rows - first).div_ceil(wide.block_rows()).min(BLOCKS);
        let blocks = &mut blocks[..count * (block[0] + block[1])];
        for part in transform(wide, sizes, first, [x, dy], blocks) {
            add(&mut bias, &part);
        }
        multiply(wide, sizes, first, blocks, &mut sum);
    }
    let weight = from_transform(sizes, &sum);
    memory.give(sum);
    memory.give(blocks);
    [weight, bias]
}

/// Writes the transforms of some blocks from the row of tiles `first` on, those of the images and of the output gradient
/// one behind the other, and returns the sum of each block's output gradient.
fn transform(
    wide: &WideConvolution,
    sizes: Sizes,
    first: usize,
    [x, dy]: [&[f32]; 2],
    blocks: &mut [f32],
) -> Vec<Vec<f32>> {
    let Sizes { inputs, outputs, images, block, .. } = sizes;
    let kind = processor();
    let blocks = blocks.par_chunks_exact_mut(block[0] + block[1]).enumerate();
    let of_block = |(number, memory): (usize, &mut [f32])| {
        with_processor(kind, || {
            let first = first + number * wide.block_rows();
            let (of_x, of_dy) = memory.split_at_mut(block[0]);
            let tiles = wide.block(first, images, inputs);
            tiles.input(x, &mut of_x[..POSITIONS * tiles.tiles() * inputs]);
            let tiles = wide.block(first, images, outputs);
            tiles.output_gradient(dy, &mut of_dy[..POSITIONS * tiles.tiles() * outputs]);
            let row_len = 2 * wide.layer().image[1] * outputs;
            let mut sum = vec![0f32; outputs];
            add_pixels(outputs, &dy[tiles.rows.start * row_len..tiles.rows.end * row_len], &mut sum);
            sum
        })
    };
    blocks.map(of_block).collect()
}

/// Adds the products of some blocks to the gradient of the transformed weights, `[16, inputs, outputs]` with the outputs
/// in columns of tasks: `[columns, 16, inputs, TASK_COLUMNS]`.
fn multiply(wide: &WideConvolution, sizes: Sizes, first: usize, blocks: &[f32], sum: &mut [f32]) {
    let Sizes { inputs, outputs, images, block, .. } = sizes;
    let stride = block[0] + block[1];
    let count = blocks.len() / stride;
    let tiles = |number: usize| wide.block(first + number * wide.block_rows(), images, inputs).tiles();
    // The last block of a batch may have fewer tiles.
    let whole = (0..count).filter(|number| tiles(*number) == tiles(0)).count();
    let kind = processor();
    let tasks: Vec<(usize, usize, &mut [f32])> = task_sums(sizes, sum);
    tasks.into_par_iter().for_each(|(position, column, c)| {
        let columns = TASK_COLUMNS.min(outputs - column);
        let mut product = |first: usize, blocks_of_it: usize| {
            let tiles = tiles(first);
            let start = first * stride + position * tiles * inputs;
            let start_of_dy = first * stride + block[0] + position * tiles * outputs + column;
            Product {
                rows: [1, 1, inputs],
                columns,
                depth: [blocks_of_it, 1, tiles],
                a: &blocks[start..],
                a_rows: [0, 0, 1],
                a_depth: [stride, 0, inputs],
                b: &blocks[start_of_dy..],
                b_panel: panel_width(columns),
                b_depth: [stride, 0, outputs],
                start: Start::Sum,
                c: &mut *c,
                c_rows: [0, 0, columns],
                activation: Activation::Identity,
            }
            .compute();
        };
        with_processor(kind, || {
            product(0, whole);
            if whole < count {
                product(whole, count - whole);
            }
        });
    });
}

/// Cuts the gradient of the transformed weights into tasks: each with its position, its first column and its part.
fn task_sums(sizes: Sizes, sum: &mut [f32]) -> Vec<(usize, usize, &mut [f32])> {
    let Sizes { inputs, outputs, .. } = sizes;
    let of_position = |(position, sum)| {
        task_columns(inputs, outputs, sum).map(move |(column, part)| (position, column, part))
    };
    sum.chunks_exact_mut(inputs * outputs).enumerate().flat_map(of_position).collect()
}

/// Cuts one position's sum `[columns of a task, inputs, TASK_COLUMNS]` into tasks.
fn task_columns(inputs: usize, outputs: usize, sum: &mut [f32]) -> impl Iterator<Item = (usize, &mut [f32])> {
    (0..outputs).step_by(TASK_COLUMNS).zip(sum.chunks_mut(inputs * TASK_COLUMNS))
}

/// Returns the gradient of the weights `[out_channels, in_channels, 3, 3]` from that of the transformed weights.
fn from_transform(sizes: Sizes, sum: &[f32]) -> Vec<f32> {
    let Sizes { inputs, outputs, .. } = sizes;
    let mut weight = vec![0f32; outputs * inputs * 9];
    let kind = processor();
    weight.par_chunks_mut(TASK_COLUMNS * inputs * 9).enumerate().for_each(|(task, weight)| {
        let columns = weight.len() / (inputs * 9);
        let (mut transformed, mut plain) = (vec![0f32; POSITIONS * columns], vec![0f32; 9 * columns]);
        for input in 0..inputs {
            for (position, row) in transformed.chunks_exact_mut(columns).enumerate() {
                let from = (position * outputs + task * TASK_COLUMNS) * inputs + input * columns;
                row.copy_from_slice(&sum[from..from + columns]);
            }
            with_processor(kind, || weight_gradient(&transformed, &mut plain));
            for (position, row) in plain.chunks_exact(columns).enumerate() {
                for (column, value) in row.iter().enumerate() {
                    weight[(column * inputs + input) * 9 + position] = *value;
                }
            }
        }
    });
    weight
}

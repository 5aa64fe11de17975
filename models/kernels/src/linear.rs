//! Linear layers, forward: y = activation(x Wᵀ + b).
//!
//! In come x `[batch, inputs]`, W `[outputs, inputs]` and b `[outputs]`, out goes y `[batch, outputs]`. The batch is
//! cut into tasks here, so that the gradients can be cut in the same way.

use rayon::prelude::*;

use crate::activation::Activation;
use crate::buffers::Buffers;
use crate::matrix_product::{Product, Start, pack, panel_width, panelled};

/// The most rows that one task computes: some of the highest tiles, so that the operands of a task stay in the
/// second-level cache.
const TASK_ROWS: usize = 36;

/// The sizes of a linear layer and the activation that it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// The number of values of one row of the input.
    pub inputs: usize,
    /// The number of values of one row of the output.
    pub outputs: usize,
    /// The activation that is applied to the sum of each output.
    pub activation: Activation,
}

impl Linear {
    /// Computes y = activation(x Wᵀ + b) into `y`, `[batch, outputs]`, from `x` `[batch, inputs]`, `weight` `[outputs,
    /// inputs]` and `bias` `[outputs]`. The panels of the weight are taken from `memory` and given back to it.
    pub fn forward(&self, x: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32], memory: &mut Buffers<f32>) {
        let Self { inputs, outputs, activation } = *self;
        let mut panels = memory.take(inputs * panelled(outputs));
        pack(weight, inputs, outputs, 1, inputs, &mut panels);
        tasks(y, outputs).into_par_iter().for_each(|(first, y)| {
            Product {
                rows: [1, 1, y.len() / outputs],
                columns: outputs,
                depth: [1, 1, inputs],
                a: &x[first * inputs..],
                a_rows: [0, 0, inputs],
                a_depth: [0, 0, 1],
                b: &panels,
                b_panel: inputs * panel_width(outputs),
                b_depth: [0, 0, panel_width(outputs)],
                start: Start::Bias(bias),
                c: y,
                c_rows: [0, 0, outputs],
                activation,
            }
            .compute();
        });
        memory.give(panels);
    }
}

/// Cuts the rows of a matrix into tasks of at most `TASK_ROWS` rows, and returns each with the number of its first row.
/// Every thread gets as many tasks, of nearly equal height, so that threads finish together.
pub fn tasks(matrix: &mut [f32], columns: usize) -> Vec<(usize, &mut [f32])> {
    let rows = matrix.len() / columns;
    let count = rows.div_ceil(TASK_ROWS).next_multiple_of(rayon::current_num_threads());
    let mut rest = matrix;
    let of_task = |task| {
        let (first, end) = (task * rows / count, (task + 1) * rows / count);
        let (rows, others) = std::mem::take(&mut rest).split_at_mut((end - first) * columns);
        rest = others;
        (first, rows)
    };
    (0..count).map(of_task).collect()
}

//! y = activation(x Wᵀ + b), forward and backward: x `[batch, inputs]`, W `[outputs, inputs]`, b `[outputs]`.

use rayon::prelude::*;

use super::matrix_product::{Product, pack, panel_width, panelled};
use super::{Activation, Gradients, Pass};

/// Rows that one task computes: four of the highest tiles, so the operands of a task stay in the second-level cache.
const TASK_ROWS: usize = 48;

/// Rows of a block that is transposed at once: a cache line of f32.
const TRANSPOSED_ROWS: usize = 16;

/// Sizes of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Linear {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) activation: Activation,
}

impl Linear {
    /// `[batch, outputs]`.
    pub(crate) fn forward(&self, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
        let Self { inputs, outputs, activation } = *self;
        let mut panels = Vec::new();
        pack(weight, inputs, outputs, 1, inputs, &mut panels);
        let mut y = vec![0f32; x.len() / inputs * outputs];
        y.par_chunks_mut(TASK_ROWS * outputs).zip(x.par_chunks(TASK_ROWS * inputs)).for_each(|(y, x)| {
            y.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
            multiply_rows(x, inputs, &panels, y, outputs);
            activation.apply(y);
        });
        y
    }

    /// The gradients of a scalar from `dy`, its gradient with respect to `y`.
    pub(crate) fn backward(&self, pass: &Pass<'_>, needs_input: bool) -> Gradients {
        let masked = self.masked(pass.y, pass.dy);
        let mut bias = vec![0f32; self.outputs];
        for row in masked.chunks_exact(panelled(self.outputs)) {
            bias.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let input = needs_input.then(|| self.input_gradient(&masked, pass.weight));
        Gradients { input, weight: self.weight_gradient(pass.x, &masked), bias }
    }

    /// The gradient before the activation, `[batch, panelled(outputs)]`.
    fn masked(&self, y: &[f32], dy: &[f32]) -> Vec<f32> {
        let row_len = panelled(self.outputs);
        let mut masked = vec![0f32; y.len() / self.outputs * row_len];
        let rows = masked.chunks_exact_mut(row_len);
        for ((masked, y), dy) in rows.zip(y.chunks_exact(self.outputs)).zip(dy.chunks_exact(self.outputs)) {
            self.activation.mask(y, dy, &mut masked[..self.outputs]);
        }
        masked
    }

    /// dX = dY W, `[batch, inputs]`.
    fn input_gradient(&self, masked: &[f32], weight: &[f32]) -> Vec<f32> {
        let Self { inputs, outputs, .. } = *self;
        let row_len = panelled(outputs);
        let mut panels = Vec::new();
        pack(weight, outputs, inputs, inputs, 1, &mut panels);
        let mut dx = vec![0f32; masked.len() / row_len * inputs];
        let tasks = dx.par_chunks_mut(TASK_ROWS * inputs).zip(masked.par_chunks(TASK_ROWS * row_len));
        tasks.for_each(|(dx, dy)| {
            Product {
                rows: dx.len() / inputs,
                columns: inputs,
                runs: 1,
                depth: outputs,
                a: dy,
                a_row: row_len,
                a_run: 0,
                a_step: 1,
                b: &panels,
                b_panel: outputs * panel_width(),
                b_run: 0,
                b_step: panel_width(),
                c: dx,
                c_row: inputs,
            }
            .compute();
        });
        dx
    }

    /// dW = dYᵀ X, `[outputs, inputs]`, computed as its transpose: Xᵀ dY reads both operands where they lie.
    fn weight_gradient(&self, x: &[f32], masked: &[f32]) -> Vec<f32> {
        let Self { inputs, outputs, .. } = *self;
        let mut transposed = vec![0f32; inputs * outputs];
        transposed.par_chunks_mut(TASK_ROWS * outputs).enumerate().for_each(|(task, c)| {
            Product {
                rows: c.len() / outputs,
                columns: outputs,
                runs: 1,
                depth: x.len() / inputs,
                a: &x[task * TASK_ROWS..],
                a_row: 1,
                a_run: 0,
                a_step: inputs,
                b: masked,
                b_panel: panel_width(),
                b_run: 0,
                b_step: panelled(outputs),
                c,
                c_row: outputs,
            }
            .compute();
        });
        let mut weight = vec![0f32; inputs * outputs];
        weight.par_chunks_mut(TRANSPOSED_ROWS * inputs).enumerate().for_each(|(block, rows)| {
            let count = rows.len() / inputs;
            for (column, values) in transposed.chunks_exact(outputs).enumerate() {
                let values = &values[block * TRANSPOSED_ROWS..][..count];
                values.iter().enumerate().for_each(|(row, value)| rows[row * inputs + column] = *value);
            }
        });
        weight
    }
}

/// y += x · panels for rows of `inputs` values.
fn multiply_rows(x: &[f32], inputs: usize, panels: &[f32], y: &mut [f32], outputs: usize) {
    Product {
        rows: y.len() / outputs,
        columns: outputs,
        runs: 1,
        depth: inputs,
        a: x,
        a_row: inputs,
        a_run: 0,
        a_step: 1,
        b: panels,
        b_panel: inputs * panel_width(),
        b_run: 0,
        b_step: panel_width(),
        c: y,
        c_row: outputs,
    }
    .compute();
}

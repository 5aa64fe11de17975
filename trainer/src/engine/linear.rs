//! y = activation(x Wᵀ + b), forward and backward: x `[batch, inputs]`, W `[outputs, inputs]`, b `[outputs]`.

use rayon::prelude::*;

use super::matrix_product::{Product, pack, panel_width, panelled};
use super::{Activation, for_each_chunk, vectorised, vectorised_fn};

/// Rows that one task computes: some of the highest tiles, so that the operands of a task stay in the second-level cache,
/// and few enough that a batch of 512 is 22 tasks: two threads finish together.
const TASK_ROWS: usize = 24;

/// Rows of a block that is transposed at once: a cache line of f32.
const TRANSPOSED_ROWS: usize = 16;

/// Sizes of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Linear {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) activation: Activation,
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinearPass<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) dy: &'a [f32],
    pub(crate) weight: &'a [f32],
}

/// dW `[outputs, inputs]` and db `[outputs]`.
#[derive(Debug)]
pub(crate) struct LinearGradients {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Linear {
    /// Into `y`, `[batch, outputs]`.
    pub(crate) fn forward(&self, x: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32]) {
        let Self { inputs, outputs, activation } = *self;
        let mut panels = Vec::new();
        pack(weight, inputs, outputs, 1, inputs, &mut panels);
        y.par_chunks_mut(TASK_ROWS * outputs).zip(x.par_chunks(TASK_ROWS * inputs)).for_each(|(y, x)| {
            y.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
            Product {
                rows: y.len() / outputs,
                columns: outputs,
                runs: 1,
                depth: inputs,
                a: x,
                a_row: inputs,
                a_run: 0,
                a_step: 1,
                b: &panels,
                b_panel: inputs * panel_width(),
                b_run: 0,
                b_step: panel_width(),
                c: y,
                c_row: outputs,
            }
            .compute();
            vectorised(|| activation.apply(y));
        });
    }

    /// The gradients of a scalar from `dy`, its gradient with respect to `y`; that of the input into `dx`, where somebody
    /// asks for it. `masked` is room for [`Linear::masked_len`] values.
    pub(crate) fn backward(
        &self,
        pass: LinearPass<'_>,
        masked: &mut [f32],
        dx: Option<&mut [f32]>,
    ) -> LinearGradients {
        let batch = pass.x.len() / self.inputs;
        self.mask_into_panels(pass, masked);
        let mut bias = vec![0f32; self.outputs];
        for (bias, panel) in bias.chunks_mut(panel_width()).zip(masked.chunks_exact(batch * panel_width())) {
            vectorised(|| {
                for row in panel.chunks_exact(panel_width()) {
                    let row = &row[..bias.len()];
                    for_each_chunk([row, row], bias, |value, _, sum| *sum += value);
                }
            });
        }
        if let Some(dx) = dx {
            self.input_gradient(masked, pass.weight, dx);
        }
        LinearGradients { weight: self.weight_gradient(pass.x, masked), bias }
    }

    /// Values of the masked output gradient in panels, of a whole batch.
    pub(crate) fn masked_len(&self, batch: usize) -> usize {
        batch * panelled(self.outputs)
    }

    /// The gradient before the activation as panels `[panels, batch, panel_width]`, the last one filled up with zeros:
    /// both products read it in one run from the first to the last row.
    fn mask_into_panels(&self, LinearPass { y, dy, .. }: LinearPass<'_>, masked: &mut [f32]) {
        let (outputs, width) = (self.outputs, panel_width());
        let batch = dy.len() / outputs;
        masked.par_chunks_exact_mut(batch * width).enumerate().for_each(|(panel, masked)| {
            let columns = panel * width..outputs.min((panel + 1) * width);
            mask_columns(self.activation, outputs, columns, [y, dy], masked);
        });
    }

    /// dX = dY W, `[batch, inputs]`. A run of the depth is a panel.
    fn input_gradient(&self, masked: &[f32], weight: &[f32], dx: &mut [f32]) {
        let Self { inputs, outputs, .. } = *self;
        let (width, batch) = (panel_width(), dx.len() / inputs);
        let mut panels = Vec::new();
        pack_with_zeros(weight, [outputs, inputs], panelled(outputs), &mut panels);
        dx.par_chunks_mut(TASK_ROWS * inputs).enumerate().for_each(|(task, dx)| {
            dx.fill(0.0);
            Product {
                rows: dx.len() / inputs,
                columns: inputs,
                runs: panelled(outputs) / width,
                depth: width,
                a: &masked[task * TASK_ROWS * width..],
                a_row: width,
                a_run: batch * width,
                a_step: 1,
                b: &panels,
                b_panel: panelled(outputs) * width,
                b_run: width * width,
                b_step: width,
                c: dx,
                c_row: inputs,
            }
            .compute();
        });
    }

    /// dW = dYᵀ X, `[outputs, inputs]`, computed as its transpose: Xᵀ dY reads both operands where they lie.
    fn weight_gradient(&self, x: &[f32], masked: &[f32]) -> Vec<f32> {
        let Self { inputs, outputs, .. } = *self;
        let batch = x.len() / inputs;
        let mut transposed = vec![0f32; inputs * outputs];
        transposed.par_chunks_mut(TASK_ROWS * outputs).enumerate().for_each(|(task, c)| {
            Product {
                rows: c.len() / outputs,
                columns: outputs,
                runs: 1,
                depth: batch,
                a: &x[task * TASK_ROWS..],
                a_row: 1,
                a_run: 0,
                a_step: inputs,
                b: masked,
                b_panel: batch * panel_width(),
                b_run: 0,
                b_step: panel_width(),
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

/// Panels of a matrix in rows, `[depth, columns]`, with rows of zeros up to `filled_depth`.
fn pack_with_zeros(matrix: &[f32], [depth, columns]: [usize; 2], filled_depth: usize, panels: &mut Vec<f32>) {
    let width = panel_width();
    panels.resize(columns.div_ceil(width) * filled_depth * width, 0.0);
    panels.par_chunks_exact_mut(filled_depth * width).enumerate().for_each(|(panel, packed)| {
        let first = panel * width;
        let filled = width.min(columns - first);
        for (row, matrix) in packed.chunks_exact_mut(width).zip(matrix.chunks_exact(columns).take(depth)) {
            row[..filled].copy_from_slice(&matrix[first..first + filled]);
        }
    });
}

vectorised_fn! {
    /// A panel of the masked output gradient: these columns of every row.
    fn mask_columns<'a>(activation: Activation, outputs: usize, columns: std::ops::Range<usize>, y_and_dy: [&'a [f32]; 2], masked: &'a mut [f32]) {
        let [y, dy] = y_and_dy;
        let rows = y.chunks_exact(outputs).zip(dy.chunks_exact(outputs));
        for (masked, (y, dy)) in masked.chunks_exact_mut(panel_width()).zip(rows) {
            let (filled, rest) = masked.split_at_mut(columns.len());
            activation.mask(&y[columns.clone()], &dy[columns.clone()], filled);
            rest.fill(0.0);
        }
    }
}

//! y = activation(x Wᵀ + b), forward and backward: x `[batch, inputs]`, W `[outputs, inputs]`, b `[outputs]`.

use rayon::prelude::*;

use super::buffers::Buffers;
use super::matrix_product::{Product, pack, panel_width, panelled};
use super::{Activation, for_each_chunk, vectorised, vectorised_fn};

/// Rows that one task computes at most: some of the highest tiles, so that the operands of a task stay in the
/// second-level cache.
const TASK_ROWS: usize = 36;

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
    pub(crate) fn forward(
        &self,
        x: &[f32],
        weight: &[f32],
        bias: &[f32],
        y: &mut [f32],
        memory: &mut Buffers<f32>,
    ) {
        let Self { inputs, outputs, activation } = *self;
        let mut panels = memory.take(inputs * panelled(outputs));
        pack(weight, inputs, outputs, 1, inputs, &mut panels);
        tasks(y, outputs).into_par_iter().for_each(|(first, y)| {
            y.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
            Product {
                rows: y.len() / outputs,
                columns: outputs,
                runs: 1,
                depth: inputs,
                a: &x[first * inputs..],
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
        memory.give(panels);
    }

    /// The gradients of a scalar from `dy`, its gradient with respect to `y`; that of the input into `dx`, where somebody
    /// asks for it.
    ///
    /// What doesn't wait for each other runs side by side: a step of a small network is a dozen short pieces, and
    /// a thread that comes to the end of one finds work in the other.
    pub(crate) fn backward(
        &self,
        pass: LinearPass<'_>,
        dx: Option<&mut [f32]>,
        memory: &mut Buffers<f32>,
    ) -> LinearGradients {
        let Self { inputs, outputs, .. } = *self;
        let batch = pass.x.len() / inputs;
        let filled_outputs = panelled(outputs);
        let mut masked = memory.take(batch * filled_outputs);
        let mut panels = memory.take(if dx.is_some() { filled_outputs * panelled(inputs) } else { 0 });
        let mut transposed = memory.take(inputs * outputs);
        let mut bias = vec![0f32; outputs];
        rayon::join(
            || self.mask_into_panels(pass, &mut masked, &mut bias),
            || pack(pass.weight, outputs, inputs, inputs, 1, &mut panels),
        );
        let ((), weight) = rayon::join(
            || dx.map_or((), |dx| self.input_gradient(&masked, &panels, dx)),
            || self.weight_gradient(pass.x, &masked, &mut transposed),
        );
        for buffer in [masked, panels, transposed] {
            memory.give(buffer);
        }
        LinearGradients { weight, bias }
    }

    /// The gradient before the activation as panels `[panels, batch, panel_width]`, the last one filled up with zeros:
    /// both products read it in one run from the first to the last row. Its sum over the batch is added to `bias`.
    fn mask_into_panels(
        &self,
        LinearPass { y, dy, .. }: LinearPass<'_>,
        masked: &mut [f32],
        bias: &mut [f32],
    ) {
        let (outputs, width) = (self.outputs, panel_width());
        let batch = dy.len() / outputs;
        let panels = masked.par_chunks_exact_mut(batch * width).zip(bias.par_chunks_mut(width));
        panels.enumerate().for_each(|(panel, (masked, bias))| {
            let columns = panel * width..outputs.min((panel + 1) * width);
            mask_columns(self.activation, outputs, columns, [y, dy], masked, bias);
        });
    }

    /// dX = dY W, `[batch, inputs]`. A run of the depth is a panel.
    fn input_gradient(&self, masked: &[f32], panels: &[f32], dx: &mut [f32]) {
        let Self { inputs, outputs, .. } = *self;
        let (width, batch) = (panel_width(), dx.len() / inputs);
        tasks(dx, inputs).into_par_iter().for_each(|(first, dx)| {
            dx.fill(0.0);
            Product {
                rows: dx.len() / inputs,
                columns: inputs,
                runs: panelled(outputs) / width,
                depth: width,
                a: &masked[first * width..],
                a_row: width,
                a_run: batch * width,
                a_step: 1,
                b: panels,
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
    fn weight_gradient(&self, x: &[f32], masked: &[f32], transposed: &mut [f32]) -> Vec<f32> {
        let Self { inputs, outputs, .. } = *self;
        let batch = x.len() / inputs;
        tasks(transposed, outputs).into_par_iter().for_each(|(first, c)| {
            c.fill(0.0);
            Product {
                rows: c.len() / outputs,
                columns: outputs,
                runs: 1,
                depth: batch,
                a: &x[first..],
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

/// The rows of a matrix as tasks of at most [`TASK_ROWS`], with the first row of each: as many for each thread, and of
/// nearly equal height, so that threads finish together.
fn tasks(matrix: &mut [f32], columns: usize) -> Vec<(usize, &mut [f32])> {
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

vectorised_fn! {
    /// A panel of the masked output gradient, these columns of every row, and its sum over the rows added to `bias`.
    fn mask_columns<'a>(
        activation: Activation,
        outputs: usize,
        columns: std::ops::Range<usize>,
        y_and_dy: [&'a [f32]; 2],
        masked: &'a mut [f32],
        bias: &'a mut [f32],
    ) {
        let [y, dy] = y_and_dy;
        let rows = y.chunks_exact(outputs).zip(dy.chunks_exact(outputs));
        for (masked, (y, dy)) in masked.chunks_exact_mut(panel_width()).zip(rows) {
            let (filled, rest) = masked.split_at_mut(columns.len());
            activation.mask(&y[columns.clone()], &dy[columns.clone()], filled);
            for_each_chunk([filled, filled], bias, |value, _, sum| *sum += value);
            rest.fill(0.0);
        }
    }
}

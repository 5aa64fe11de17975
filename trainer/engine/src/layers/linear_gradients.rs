//! The gradients of a linear layer y = activation(x Wᵀ + b).
//!
//! In come x `[batch, inputs]`, W `[outputs, inputs]`, y and its gradient `[batch, outputs]`; out go the gradients of
//! W, of b `[outputs]` and of x. They are products of matrices by the one kernel of the crate `kernels`.

use kernels::linear::tasks;
use kernels::matrix_product::{Product, Start, pack, panel_width, panelled};
use kernels::{Activation, Buffers, Linear, for_each_chunk, vectorised_fn};
use rayon::prelude::*;

use super::activation_mask::mask;

/// The number of rows of a block that is transposed at once: a cache line of f32.
const TRANSPOSED_ROWS: usize = 16;

/// What a forward pass of a linear layer leaves for the backward pass, with the gradient `dy` of its output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinearPass<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) dy: &'a [f32],
    pub(crate) weight: &'a [f32],
}

/// The gradients of the weight, `[outputs, inputs]`, and of the bias, `[outputs]`.
#[derive(Debug)]
pub(crate) struct LinearGradients {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// Returns the gradients of weight and bias from `dy`, the gradient of `y`, and writes the gradient of the input into
/// `dx`, where there is one.
///
/// What doesn't wait for each other runs side by side: a step of a small network is a dozen short pieces, and a thread
/// that comes to the end of one finds work in the other.
pub(crate) fn backward(
    layer: &Linear,
    pass: LinearPass<'_>,
    dx: Option<&mut [f32]>,
    memory: &mut Buffers<f32>,
) -> LinearGradients {
    let Linear { inputs, outputs, .. } = *layer;
    let batch = pass.x.len() / inputs;
    let filled_outputs = panelled(outputs);
    let mut masked = memory.take(batch * filled_outputs);
    let mut panels = memory.take(if dx.is_some() { filled_outputs * panelled(inputs) } else { 0 });
    let mut transposed = memory.take(inputs * outputs);
    let mut bias = vec![0f32; outputs];
    rayon::join(
        || mask_into_panels(layer, pass, &mut masked, &mut bias),
        || pack(pass.weight, outputs, inputs, inputs, 1, &mut panels),
    );
    let ((), weight) = rayon::join(
        || dx.map_or((), |dx| input_gradient(layer, &masked, &panels, dx)),
        || weight_gradient(layer, pass.x, &masked, &mut transposed),
    );
    for buffer in [masked, panels, transposed] {
        memory.give(buffer);
    }
    LinearGradients { weight, bias }
}

/// Writes the gradient before the activation into `masked` as panels `[panels, batch, panel_width]`, the last one
/// filled up with zeros: both products read it in one run from the first to the last row. Adds its sum over the batch
/// to `bias`.
fn mask_into_panels(
    layer: &Linear,
    LinearPass { y, dy, .. }: LinearPass<'_>,
    masked: &mut [f32],
    bias: &mut [f32],
) {
    let (outputs, width) = (layer.outputs, panel_width(layer.outputs));
    let batch = dy.len() / outputs;
    let panels = masked.par_chunks_exact_mut(batch * width).zip(bias.par_chunks_mut(width));
    panels.enumerate().for_each(|(panel, (masked, bias))| {
        let columns = panel * width..outputs.min((panel + 1) * width);
        mask_columns(layer.activation, outputs, columns, [y, dy], masked, bias);
    });
}

/// Writes dX = dY W, `[batch, inputs]`, into `dx`. A run of the depth is a panel.
fn input_gradient(layer: &Linear, masked: &[f32], panels: &[f32], dx: &mut [f32]) {
    let Linear { inputs, outputs, .. } = *layer;
    let (width, batch) = (panel_width(outputs), dx.len() / inputs);
    let dx_width = panel_width(inputs);
    tasks(dx, inputs).into_par_iter().for_each(|(first, dx)| {
        Product {
            rows: [1, 1, dx.len() / inputs],
            columns: inputs,
            depth: [1, panelled(outputs) / width, width],
            a: &masked[first * width..],
            a_rows: [0, 0, width],
            a_depth: [0, batch * width, 1],
            b: panels,
            b_panel: panelled(outputs) * dx_width,
            b_depth: [0, width * dx_width, dx_width],
            start: Start::Zero,
            c: dx,
            c_rows: [0, 0, inputs],
            activation: Activation::Identity,
        }
        .compute();
    });
}

/// Returns dW = dYᵀ X, `[outputs, inputs]`, computed as its transpose: Xᵀ dY reads both operands where they lie.
fn weight_gradient(layer: &Linear, x: &[f32], masked: &[f32], transposed: &mut [f32]) -> Vec<f32> {
    let Linear { inputs, outputs, .. } = *layer;
    let batch = x.len() / inputs;
    tasks(transposed, outputs).into_par_iter().for_each(|(first, c)| {
        Product {
            rows: [1, 1, c.len() / outputs],
            columns: outputs,
            depth: [1, 1, batch],
            a: &x[first..],
            a_rows: [0, 0, 1],
            a_depth: [0, 0, inputs],
            b: masked,
            b_panel: batch * panel_width(outputs),
            b_depth: [0, 0, panel_width(outputs)],
            start: Start::Zero,
            c,
            c_rows: [0, 0, outputs],
            activation: Activation::Identity,
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

vectorised_fn! {
    /// Writes one panel of the masked output gradient, these `columns` of every row, and adds its sum over the rows to
    /// `bias`.
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
        for (masked, (y, dy)) in masked.chunks_exact_mut(panel_width(outputs)).zip(rows) {
            let (filled, rest) = masked.split_at_mut(columns.len());
            mask(activation, &y[columns.clone()], &dy[columns.clone()], filled);
            for_each_chunk([filled, filled], bias, |value, _, sum| *sum += value);
            rest.fill(0.0);
        }
    }
}

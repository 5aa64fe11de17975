//! The runnable form of a checked model: f32 `[1, channels, height, width]` in, f32 `[1, classes]` out, class probabilities
//! or logits.
//!
//! The batch is fixed to 1 where that works, since tract chooses its matrix-vector kernels from a known size.

use std::sync::{Arc, OnceLock};

use models::storage::panic_net;
use tract_core::internal::{Datum, DimLike, SymbolScope, TDim, TVec, ToDim, TractResult, TypedModel};
use tract_core::ops::matmul::optimized::OptMatMul;

use super::loader::Loader;
#[cfg(feature = "tract-onnx")]
use super::onnx_loader;
use super::runner::Runner;
use super::{core_loader, logits_graph, stored_weights};
use crate::guard::CheckedModel;
use crate::model::{Mismatch, ModelProblem};

/// A model that runs, shared between threads.
#[derive(Debug, Clone)]
pub(crate) struct TractPlan {
    probabilities: Runner,
    /// Made when logits are first asked for, and shared between clones.
    logits: Arc<OnceLock<Result<Runner, String>>>,
    /// `[1, channels, height, width]`.
    input_shape: [usize; 4],
}

impl TractPlan {
    /// Brings the model's weights to f32, optimises its graph, and asks tract for the output's shape that the guard computed.
    pub(crate) fn compile(model: &mut CheckedModel, loader: Loader) -> Result<Self, ModelProblem> {
        stored_weights::bring_to_f32(&mut model.graph);
        let [channels, height, width] = model.contract.input.shape();
        let input_shape = [1, channels, height, width];
        let optimised = |batch| guarded(|| optimise(model, loader, batch, input_shape));
        let graph = optimised(Batch::One).or_else(|_| optimised(Batch::Open)).map_err(ModelProblem::Tract)?;
        let expected = [1, model.contract.labels.len()];
        check_output(&graph, expected)?;
        let probabilities = guarded(|| Runner::of(graph)).map_err(ModelProblem::Tract)?;
        Ok(Self { probabilities, logits: Arc::default(), input_shape })
    }

    /// The class probabilities `[classes]` of one image `[channels, height, width]`, whose length is the caller's care.
    pub(crate) fn probabilities(&self, image: &[f32]) -> Result<Vec<f32>, String> {
        guarded(|| self.probabilities.run(image, &self.input_shape))
    }

    /// The logits `[classes]` of one image `[channels, height, width]`: what the softmax makes the probabilities of.
    pub(crate) fn logits(&self, image: &[f32]) -> Result<Vec<f32>, String> {
        let cut = || guarded(|| Runner::of(logits_graph::before_softmax(self.probabilities.graph())?));
        let logits = self.logits.get_or_init(cut).as_ref().map_err(Clone::clone)?;
        guarded(|| logits.run(image, &self.input_shape))
    }

    /// The names of the matrix kernels that tract has chosen, each once, in the order in which they run.
    pub(crate) fn kernels(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for node in &self.probabilities.graph().nodes {
            let products =
                node.op_as::<OptMatMul>().map(|product| product.mmm.as_slice()).unwrap_or_default();
            for name in products.iter().map(|kernel| kernel.name()) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }
}

/// The size of the first dimension while tract optimises.
#[derive(Debug, Clone, Copy)]
enum Batch {
    /// Known to be 1.
    One,
    /// A symbol. tract 0.23.9 cannot generate code for a linear layer of one output with a batch known to be 1
    /// («Trying to substitute a ,F32 by 1,1,F32»); with an open batch it can.
    Open,
}

fn optimise(
    model: &CheckedModel,
    loader: Loader,
    batch: Batch,
    input_shape: [usize; 4],
) -> TractResult<TypedModel> {
    let shape = |symbols: &SymbolScope| -> TVec<TDim> {
        let mut shape: TVec<TDim> = input_shape.iter().map(|side| side.to_dim()).collect();
        if let Batch::Open = batch {
            shape[0] = symbols.sym("batch").into();
        }
        shape
    };
    match loader {
        Loader::TractCore => {
            let mut graph = core_loader::build(&model.graph, shape)?;
            // `declutter` takes time, and finds nothing to tidy up in a graph that was made to fit. It is kept for layers of
            // one output: there it decides, with the batch, which kernel sums.
            if model.summary.layers.iter().any(|layer| layer.output == [1, 1]) {
                graph.declutter()?;
            }
            graph.optimize()?;
            Ok(graph)
        }
        #[cfg(feature = "tract-onnx")]
        Loader::TractOnnx => onnx_loader::build(&model.graph, shape)?.into_optimized(),
    }
}

fn check_output(graph: &TypedModel, expected: [usize; 2]) -> Result<(), ModelProblem> {
    let fact = guarded(|| graph.output_fact(0).cloned()).map_err(ModelProblem::Tract)?;
    let one = |side: &TDim| side.to_usize().unwrap_or(1);
    let found: Vec<usize> = fact.shape.iter().map(one).collect();
    if graph.outputs.len() == 1 && found == expected && fact.datum_type == f32::datum_type() {
        return Ok(());
    }
    let [_, classes] = expected;
    let expected = format!("f32 [1, {classes}] for the contract's {classes} labels");
    Err(ModelProblem::Output(Mismatch::new("output shape", expected, format!("{fact:?}"))))
}

/// What tract answers, its errors and panics as one line.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match panic_net::catch(work) {
        Ok(answer) => answer.map_err(|error| one_line(format!("{error:#}"))),
        Err(panic) => Err(one_line(format!("panic: {panic}"))),
    }
}

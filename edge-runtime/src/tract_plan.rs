//! The runnable form of a checked model: f32 `[1, channels, height, width]` in, f32 `[1, classes]` out.
//!
//! The batch is fixed to 1, since tract chooses its matrix-vector kernels from a known size. Only the operators that the
//! guard allows are in the operator table.

use std::sync::Arc;

use tract_onnx::prelude::{
    Datum, DatumExt, Framework, IntoRunnable, Tensor, TractResult, TypedModel, TypedRunnableModel, tvec,
};
use tract_onnx::{Onnx, tract_hir::internal::InferenceModelExt};

use crate::model_error::{Mismatch, ModelProblem};
use crate::model_guard::{ALLOWED_OPERATORS, CheckedModel};
use crate::panic_net;

/// An optimised graph. It is shared between threads; each run has its own state.
#[derive(Debug, Clone)]
pub(crate) struct TractPlan {
    runnable: Arc<TypedRunnableModel>,
    /// `[1, channels, height, width]`.
    input_shape: [usize; 4],
}

impl TractPlan {
    /// Optimises the graph, and asks tract for the output's shape that the guard computed.
    pub(crate) fn compile(model: &CheckedModel) -> Result<Self, ModelProblem> {
        let [channels, height, width] = model.contract.input.shape();
        let input_shape = [1, channels, height, width];
        let graph = guarded(|| optimise(model, input_shape)).map_err(ModelProblem::Tract)?;
        let expected = [1, model.contract.labels.len()];
        check_output(&graph, expected)?;
        let runnable = guarded(|| graph.into_runnable()).map_err(ModelProblem::Tract)?;
        Ok(Self { runnable, input_shape })
    }

    /// The class probabilities `[classes]` of one image `[channels, height, width]`, whose length is the caller's care.
    pub(crate) fn run(&self, image: &[f32]) -> Result<Vec<f32>, String> {
        guarded(|| {
            let input = Tensor::from_shape(&self.input_shape, image)?;
            let outputs = self.runnable.run(tvec!(input.into()))?;
            Ok(outputs[0].try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
        })
    }
}

fn optimise(model: &CheckedModel, input_shape: [usize; 4]) -> TractResult<TypedModel> {
    let mut framework = tract_onnx::onnx();
    framework.op_register.0.retain(|operator, _| ALLOWED_OPERATORS.contains(&operator.as_str()));
    let framework = Onnx { ignore_value_info: true, ..framework };
    framework
        .model_for_proto_model(&model.proto)?
        .with_input_fact(0, f32::fact(input_shape).into())?
        .into_optimized()
}

fn check_output(graph: &TypedModel, expected: [usize; 2]) -> Result<(), ModelProblem> {
    let fact = guarded(|| graph.output_fact(0).cloned()).map_err(ModelProblem::Tract)?;
    let found = fact.shape.as_concrete();
    if graph.outputs.len() == 1 && found == Some(&expected) && fact.datum_type == f32::datum_type() {
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

//! The part of an optimised graph before its softmax, whose output is the logits.
//!
//! In: a graph from one image to class probabilities. Out: the same graph, weights shared, up to what the softmax reads. It
//! is cut after tract has optimised it, so that the logits are those of the probabilities to the bit and the probabilities
//! are computed as if nobody could ask for logits.

use tract_core::internal::{TractResult, TypedModel, format_err};
use tract_core::ops::nn::Softmax;

/// The graph up to the input of its last softmax.
pub(super) fn before_softmax(graph: &TypedModel) -> TractResult<TypedModel> {
    let mut outlet = *graph.output_outlets()?.first().ok_or_else(|| format_err!("no output"))?;
    // Behind the softmax there may be changes of axes.
    while !graph.node(outlet.node).op_is::<Softmax>() {
        let before = graph.node(outlet.node).inputs.first();
        outlet = *before.ok_or_else(|| format_err!("no softmax before the output"))?;
    }
    let logits = graph.node(outlet.node).inputs[0];
    let mut cut = graph.clone();
    cut.select_output_outlets(&[logits])?;
    Ok(cut)
}

//! From a checked model to something that runs: f32 `[1, channels, height, width]` in, f32 `[1, classes]` out, by tract.
//!
//! A [`TractPlan`] is made in three steps: weights that the file stores in f16 or in eight bits are brought to f32
//! (`stored_weights`), a loader makes tract's graph of the nodes, and tract optimises it. There are two loaders, which
//! compute the same bits: the one on tract-core alone (`core_loader`) is what boards have, the one by tract-onnx
//! (`onnx_loader`) is the reference that tests hold it against. The logits come from the same graph, cut before its softmax
//! when they are first asked for (`logits_graph`).
//!
//! A new ONNX operator needs a line in `core_loader/operators.rs`; tract-onnx knows it already.

mod core_loader;
mod loader;
mod logits_graph;
#[cfg(feature = "tract-onnx")]
mod onnx_loader;
mod quantisation;
mod runner;
mod stored_weights;
mod tract_plan;

pub use loader::Loader;
pub(crate) use tract_plan::TractPlan;

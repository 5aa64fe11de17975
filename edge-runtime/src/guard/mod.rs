//! Checks a whole ONNX file before tract sees it: some bad models make tract panic or ask for gigabytes, and where a
//! panic aborts, that is the end of the process.
//!
//! In: the file's bytes. Out: a [`CheckedModel`], or the first thing that is wrong. What passes is exactly the kind of
//! file that `exporter` writes: one f32 image `[batch, channels, height, width]` in, one f32 `[batch, classes]` from a
//! softmax out, and between them operators whose shapes were all computed here.
//!
//! The checks in their order: the size of the message (`wire_budget`), the frame and the contract (`envelope`), the weights
//! (`initializers`), the input (`graph_interface`), every node (`node_walk`, with the rules of each operator in
//! `operators`), the output (`graph_interface`). A new ONNX operator begins in `operators/table.rs`.

mod attributes;
mod checked_model;
mod envelope;
mod graph_interface;
mod initializers;
mod node_walk;
mod operators;
mod tensor_fact;
mod wire_budget;

pub(crate) use attributes::Attributes;
pub(crate) use checked_model::{CheckedModel, check};
#[cfg(feature = "tract-onnx")]
pub(crate) use operators::ALLOWED as ALLOWED_OPERATORS;
pub(crate) use operators::Window;

#[cfg(test)]
mod tests;

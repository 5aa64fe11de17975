//! A checked model as tract-core's typed graph, without tract-onnx: nothing is left to infer, since the guard has computed
//! every shape and knows every operator.
//!
//! In: the model as the guard leaves it. Out: a graph from one f32 image `[batch, channels, height, width]` to the
//! output of its Softmax. Each operator becomes the typed operators that tract-onnx 0.23.9 makes of it, so that both
//! loaders compute the same bits; tests hold them together. tract sees no name from the file.

mod convolutions;
mod graph_editor;
mod operators;
mod products;
mod stored_tensor;
mod typed_graph;

pub(super) use typed_graph::build;

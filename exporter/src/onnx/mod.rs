//! ONNX: a network as a graph of nodes, and the graph as a model file with all that the file says of itself.
//!
//! In comes a network whose batch norm is folded, with the plan of its encoding; out comes an ONNX model whose input
//! `image` is f32 `[batch, channels, height, width]` and whose output `probabilities` is f32 `[batch, classes]`.
//!
//! A new layer without parameters goes into `parameter_free_layers`; a new precision of layers with parameters gets a
//! file beside `float_layer` and `integer_layer`, and an arm in `graph`.

mod float_layer;
mod graph;
mod integer_layer;
mod metadata;
mod model;
mod node_chain;
mod parameter_free_layers;
mod parametrised_layer;
mod protobuf;
mod quantised_input;

pub(crate) use metadata::{answer_sha256, initializers_sha256, property};
pub(crate) use model::onnx_model;
pub(crate) use node_chain::{INPUT, OUTPUT};

//! Networks as data: a list of layers with names and shapes, from an image `[channels, height, width]` to logits
//! `[classes]`.
//!
//! In comes a description in JSON or the name of a preset, out go checked shapes and the parameters with their names.
//! The trainer folds the list into its engines, the exporter into ONNX nodes, the reference implementation into plain
//! loops; since all read one list, none can build another network. A layer's name is its name everywhere: `fc1` has the
//! parameters `fc1.weight` and `fc1.bias` in safetensors and in ONNX.

mod description;
mod folding;
mod layer;
mod layer_parameters;
mod layer_problem;
mod layer_shape;
mod linear_branches;
mod network_error;
mod parameter;
mod presets;
mod shape;
mod written_network;

pub use description::Network;
pub use layer::Layer;
pub use network_error::NetworkError;
pub use parameter::{ParameterRole, ParameterSpec};
pub use presets::{Preset, PresetError, STUDENT_HIDDEN_UNITS};
pub use shape::Shape;
pub use written_network::{Pair, WrittenLayer, WrittenNetwork};

//! The tape: a network as a few stages of kernels, recorded forward and differentiated backward.
//!
//! In come a network as data, its parameters and images `[batch, channels, height, width]` as slices; out go logits
//! `[batch, classes]` and gradients. This is the engine that trains on a CPU.

mod builder;
mod image_chain;
mod image_layer;
mod parameters;
mod stage;
mod tape;

pub use parameters::{ParameterGradients, Parameters};
pub use tape::{Memory, Recording, Tape};

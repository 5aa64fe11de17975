//! The tape: a network as a few stages of kernels, recorded forward and differentiated backward.

mod builder;
mod image_chain;
mod image_layer;
mod parameters;
mod stage;
mod tape;

pub use parameters::{ParameterGradients, Parameters};
pub use tape::{Memory, Recording, Tape};

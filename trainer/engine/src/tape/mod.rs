//! The tape: a network as levels of kernels, recorded forward and differentiated backward.
//!
//! In come a network as data, its parameters and images `[batch, channels, height, width]` as slices; out go logits
//! `[batch, classes]` and gradients. This is the engine that trains on a CPU.

mod backward;
mod forward;
mod graph;
mod group_values;
mod level_passes;
mod level_sums;
mod levels;
mod ordered_parts;
mod parameters;
mod tape;

pub use parameters::{ParameterGradients, Parameters};
pub use tape::{Memory, Recording, Tape};

//! Optimizers: what turns gradients into steps of the parameters, with a state that can be saved.
//!
//! In come the parameters of a network and their gradients, tensors of the same shapes; out go moved parameters.
//! Everything that lives from step to step stands here, so that a run which goes on does so to the bit.

mod adamw;
mod gradient_norm;
mod optimizer;
mod sgd;
mod weight_average;

pub use optimizer::{Optimizer, OptimizerConfig, OptimizerKind, is_trained};
pub use weight_average::WeightAverage;

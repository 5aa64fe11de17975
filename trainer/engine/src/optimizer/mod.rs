//! Optimizers: what turns gradients into steps of the parameters, with a state that can be saved.

mod adamw;
mod gradient_norm;
mod optimizer;
mod sgd;
mod weight_average;

pub use optimizer::{Optimizer, OptimizerConfig, OptimizerKind, is_trained};
pub use weight_average::WeightAverage;

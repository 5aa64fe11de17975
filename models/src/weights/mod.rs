//! Trained weights: the values of a network with its description and its contract.
//!
//! In comes a safetensors file, out go [`Weights`] that are checked, and back. Network and contract travel in the file,
//! so that nothing can be lost beside it.

mod safetensors_file;
mod weights_error;

pub use safetensors_file::Weights;
pub use weights_error::{SaveError, WeightsError, WeightsProblem};

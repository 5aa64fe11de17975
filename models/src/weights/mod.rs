//! Trained weights: the values of a network with its description and its contract, in memory and as a safetensors file.

mod safetensors_file;
mod weights_error;

pub use safetensors_file::Weights;
pub use weights_error::{SaveError, WeightsError, WeightsProblem};

//! The layers of a network in candle's tensors.
//!
//! In come images `[batch, channels, height, width]` and parameters as tensors, out go logits `[batch, classes]` that
//! candle can differentiate. They serve devices that the kernels do not run on, and the tests hold the kernels against
//! them.

pub mod right_in_candle;
pub(crate) mod storage;
pub mod tensor_layers;
pub mod tensor_network;
#[cfg(test)]
mod tests;

pub use storage::with_values;
pub use tensor_layers::host_values;
pub use tensor_network::TensorNetwork;

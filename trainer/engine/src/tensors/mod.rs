//! The same layers in candle's tensor operations, for devices without kernels of our own and to check the kernels by.

pub(crate) mod storage;
pub mod tensor_layers;

pub use storage::with_values;
pub use tensor_layers::host_values;

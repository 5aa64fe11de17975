//! Networks on a device: parameters, answers and gradients.

pub(crate) mod answers;
pub(crate) mod device;
pub(crate) mod device_network;
pub(crate) mod loss_gradient;

pub use answers::{logits, probabilities_of_set};
pub use device::{DeviceChoice, DeviceError};

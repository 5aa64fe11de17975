//! Networks on a device: parameters, answers and gradients.
//!
//! In come images `[batch, channels, height, width]`, out go logits `[batch, classes]` and gradients. Which device
//! computes is known here alone, so that training and evaluation are written once.

pub(crate) mod answers;
pub(crate) mod device;
pub(crate) mod device_network;
pub(crate) mod engine_name;
pub(crate) mod loss_gradient;

pub use answers::{logits, probabilities_of_set};
pub use device::{DeviceChoice, DeviceError};
pub use engine_name::EngineName;

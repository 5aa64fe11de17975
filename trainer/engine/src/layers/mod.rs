//! What training adds to the forward kernels, layer by layer: gradients, batch norm and dropout.

pub(crate) mod activation_mask;
pub(crate) mod batch_norm;
pub(crate) mod batch_parts;
pub(crate) mod convolution_gradients;
pub(crate) mod dropout;
pub(crate) mod linear_gradients;
pub(crate) mod pooling_gradients;

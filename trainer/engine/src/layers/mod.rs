//! What training adds to the forward kernels, layer by layer: gradients, batch norm and dropout.
//!
//! In come what a layer saw in the forward pass and the gradient of its output, out go the gradients of its input and
//! of its parameters, as slices of f32. A file is a layer, so that a new layer's gradient has an obvious place.

pub(crate) mod activation_mask;
pub(crate) mod batch_norm;
mod batch_norm_rows;
pub(crate) mod batch_norm_state;
pub(crate) mod batch_parts;
pub(crate) mod convolution_gradients;
pub(crate) mod dropout;
pub(crate) mod input_gradient;
pub(crate) mod linear_gradients;
pub(crate) mod pooling_gradients;
pub(crate) mod wide_convolution_gradients;

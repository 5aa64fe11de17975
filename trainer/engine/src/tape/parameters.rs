//! The parameters of a network and their gradients, as plain slices.
//!
//! They are types of their own, so that the tape knows nothing of candle's tensors.

/// The values of a network's parameters, one slice for each, in the order of the network.
pub type Parameters<'a> = &'a [&'a [f32]];

/// The gradients of parameters: the position of each parameter in the network, and the gradient of its values.
pub type ParameterGradients = Vec<(usize, Vec<f32>)>;

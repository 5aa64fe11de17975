//! Parameters of a network and their gradients, as plain slices.

/// The parameters of a network, in its order: a slice each.
pub type Parameters<'a> = &'a [&'a [f32]];

/// Gradients of parameters: the position of each parameter in the network, and the gradient of its values.
pub type ParameterGradients = Vec<(usize, Vec<f32>)>;

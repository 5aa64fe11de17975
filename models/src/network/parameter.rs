//! The parameter tensors of a layer: names, roles and shapes.
//!
//! In comes a layer, out goes a list of [`ParameterSpec`]s. Initialisation, optimizer, files and export all walk this
//! list, so that the order of a network's values is decided in one place.

/// The role of a parameter: it decides how the parameter is initialised, and whether an optimizer moves and decays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The weight of a convolution or of a linear layer.
    Weight,
    /// The bias that is added to each output or, in a batch norm, to each channel.
    Bias,
    /// The weight of a batch norm, by which each channel is multiplied.
    Scale,
    /// The running mean of a batch norm, which follows the batches and is not trained.
    RunningMean,
    /// The running variance of a batch norm, which follows the batches and is not trained.
    RunningVariance,
}

/// The description of one parameter tensor of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// The name of the parameter in files, for instance `fc1.weight`.
    pub name: String,
    /// The role of the parameter in its layer.
    pub role: ParameterRole,
    /// The shape of the tensor, outputs first.
    pub shape: Vec<usize>,
    /// The number of products that are summed for one output: it scales the initial values.
    pub fan_in: usize,
}

impl ParameterSpec {
    /// Returns the number of values of the parameter.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns whether the parameter has no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

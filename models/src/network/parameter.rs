//! The parameter tensors of a layer: names, roles and shapes.

/// What a parameter is for: how it begins, and whether an optimiser moves and decays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The weight of a convolution or a linear layer.
    Weight,
    /// What is added to each output.
    Bias,
    /// What a normalisation multiplies by.
    Scale,
    /// A normalisation's running mean: followed, not trained.
    RunningMean,
    /// A normalisation's running variance: followed, not trained.
    RunningVariance,
}

/// A parameter tensor that a network has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// For instance `fc1.weight`.
    pub name: String,
    /// What it is for.
    pub role: ParameterRole,
    /// Outputs first.
    pub shape: Vec<usize>,
    /// How many products are summed for one output: scales the initial values.
    pub fan_in: usize,
}

impl ParameterSpec {
    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

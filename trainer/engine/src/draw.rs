//! What random draws of a training step depend on.

/// What dropout draws from, beside the position of its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The seed of the run.
    pub seed: u64,
    /// Counted from the start of the run.
    pub step: u64,
}

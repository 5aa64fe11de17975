//! What the guard knows of a node before anything runs: its outputs and its cost.

use crate::guard::tensor_fact::TensorFact;

/// What a node makes.
pub(in crate::guard) struct NodeFact {
    pub(in crate::guard) output: TensorFact,
    /// All of them small: scales and zero points.
    pub(in crate::guard) further_outputs: Vec<TensorFact>,
    /// Values that the runtime unfolds beside inputs and output.
    pub(in crate::guard) scratch_values: usize,
    /// Multiplications or comparisons, where they are more than the values.
    pub(in crate::guard) steps: u64,
}

impl NodeFact {
    /// A node of one output that needs no more steps than it has values.
    pub(super) fn of(output: TensorFact) -> Self {
        Self::with_steps(output, 0)
    }

    /// A node of one output.
    pub(super) fn with_steps(output: TensorFact, steps: u64) -> Self {
        Self { output, further_outputs: vec![], scratch_values: 0, steps }
    }
}

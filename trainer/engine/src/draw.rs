//! What the random draws of a training step depend on.
//!
//! In come the seed of a run and the number of a step, out goes what every dropout layer draws from. A step can so be
//! repeated to the bit, on any device and after any restart.

/// The numbers that dropout draws from in one training step, beside the position of its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The seed of the run.
    pub seed: u64,
    /// The number of the training step, counted from the start of the run.
    pub step: u64,
}

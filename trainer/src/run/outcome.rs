//! How a training ended.

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// After its last epoch.
    Finished(Outcome),
    /// Asked to stop, with a checkpoint.
    Stopped {
        /// Epochs that are done.
        epochs: usize,
    },
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Whose weights are kept, counted from 1.
    pub best_epoch: usize,
    /// Of that epoch, in [0, 1].
    pub validation_accuracy: f64,
}

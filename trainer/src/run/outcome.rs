//! The outcome of a training: what the loop hands back to the command that started it, finished or stopped.

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The training went on to the end of its last epoch and has written its weights.
    Finished(Outcome),
    /// The training stopped on request, with a checkpoint from which it can go on.
    Stopped {
        /// The number of epochs that are done.
        epochs: usize,
    },
}

/// The outcome of a finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The epoch whose weights are kept, counted from 1: the one with the fewest errors on the validation images.
    pub best_epoch: usize,
    /// The share of the validation images that the kept weights classify rightly, in [0, 1]; after the bias correction
    /// where the run has one.
    pub validation_accuracy: f64,
    /// What speaks against the network, in words with figures, as its weights' file has it; nothing where the training went
    /// well.
    pub finding: Option<String>,
}

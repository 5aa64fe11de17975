//! The figures of an epoch, as `metrics.jsonl` has them.

use serde::{Deserialize, Serialize};

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean over the epoch's images, dropout and views included.
    pub training_loss: f64,
    /// Of the same passes, in [0, 1]; agreement with the teachers where an image has no label.
    pub training_accuracy: f64,
    /// Negative log likelihood of the right labels, in nats.
    pub validation_loss: f64,
    /// In [0, 1].
    pub validation_accuracy: f64,
    /// At the end of the epoch.
    pub learning_rate: f64,
    /// Of the epoch, validation included.
    pub seconds: f64,
    /// Trained on.
    pub images_per_second: f64,
}

pub(super) fn metrics_line(epoch: &EpochMetrics) -> String {
    let line = serde_json::to_string(epoch).expect("numbers alone are always JSON");
    line + "\n"
}

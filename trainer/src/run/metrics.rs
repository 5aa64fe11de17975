//! The metrics of an epoch: figures in, one line of `metrics.jsonl` out, for curves and for whoever watches a run.

use serde::{Deserialize, Serialize};

/// The metrics of one epoch, as one line of `metrics.jsonl` holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The mean training loss over the epoch's images, with dropout and augmentation applied.
    pub training_loss: f64,
    /// The share of the epoch's images that were classified rightly in training, in [0, 1], with dropout and
    /// augmentation applied; an image without a label counts as right where the student agrees with its teachers.
    pub training_accuracy: f64,
    /// The mean negative log likelihood of the right labels over the validation images, in nats.
    pub validation_loss: f64,
    /// The share of the validation images that are classified rightly, in [0, 1].
    pub validation_accuracy: f64,
    /// The learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// The duration of the epoch in seconds, validation included.
    pub seconds: f64,
    /// The number of images trained on per second, the time of the validation left out.
    pub images_per_second: f64,
}

pub(super) fn metrics_line(epoch: &EpochMetrics) -> String {
    let line = serde_json::to_string(epoch).expect("numbers alone are always JSON");
    line + "\n"
}

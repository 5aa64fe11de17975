//! Where the weights of a model come from.

use serde::{Deserialize, Serialize};

/// How the weights were made. It informs, it changes no result; fields that do not apply are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program and its version.
    pub producer: String,
    /// The network's name, for instance `student-128-128`.
    pub network: String,
    /// The training command: `teacher`, `student` or `distill`.
    pub training: String,
    /// The training data.
    pub data: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Passes over the training data.
    pub epochs: usize,
    /// The teachers, by the SHA-256 of their weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<String>,
    /// The temperature of the soft targets. The exported network answers at temperature 1 whatever it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation_temperature: Option<f32>,
    /// The weight of the soft targets beside the hard labels, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_weight: Option<f32>,
    /// What was trained on where that is not all of the training images of `data`, in words: `without 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<String>,
    /// What a bias correction has added to each bias of the last layer, in the order of the labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bias_shifts: Vec<f32>,
    /// Right answers on the validation split of the training data, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
}

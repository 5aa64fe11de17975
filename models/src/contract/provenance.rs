//! The origin of the weights of a model, as a part of the contract.
//!
//! In and out goes JSON within the contract's. It travels inside the model file, so that a file on a board still says
//! which program, data and teachers made it.

use serde::{Deserialize, Serialize};

/// The way in which a model's weights were made. Provenance informs and changes no result; fields that do not apply are
/// left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program that trained the weights, and its version.
    pub producer: String,
    /// The network's name, for instance `student-128-128`.
    pub network: String,
    /// The training command: `teacher`, `student` or `distill`.
    pub training: String,
    /// The name of the training data.
    pub data: String,
    /// The seed of all random numbers of the training.
    pub seed: u64,
    /// The number of passes over the training data.
    pub epochs: usize,
    /// The SHA-256 of each teacher's weights, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<String>,
    /// The temperature of the soft targets. The exported network answers at temperature 1 whatever this temperature
    /// was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation_temperature: Option<f32>,
    /// The weight of the soft targets beside the hard labels, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_weight: Option<f32>,
    /// The images that the network was fitted to where these are not all of the training images of `data`, in words:
    /// `without 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<String>,
    /// The shift that a bias correction has added to each bias of the last layer, in the order of the labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bias_shifts: Vec<f32>,
    /// The share of right answers on the validation split of the training data, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
}

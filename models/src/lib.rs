//! What every stage of Imago agrees on: the [`ModelContract`] between pictures and tensors, the [`Network`]s as data,
//! [`preprocessing`] from a picture to a network's input, the [`golden`] vectors and the [`export_record`] that a model
//! file is checked by, and the shipped weights under `models/zoo/`.
//!
//! No machine learning framework is known here. Trainer, exporter, runtime and the tests' oracle each read the same
//! description.

pub mod atomic_file;
pub mod contract;
pub mod export_record;
pub mod golden;
pub mod network;
pub mod numbers;
pub mod preprocessing;
#[cfg(feature = "sha256")]
pub mod sha256;
pub mod softmax;
#[cfg(feature = "weights")]
pub mod weights;
pub mod zoo;

pub use contract::{Fit, ImageInput, ModelContract, Polarity, Provenance};
pub use network::{Layer, Network, ParameterRole, ParameterSpec, Shape};

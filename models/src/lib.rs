//! What every stage of Imago agrees on: the [`ModelContract`] between pictures and tensors, the [`Network`]s as data, the
//! way from a [`picture`] to a network's input, trained [`weights`] with what a [`model_file`] carries beside them, and the
//! shipped files under `models/zoo/`.
//!
//! This crate knows no machine learning framework. Trainer, exporter, runtime and tests each read the same description.

pub mod contract;
pub mod model_file;
pub mod network;
pub mod picture;
pub mod probability;
pub mod random;
#[cfg(feature = "weights")]
pub mod reference;
pub mod storage;
#[cfg(feature = "weights")]
pub mod weights;
pub mod zoo;

pub use contract::{Fit, ImageInput, ModelContract, Polarity, Provenance};
pub use network::{Layer, Network, ParameterRole, ParameterSpec, Shape};

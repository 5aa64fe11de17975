//! The types that every stage of Imago agrees on: the [`ModelContract`] between pictures and tensors, [`Network`]s as
//! data, the way from a [`picture`] to a network's input, trained [`weights`], what a [`model_file`] carries beside
//! them, and the shipped files under `models/zoo/`.
//!
//! In come files and pictures, out go checked descriptions, f32 tensors `[channels, height, width]` and the bytes of
//! files. The crate knows no machine learning framework, so that trainer, exporter, runtime and tests read one and the
//! same description.

pub mod contract;
pub mod mismatch;
pub mod model_file;
pub mod network;
pub mod picture;
pub mod probability;
pub mod process;
pub mod random;
#[cfg(feature = "weights")]
pub mod reference;
pub mod storage;
#[cfg(feature = "weights")]
pub mod weights;
pub mod zoo;

pub use contract::{
    ContractVersion, Filter, Framing, ImageInput, InkFraming, ModelContract, Polarity, Provenance, Resize,
};
pub use network::{Layer, Network, ParameterRole, ParameterSpec, Shape};

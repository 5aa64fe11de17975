//! The gate that every file passes before it gets its name: it is read back with the runtime that will read it at the
//! edge and with candle-onnx, and both must compute the trainer's probabilities at temperature 1.
//!
//! In come a file, the weights that it was made from, and inputs, each f32 `[channels, height, width]`; out comes the
//! [`Agreement`] that was measured, or the [`GateError`] for which the file is refused.
//!
//! Two distances are looked at. From the network *as stored*, its values rounded as the encoding rounds them, a
//! computation may differ by the order of its sums alone: that finds every mistake of the graph. From the network as
//! trained it may differ by what the encoding costs. A file that sums in integers has no such network in f32; there the
//! mean distance over all inputs is bounded besides, and the plain integer oracle of the tests stands beside tract.

mod agreement;
mod differences;
mod gate_error;
mod golden_agreement;
mod limit;
mod probe_inputs;
pub mod tolerance;
mod written_file;

pub use agreement::Agreement;
pub use gate_error::GateError;
pub use golden_agreement::GoldenAgreement;
pub use written_file::{ReadBackError, RunError};

pub(crate) use agreement::check;
pub(crate) use differences::Differences;
pub(crate) use written_file::WrittenFile;

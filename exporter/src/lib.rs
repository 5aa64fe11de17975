#![doc = include_str!("../README.md")]
//!
//! # Rooms
//!
//! In the order of the data, each importing from those before it alone:
//!
//! 1. [`precision`]: how values are stored, and whether a precision can hold a network whose batch norm is folded.
//! 2. [`golden`]: the pictures that a file carries with their probabilities.
//! 3. `onnx`: layers become nodes, and a graph becomes a model file with contract, record and golden vectors.
//! 4. [`gate`]: a written file is read back with the runtime and with candle-onnx, and both are compared with the trainer.
//! 5. `export`: the [`Export`] builder, and the write that gives a file its name once it has passed the gate.
//! 6. [`verification`]: the gate again on an earlier file, and what a file is worth on labelled images.
//!
//! The program in `command/` is the feature `cli`.

mod export;
pub mod gate;
pub mod golden;
mod onnx;
pub mod precision;
pub mod verification;

pub use export::{Existing, Export, ExportError, ExportProblem, Exported, ProvenFile, export, name_all};
pub use gate::{Agreement, GateError};
pub use precision::Precision;

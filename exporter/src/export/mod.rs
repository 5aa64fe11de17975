//! Export: from trained weights to an ONNX file that gets its name once the gate has passed it.
//!
//! In come weights and a precision, and a few options; out comes the file, with an [`Exported`] that says what was proven
//! of it, or an [`ExportError`] and whatever stood there before.

mod export_builder;
mod export_error;

pub use export_builder::{Existing, Export, Exported, export};
pub use export_error::{ExportError, ExportProblem};

//! Export: from trained weights to an ONNX file that gets its name once the gate has passed it.
//!
//! In come weights and a precision, and a few options; out comes the file, with an [`Exported`] that says what was proven
//! of it, or an [`ExportError`] and whatever stood there before. Several files can be proven first and then named
//! together, all or none.

mod export_builder;
mod export_error;
mod exported;
mod proven_file;

pub use export_builder::{Existing, Export, export};
pub use export_error::{ExportError, ExportProblem};
pub use exported::Exported;
pub use proven_file::{ProvenFile, name_all};

//! What a model file is: its bytes within limits, its protobuf messages, what can be wrong with it and what it holds.
//!
//! In: a path or bytes. Out: types that the later stages share; nothing here checks or computes.

mod model_error;
mod model_file;
mod model_summary;
pub(crate) mod onnx_protobuf;

pub use model_error::{ModelError, ModelProblem};
#[cfg(feature = "builtin-model")]
pub use model_file::BUILTIN_MODEL;
pub use model_file::{LARGEST_MODEL_BYTES, read_model};
pub(crate) use model_file::{check_size, shown};
pub use model_summary::{LayerSummary, ModelSummary, Precision};
pub use models::mismatch::Mismatch;
pub(crate) use models::mismatch::expect;

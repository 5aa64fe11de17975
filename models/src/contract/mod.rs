//! The model contract: all that a picture and a tensor must agree on, as one JSON value inside the model file.
//!
//! In comes the contract's JSON, out goes a checked [`ModelContract`], and back. It travels in the `metadata_props` of
//! an ONNX file under [`METADATA_KEY`] and in the metadata of a safetensors file, so that there is no sidecar that can
//! be lost.

mod contract_error;
mod framing;
mod image_input;
mod model_contract;
mod provenance;
mod resize;
mod version;
mod written_input;

pub use contract_error::{CONTRACT_VERSION, ContractError};
pub use framing::{Filter, Framing, InkFraming, Polarity};
pub use image_input::ImageInput;
pub use model_contract::{LONGEST_LABEL, METADATA_KEY, MOST_LABELS, ModelContract};
pub use provenance::Provenance;
pub use resize::Resize;
pub use version::ContractVersion;

//! What an ONNX file of Imago carries beside its graph and its contract: golden vectors by which a board checks itself,
//! and the record of how the file was made.
//!
//! In and out goes JSON in the file's `metadata_props`. Exporter and runtime share these types, so that a file is read
//! as it was written.

pub mod export_record;
pub mod golden_vectors;
mod pixel_text;

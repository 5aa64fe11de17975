//! What an ONNX file of Imago carries beside graph and contract: golden vectors by which a board checks itself, and the
//! record of how the file was made.

pub mod export_record;
pub mod golden_vectors;

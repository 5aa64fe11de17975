//! From an ONNX file and pictures to class probabilities.
//!
//! 1. [`Classifier`] reads a model that `exporter` wrote; [`model_guard`](ModelProblem) checks every part of it first.
//! 2. [`read_picture`] reads a PNG, JPEG or BMP file within limits.
//! 3. [`Classifier::classify`] preprocesses the picture as the model's contract says, f32 `[channels, height, width]`,
//!    runs the network, and answers with [`ClassProbabilities`].
//!
#![cfg_attr(feature = "builtin-model", doc = "```")]
#![cfg_attr(not(feature = "builtin-model"), doc = "```ignore")]
//! use edge_runtime::Classifier;
//! use image::DynamicImage;
//!
//! let classifier = Classifier::builtin()?;
//! let answer = classifier.classify(&DynamicImage::new_luma8(28, 28))?;
//! for guess in answer.top(3) {
//!     println!("{}: {:.1} %", guess.label, 100.0 * guess.probability);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod class_probabilities;
mod classifier;
mod loader;
mod model_error;
mod model_file;
mod model_guard;
mod model_summary;
#[cfg(feature = "tract-onnx")]
mod onnx_graph;
mod onnx_protobuf;
mod panic_net;
mod picture_file;
mod printable;
mod processor;
mod regular_file;
mod self_test;
mod stored_weights;
#[cfg(test)]
mod test_models;
mod tract_plan;
mod typed_graph;

pub use class_probabilities::{ClassProbabilities, Guess};
pub use classifier::{Classifier, InferenceError};
pub use loader::Loader;
pub use model_error::{Mismatch, ModelError, ModelProblem};
#[cfg(feature = "builtin-model")]
pub use model_file::BUILTIN_MODEL;
pub use model_file::{LARGEST_MODEL_BYTES, read_model};
pub use model_summary::{LayerSummary, ModelSummary, Precision};
pub use picture_file::{
    DEFAULT_MAX_PIXELS, LARGEST_PICTURE_BYTES, PictureError, PictureProblem, decode_picture,
    has_picture_name, read_picture, read_picture_bytes, reuse_memory,
};
pub use printable::printable;
pub use processor::Processor;
pub use self_test::{SelfTest, SelfTestError};

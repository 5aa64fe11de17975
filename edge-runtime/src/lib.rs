//! Classifies pictures with an ONNX file that Imago's `exporter` wrote: on a small board, or inside of another program.
//!
//! A model file carries its own contract: the size and colours of its input, how a picture is brought to them, and the
//! names of the classes. So a file and a picture are all that is needed:
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(&folder)?;
//! # std::fs::write("student.onnx", models::zoo::STUDENT_ONNX)?;
//! # std::fs::write("seven.png", models::zoo::DIGITS_PNG[7])?;
//! use std::path::Path;
//!
//! use edge_runtime::Classifier;
//!
//! let classifier = Classifier::from_file("student.onnx")?;
//! let answer = classifier.classify(Path::new("seven.png"))?;
//! for guess in answer.top(3) {
//!     println!("{}: {:.1} %", guess.label, 100.0 * guess.probability);
//! }
//! # assert_eq!(answer.top(1)[0].label, "7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What goes in
//!
//! [`Classifier::classify`] takes a [`Picture`] in any of these forms, of any size:
//!
//! | form | type | source |
//! | --- | --- | --- |
//! | a PNG, JPEG, BMP, WebP, GIF or TIFF file | `&Path`, [`Picture::File`] | a disk |
//! | the bytes of such a file | [`Picture::Encoded`] | an upload, an archive |
//! | raw pixels, grey, RGB or RGBA | [`RawPixels`] | a camera, a screen |
//! | a decoded picture | [`&image::DynamicImage`](image::DynamicImage) | the crate [`image`], which is re-exported |
//! | the input tensor, f32 `[channels, height, width]` | [`Picture::Tensor`] | a preprocessing of one's own |
//!
//! ```
//! # let classifier = edge_runtime::Classifier::from_bytes("student.onnx", models::zoo::STUDENT_ONNX)?;
//! use edge_runtime::{PixelLayout, RawPixels};
//!
//! // One frame of a camera: rows from the top, three bytes a pixel.
//! let frame = vec![255u8; 640 * 480 * 3];
//! let answer = classifier.classify(RawPixels::new(&frame, 640, 480, PixelLayout::Rgb)?)?;
//! assert_eq!(answer.ranked().len(), classifier.contract().labels.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Files and bytes are untrusted: sizes are checked before anything is decoded, and [`InferenceError`] says what is wrong.
//! [`read_picture_within`] and [`decode_picture_within`] hold pictures on several threads to one [`MemoryBudget`].
//!
//! # What comes out
//!
//! [`ClassProbabilities`] ranks the classes by their labels. [`Classifier::probabilities`] and [`Classifier::logits`] give
//! plain numbers `[classes]` in the order of [`ModelContract::labels`], for a tensor that [`Classifier::tensor`] makes of any
//! picture. [`Classifier::classify_batch`], [`Classifier::probabilities_batch`] and [`Classifier::logits_batch`] do so for
//! several at once.
//!
//! A [`Classifier`] keeps nothing between pictures: share one by reference, or in an `Arc`, between as many threads as there
//! are cores.
//!
//! # Models
//!
//! [`Classifier::from_file`] and [`Classifier::from_bytes`] check every part of a file before it runs and refuse anything but
//! a sound model with its contract, with a [`ModelError`] that names the file and the place in it.
//! [`Classifier::self_test`] tells whether this machine computes what the trainer computed.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `tract-onnx` | the loader of tract-onnx, [`Loader`], beside that on tract-core: the same bits, more dependencies |
//! | `builtin-model` | the student that Imago ships, handwritten digits, as `Classifier::builtin()` |
//! | `cli` | the program `edge-runtime`; `manual` its completions and manual page; `slim` is `cli` and `builtin-model` |

#![forbid(unsafe_code)]

mod guard;
mod inference;
mod model;
mod plan;
mod processor;
#[cfg(test)]
mod test_models;

pub use image;
pub use inference::{
    ClassProbabilities, Classifier, Guess, InferenceError, Picture, SelfTest, SelfTestError,
};
#[cfg(feature = "builtin-model")]
pub use model::BUILTIN_MODEL;
pub use model::{
    LARGEST_MODEL_BYTES, LayerSummary, Mismatch, ModelError, ModelProblem, ModelSummary, Precision,
    read_model,
};
pub use models::contract::ContractError;
pub use models::model_file::golden_vectors::{GoldenError, GoldenVector, GoldenVectors};
pub use models::picture::{
    BoundedPicture, DEFAULT_MAX_PIXELS, LARGEST_PICTURE_BYTES, MemoryBudget, PictureError, PictureProblem,
    PixelLayout, PreprocessingError, RawPixels, RawPixelsError, decode_picture, decode_picture_within,
    has_picture_name, read_picture, read_picture_bytes, read_picture_within, reuse_memory,
};
pub use models::storage::printable::printable;
pub use models::{
    ContractVersion, Filter, Framing, ImageInput, InkFraming, ModelContract, Polarity, Provenance, Resize,
};
pub use plan::Loader;
pub use processor::Processor;

/// The README's code is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

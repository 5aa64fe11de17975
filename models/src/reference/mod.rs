//! The reference implementation: what a network computes for one image, in f64 and plain loops.
//!
//! In come trained [`Weights`](crate::weights::Weights) and one input, f32 `[channels, height, width]`; out come the
//! [`activations`] between the layers, the [`logits`] `[classes]`, and by [`softmax`] the class probabilities `[classes]`.
//!
//! This is the oracle that every fast path is compared with: the training engine and its tensor operations, the exported
//! ONNX files, and the runtime. It is written to be read, not to be fast: one loop for each index of a formula, no batch,
//! no threads, no transformed layout. A convolution alone sums a row of outputs at once, each in the order of its formula:
//! calibration runs hundreds of photographs through it. A new kind of layer gets its plain definition here before it gets a fast one.
//!
//! It computes in f64 for two reasons. Beside it, a fast f32 path shows its own rounding and nothing else. And f64 sums
//! rounded to f32 are the same bytes on every machine, where an f32 engine sums in the order that suits the processor:
//! the golden vectors in exported files, and the ranges of calibrated activations, are computed with it.

mod activation;
mod class_probabilities;
mod forward_pass;
mod layers;
mod window;

pub use activation::Activation;
pub use class_probabilities::{probabilities, softmax};
pub use forward_pass::{activations, logits};

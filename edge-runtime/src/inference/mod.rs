//! A model that is ready to be asked: pictures or tensors in, ranked class probabilities or logits out.
//!
//! In: a model file, and pictures in any form ([`Picture`]). Out: [`ClassProbabilities`] with the labels of the model's
//! contract, or plain numbers `[classes]`.

mod batches;
mod class_probabilities;
mod classifier;
mod inference_error;
mod picture;
mod self_test;

pub use class_probabilities::{ClassProbabilities, Guess};
pub use classifier::Classifier;
pub use inference_error::InferenceError;
pub use picture::Picture;
pub use self_test::{SelfTest, SelfTestError};

#[cfg(test)]
mod tests;

//! Golden vectors: one picture of each class with the probabilities that its network computes for it, which a file
//! carries so that a board can check itself.
//!
//! In come the pictures, u8 `[channels, height, width]`, and the network; out come the vectors, as
//! [`models::model_file::golden_vectors`] writes them.

mod pictures;
mod vectors;

pub use pictures::{GoldenPicture, digits, first_of_each_class};

pub(crate) use vectors::golden_vectors;

//! From a decoded picture of any size and colour to a network's input, f32 `[channels, height, width]`.
//!
//! The one place with pixel arithmetic: the trainer calls it for its data, the runtime for every file.
//!
//! 1. Transparent pixels get a ground (`transparency`).
//! 2. Where the contract has a polarity, ground and ink are found; the ground becomes 0, the ink 1 (`ink`).
//! 3. The picture is brought to size by averages (`resampling`): as it is where its frame is right already, by the box
//!    around its ink (`framing`, `strokes`) where the contract says so.
//! 4. Values go to the contract's range, mean and standard deviation (`input_tensor`).

mod blank;
mod framing;
mod ink;
mod input_tensor;
#[cfg(test)]
mod plane;
mod resampling;
mod rows;
mod strokes;
mod tones;
mod transparency;

pub use input_tensor::{
    PreprocessedPicture, PreprocessingError, from_bytes, from_bytes_into, preprocess, preprocess_picture,
    to_bytes,
};

#[cfg(test)]
mod tests;

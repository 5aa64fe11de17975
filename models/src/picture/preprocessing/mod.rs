//! From a decoded picture of any size and colour to a network's input, f32 `[channels, height, width]`.
//!
//! The one place with pixel arithmetic: the trainer calls it for its data, the runtime for every file.
//!
//! A natural picture, whose contract asks for the triangle filter:
//!
//! 1. Its rows become bytes, grey or colours, transparent pixels on white (`byte_rows`).
//! 2. The part that is wanted (`placement`) is brought to size (`triangle`) and put on its padding (`natural`).
//!
//! Ink, and any picture for a network of the contract's version 1:
//!
//! 1. Transparent pixels get a ground (`transparency`).
//! 2. Where the contract has a polarity, ground and ink are found; the ground becomes 0, the ink 1 (`ink`).
//! 3. The picture is brought to size by averages (`resampling`): as it is where its frame is right already, by the box
//!    around its ink (`framing`, `strokes`) where the contract says so.
//!
//! Either way values go to the contract's range, mean and standard deviation at the end (`input_tensor`).

mod blank;
mod byte_rows;
mod framing;
mod ink;
mod input_tensor;
mod natural;
mod placement;
#[cfg(test)]
mod plane;
mod resampling;
mod rows;
mod strokes;
mod tones;
mod transparency;
mod triangle;

pub use input_tensor::{
    PreprocessedPicture, PreprocessingError, from_bytes, from_bytes_into, preprocess, preprocess_picture,
    to_bytes,
};

#[cfg(test)]
mod tests;

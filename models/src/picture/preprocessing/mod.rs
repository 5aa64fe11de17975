//! From a decoded picture of any size and colour to a network's input, f32 `[channels, height, width]`.
//!
//! The one place with pixel arithmetic: the trainer calls it for its data, the runtime for every file.
//!
//! 1. Transparent pixels get a ground ([`transparency`]).
//! 2. Where the contract has a polarity, ground and ink are found; the ground becomes 0, the ink 1 ([`ink`]).
//! 3. The picture is brought to size by averages ([`resampling`]): as it is where its frame is right already, by
//!    the box around its ink where the contract says so.
//! 4. Values go to the contract's range, mean and deviation.

mod framing;
mod ink;
mod plane;
mod resampling;
mod strokes;
mod tones;
mod transparency;

use image::DynamicImage;

use crate::contract::{Fit, ImageInput, Polarity};
use resampling::Frame;
use tones::Tones;

/// A picture that cannot become an input.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PreprocessingError {
    /// It has no pixels.
    #[error("image: expected at least 1x1 pixels, found {width}x{height}")]
    Empty {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
}

/// The input tensor of one picture, `[channels, height, width]` in order.
///
/// # Errors
/// [`PreprocessingError::Empty`] for a picture without pixels.
pub fn preprocess(image: &DynamicImage, input: &ImageInput) -> Result<Vec<f32>, PreprocessingError> {
    let mut tensor = unit_values(image, input)?;
    normalise(&mut tensor, input);
    Ok(tensor)
}

/// The same as one byte a value, 0 to 255, as [`from_bytes`] takes it: a row of a data set made of a picture.
///
/// # Errors
/// As [`preprocess`].
pub fn to_bytes(image: &DynamicImage, input: &ImageInput) -> Result<Vec<u8>, PreprocessingError> {
    let values = unit_values(image, input)?;
    Ok(values.into_iter().map(|value| (value * 255.0).round() as u8).collect())
}

/// A picture at the contract's size, `[channels, height, width]`, values in [0, 1].
fn unit_values(image: &DynamicImage, input: &ImageInput) -> Result<Vec<f32>, PreprocessingError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PreprocessingError::Empty { width, height });
    }
    let mut tensor = Vec::with_capacity(input.values());
    if input.channels == 1 {
        tensor.extend(grey_values(transparency::opaque_luma(image), input));
    } else {
        for plane in transparency::opaque_colours(image) {
            tensor.extend(bring_to_size(&Tones::of_plane(plane), input));
        }
    }
    Ok(tensor)
}

/// The input tensor of pixels that have the contract's size, order and polarity already, one byte a value: a row of a
/// data set. `pixels` is `[channels, height, width]`, 0 to 255, of one image or of several, one after another.
#[must_use]
pub fn from_bytes(pixels: &[u8], input: &ImageInput) -> Vec<f32> {
    let mut tensor = vec![0.0; pixels.len()];
    from_bytes_into(pixels, input, &mut tensor);
    tensor
}

/// As [`from_bytes`], into `tensor`, which has as many values as `pixels`.
pub fn from_bytes_into(pixels: &[u8], input: &ImageInput, tensor: &mut [f32]) {
    tensor.iter_mut().zip(pixels).for_each(|(value, &pixel)| *value = f32::from(pixel) / 255.0);
    normalise(tensor, input);
}

fn grey_values(mut tones: Tones, input: &ImageInput) -> Vec<f32> {
    if input.polarity != Polarity::Natural {
        tones.correction = ink::separation(&tones);
    }
    let mut values = bring_to_size(&tones, input);
    if input.polarity == Polarity::DarkOnLight {
        values.iter_mut().for_each(|value| *value = 1.0 - *value);
    }
    values
}

fn bring_to_size(tones: &Tones, input: &ImageInput) -> Vec<f32> {
    if (tones.width, tones.height) == (input.width, input.height) {
        return tones.values();
    }
    let whole = Frame::letterbox(tones, input);
    let frame = match input.fit {
        Fit::Letterbox => whole,
        Fit::InkBox { longest_side } => framing::frame_ink(tones, input, longest_side, whole),
    };
    resampling::resample(tones, frame, input.width, input.height)
}

fn normalise(tensor: &mut [f32], input: &ImageInput) {
    let [black, white] = input.value_range;
    let plane = input.height * input.width;
    for (channel, values) in tensor.chunks_mut(plane).enumerate() {
        let channel = channel % input.channels;
        let (mean, deviation) = (input.mean[channel], input.standard_deviation[channel]);
        if (black, white, mean, deviation) != (0.0, 1.0, 0.0, 1.0) {
            values
                .iter_mut()
                .for_each(|value| *value = (black + *value * (white - black) - mean) / deviation);
        }
    }
}

#[cfg(test)]
mod tests;

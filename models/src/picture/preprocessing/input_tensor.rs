//! The steps of the preprocessing in their order, and the bytes of a data set's rows, which skip all but the last one.
//!
//! In: a decoded picture, or bytes `[channels, height, width]` that have the contract's size already. Out: the input tensor,
//! f32 `[channels, height, width]`.

use image::DynamicImage;

use super::resampling::Frame;
use super::tones::{Correction, Tones};
use super::{blank, framing, ink, natural, resampling, transparency};
use crate::contract::{ContractVersion, Framing, ImageInput, Polarity};

/// The error of a picture that cannot become the input of a network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreprocessingError {
    /// The picture has no pixels.
    #[error("image: expected at least 1x1 pixels, found {width}x{height}")]
    Empty {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
    },
}

/// Returns the input tensor of one picture, f32 `[channels, height, width]`, as the contract's `input` asks for it.
///
/// The picture may have any size, colour and depth.
///
/// # Errors
/// [`PreprocessingError::Empty`] for a picture without pixels.
///
/// ```
/// use image::DynamicImage;
/// use models::picture::preprocess;
/// use models::{ImageInput, Resize};
///
/// let input = ImageInput::version_2([3, 28, 20], Resize::Fit);
/// let tensor = preprocess(&DynamicImage::new_rgb8(640, 480), &input)?;
/// assert_eq!(tensor, vec![0.0; 3 * 28 * 20]);
/// # Ok::<(), models::picture::PreprocessingError>(())
/// ```
pub fn preprocess(image: &DynamicImage, input: &ImageInput) -> Result<Vec<f32>, PreprocessingError> {
    Ok(preprocess_picture(image, input)?.tensor)
}

/// A picture brought to a network's input.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PreprocessedPicture {
    /// The input tensor, f32 `[channels, height, width]`.
    pub tensor: Vec<f32>,
    /// Whether the network is to read ink, and the picture has none: it is of one tone, or nothing in it stands out of its
    /// noise.
    pub is_blank: bool,
}

/// Returns what [`preprocess`] does, and whether there is anything on the picture to be read.
///
/// # Errors
/// [`PreprocessingError::Empty`] for a picture without pixels.
pub fn preprocess_picture(
    image: &DynamicImage,
    input: &ImageInput,
) -> Result<PreprocessedPicture, PreprocessingError> {
    let UnitPicture { values, is_blank } = unit_picture(image, input)?;
    let tensor = match values {
        UnitValues::Bytes(bytes) => from_bytes(&bytes, input),
        UnitValues::Floats(mut tensor) => {
            normalise(&mut tensor, input);
            tensor
        }
    };
    Ok(PreprocessedPicture { tensor, is_blank })
}

/// Returns one picture at the contract's size as bytes `[channels, height, width]`, 0 to 255: a row of a data set, as
/// [`from_bytes`] takes it.
///
/// # Errors
/// [`PreprocessingError::Empty`] for a picture without pixels.
pub fn to_bytes(image: &DynamicImage, input: &ImageInput) -> Result<Vec<u8>, PreprocessingError> {
    Ok(match unit_picture(image, input)?.values {
        UnitValues::Bytes(bytes) => bytes,
        UnitValues::Floats(values) => bytes_of(&values),
    })
}

/// A picture at the contract's size, `[channels, height, width]`, before the contract's range, mean and deviation.
struct UnitPicture {
    values: UnitValues,
    is_blank: bool,
}

/// Black is 0; white is 255 in bytes and 1 in floating point. A contract of version 2 asks for bytes whatever its filter, so
/// that the rows of a data set and the pictures on a board are the same to the bit; in version 1 a board keeps the fractions
/// that a data set rounds.
enum UnitValues {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

fn unit_picture(image: &DynamicImage, input: &ImageInput) -> Result<UnitPicture, PreprocessingError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(PreprocessingError::Empty { width, height });
    }
    let is_latest = input.version == ContractVersion::Two;
    if is_latest && input.polarity == Polarity::Natural {
        return Ok(UnitPicture { values: UnitValues::Bytes(natural::bytes(image, input)), is_blank: false });
    }
    let PreprocessedPicture { tensor, is_blank } = averaged_values(image, input);
    let values = if is_latest { UnitValues::Bytes(bytes_of(&tensor)) } else { UnitValues::Floats(tensor) };
    Ok(UnitPicture { values, is_blank })
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().map(|&value| (value * 255.0).round() as u8).collect()
}

/// Ink, or any picture of version 1, at the contract's size, values in [0, 1].
fn averaged_values(image: &DynamicImage, input: &ImageInput) -> PreprocessedPicture {
    if input.channels == 1 {
        return grey_values(transparency::opaque_luma(image), input);
    }
    let mut tensor = Vec::with_capacity(input.values());
    for tones in transparency::opaque_colours(image) {
        tensor.extend(bring_to_size(&tones, input).tensor);
    }
    PreprocessedPicture { tensor, is_blank: false }
}

/// Returns the input tensor of pixels that have the contract's size, order and polarity already, one byte a value, as the
/// rows of a data set do.
///
/// `pixels` is `[channels, height, width]`, 0 to 255, of one image or of several, one after another; the tensor has as many
/// values in the same order.
#[must_use]
pub fn from_bytes(pixels: &[u8], input: &ImageInput) -> Vec<f32> {
    let mut tensor = vec![0.0; pixels.len()];
    from_bytes_into(pixels, input, &mut tensor);
    tensor
}

/// Writes the input tensor of `pixels`, as [`from_bytes`] computes it, into `tensor`, which has as many values as `pixels`.
pub fn from_bytes_into(pixels: &[u8], input: &ImageInput, tensor: &mut [f32]) {
    tensor.iter_mut().zip(pixels).for_each(|(value, &pixel)| *value = f32::from(pixel) / 255.0);
    normalise(tensor, input);
}

fn grey_values(mut tones: Tones, input: &ImageInput) -> PreprocessedPicture {
    let mut is_blank = false;
    if input.polarity != Polarity::Natural {
        let correction = ink::separation(&tones);
        // Clean ink on a clean ground stands out: it need not be looked for.
        let is_clean = matches!(correction, Correction::None | Correction::Inverted);
        is_blank = blank::is_tiny(&tones) || !is_clean && blank::is_blank(&tones);
        tones.correction = correction;
    }
    let mut picture = bring_to_size(&tones, input);
    picture.is_blank |= is_blank;
    if input.polarity == Polarity::DarkOnLight {
        picture.tensor.iter_mut().for_each(|value| *value = 1.0 - *value);
    }
    picture
}

fn bring_to_size(tones: &Tones, input: &ImageInput) -> PreprocessedPicture {
    if (tones.width, tones.height) == (input.width, input.height) {
        return PreprocessedPicture { tensor: tones.values(), is_blank: false };
    }
    let whole = Frame::letterbox(tones, input);
    let (frame, is_blank) = match input.framing {
        Framing::Fit | Framing::Fill | Framing::Stretch => (whole, false),
        Framing::Ink(ink) => framing::frame_ink(tones, input, ink, whole),
    };
    PreprocessedPicture { tensor: resampling::resample(tones, frame, input), is_blank }
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

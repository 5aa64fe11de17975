//! A picture in any of the forms that a program has it in, on its way to the network's input.
//!
//! In: a path, a file's bytes, raw pixels, a decoded picture, or a tensor. Out: f32 `[channels, height, width]`, as the
//! model's contract says.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use image::DynamicImage;
use models::ImageInput;
use models::picture::{DEFAULT_MAX_PIXELS, RawPixels, decode_picture, preprocess_picture, read_picture};

use super::inference_error::InferenceError;

/// What messages call bytes that come without a name.
const IN_MEMORY: &str = "picture";

/// A picture to classify, borrowed in the form in which the program has it.
///
/// Every form but [`Picture::Tensor`] may have any size and colour: it is brought to the model's input as the model's
/// contract says. The usual forms convert by themselves, so that
/// [`Classifier::classify`](crate::Classifier::classify) takes a `&Path`, a `&DynamicImage` or [`RawPixels`] as they are.
///
/// ```
/// use edge_runtime::{Picture, PixelLayout, RawPixels, image::DynamicImage};
///
/// let file = Picture::File("seven.png".as_ref());
/// let decoded = Picture::from(&DynamicImage::new_luma8(28, 28));
/// let frame = [0u8; 3 * 640 * 480];
/// let pixels = Picture::from(RawPixels::new(&frame, 640, 480, PixelLayout::Rgb)?);
/// # Ok::<(), edge_runtime::RawPixelsError>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Picture<'data> {
    /// A PNG, JPEG, BMP, WebP, GIF or TIFF file of at most [`DEFAULT_MAX_PIXELS`], by its path.
    File(&'data Path),
    /// The bytes of a picture file of at most [`DEFAULT_MAX_PIXELS`].
    Encoded(&'data [u8]),
    /// Raw pixels, as a camera delivers them.
    Pixels(RawPixels<'data>),
    /// A picture of the crate [`image`](crate::image), decoded or drawn by the program.
    Decoded(&'data DynamicImage),
    /// The network's input itself, f32 `[channels, height, width]`, already preprocessed.
    Tensor(&'data [f32]),
}

impl<'data> Picture<'data> {
    /// The input tensor. A tensor is passed on as it is, its length unchecked.
    pub(super) fn tensor(self, input: &ImageInput) -> Result<InputTensor<'data>, InferenceError> {
        let decoded = match self {
            Self::Tensor(values) => return Ok(InputTensor { values: values.into(), is_blank: false }),
            Self::Decoded(picture) => return InputTensor::of(picture, input),
            Self::File(path) => read_picture(path, DEFAULT_MAX_PIXELS)?,
            Self::Encoded(bytes) => decode_picture(IN_MEMORY, bytes, DEFAULT_MAX_PIXELS)?,
            Self::Pixels(pixels) => pixels.to_image(),
        };
        InputTensor::of(&decoded, input)
    }
}

/// The network's input for one picture.
pub(super) struct InputTensor<'data> {
    /// f32 `[channels, height, width]`.
    pub(super) values: Cow<'data, [f32]>,
    /// Whether the network is to read ink, and there is none.
    pub(super) is_blank: bool,
}

impl InputTensor<'_> {
    fn of(picture: &DynamicImage, input: &ImageInput) -> Result<Self, InferenceError> {
        let picture = preprocess_picture(picture, input)?;
        Ok(Self { values: picture.tensor.into(), is_blank: picture.is_blank })
    }
}

impl<'data> From<&'data Path> for Picture<'data> {
    fn from(path: &'data Path) -> Self {
        Self::File(path)
    }
}

impl<'data> From<&'data PathBuf> for Picture<'data> {
    fn from(path: &'data PathBuf) -> Self {
        Self::File(path)
    }
}

impl<'data> From<RawPixels<'data>> for Picture<'data> {
    fn from(pixels: RawPixels<'data>) -> Self {
        Self::Pixels(pixels)
    }
}

impl<'data> From<&'data DynamicImage> for Picture<'data> {
    fn from(picture: &'data DynamicImage) -> Self {
        Self::Decoded(picture)
    }
}

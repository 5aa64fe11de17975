//! From the bytes of a JPEG file to pixels, by zune-jpeg.
//!
//! In: the bytes of a file. Out: the picture, grey or red, green and blue, and the way its camera was held; or what is wrong
//! with the file. Decoders fill what they cannot decode with grey and say nothing, which is right for people who look at
//! pictures; a classifier must not answer for half of one, so this one is asked to be strict.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::picture_error::PictureProblem;
use super::{pixel_limits, spare_memory};
use crate::storage::printable::printable;

/// What zune-jpeg 0.5.15 says in strict mode of bytes between segments. They are no damage: cameras pad what they write.
const PADDING: &str = "Extra bytes between headers";

/// How a decoder treats what is not as it should be.
#[derive(Debug, Clone, Copy)]
enum Care {
    Strict,
    Lenient,
}

/// Decodes a file that goes on to its end.
pub(super) fn decode(bytes: &[u8], max_pixels: u64) -> Result<(DynamicImage, Orientation), PictureProblem> {
    match decode_with(bytes, max_pixels, Care::Strict) {
        Err(PictureProblem::Damaged { reason, .. }) if reason.contains(PADDING) => {
            decode_with(bytes, max_pixels, Care::Lenient)
        }
        outcome => outcome,
    }
}

fn decode_with(
    bytes: &[u8],
    max_pixels: u64,
    care: Care,
) -> Result<(DynamicImage, Orientation), PictureProblem> {
    let options = DecoderOptions::default()
        .set_strict_mode(matches!(care, Care::Strict))
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damage)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = (side(width), side(height));
    pixel_limits::check_pixels((width, height), max_pixels)?;
    let is_grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let colours = if is_grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    // A picture whose EXIF data are damaged is still a picture.
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let length = width as usize * height as usize * colours.num_components();
    let mut pixels = spare_memory::zeros(length);
    decoder.decode_into(&mut pixels).map_err(damage)?;
    let picture = match is_grey {
        true => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        false => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    let picture = picture.expect("there are as many bytes as pixels and channels");
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn damage(error: DecodeErrors) -> PictureProblem {
    let reason = match error {
        DecodeErrors::Format(reason)
        | DecodeErrors::HuffmanDecode(reason)
        | DecodeErrors::MCUError(reason) => reason,
        DecodeErrors::FormatStatic(reason) => reason.to_owned(),
        DecodeErrors::ExhaustedData => return PictureProblem::Truncated("JPEG"),
        other => other.to_string(),
    };
    PictureProblem::Damaged { format: "JPEG", reason: printable(&reason) }
}

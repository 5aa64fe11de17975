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

use super::header::Header;
use super::picture_error::PictureProblem;
use super::{jpeg_frame, spare_memory};
use crate::storage::printable::printable;

/// What zune-jpeg 0.5.15 says in strict mode of bytes between segments. They are no damage: cameras pad what they write.
const PADDING: &str = "Extra bytes between headers";

/// Decodes a file that goes on to its end and has this `header`.
pub(super) fn decode(bytes: &[u8], header: Header) -> Result<(DynamicImage, Orientation), PictureProblem> {
    match decode_strictly(bytes, header) {
        Err(PictureProblem::Damaged { reason, .. }) if reason.contains(PADDING) => {
            decode_strictly(&jpeg_frame::without_padding(bytes), header)
        }
        outcome => outcome,
    }
}

fn decode_strictly(bytes: &[u8], header: Header) -> Result<(DynamicImage, Orientation), PictureProblem> {
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damage)?;
    let Header { width, height, .. } = header;
    // What was checked, and what memory was taken for, must be what is decoded.
    let sides = decoder.dimensions().unwrap_or_default();
    if sides != (width as usize, height as usize) {
        return Err(damaged("it has several frames".to_owned()));
    }
    let is_grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let colours = if is_grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    // A picture whose EXIF data are damaged is still a picture.
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let length = u64::from(width) * u64::from(height) * colours.num_components() as u64;
    let length = usize::try_from(length).map_err(|_| damaged("it is larger than any memory".to_owned()))?;
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
    damaged(reason)
}

fn damaged(reason: String) -> PictureProblem {
    PictureProblem::Damaged { format: "JPEG", reason: printable(&reason) }
}

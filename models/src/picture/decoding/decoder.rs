//! From the bytes of a picture file of a known format to pixels: JPEG by `jpeg`, any other by the crate `image`.
//!
//! In: bytes and the most pixels that the picture may have. Out: the picture with its EXIF orientation applied, or what is
//! wrong with the file; a panic inside of a decoder counts as damage.

use std::io::{self, Cursor};

use image::error::{LimitError, LimitErrorKind, ParameterError, ParameterErrorKind, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, GrayImage, ImageBuffer, ImageDecoder, ImageError, ImageReader, Limits, Pixel,
    RgbImage, RgbaImage,
};

use super::format::Format;
use super::header::Header;
use super::picture_error::PictureProblem;
use super::{end_marker, file_header, jpeg, pixel_limits, png_chunks, spare_memory};
use crate::storage::panic_net;
use crate::storage::printable::printable;

pub(super) fn decode(format: Format, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureProblem> {
    panic_net::catch(|| decode_without_net(format, bytes, max_pixels)).unwrap_or_else(|_| {
        let reason = "its decoder gave up".to_owned();
        Err(PictureProblem::Damaged { format: format.name(), reason })
    })
}

/// As [`decode`], where a panic of a decoder goes on.
pub(super) fn decode_without_net(
    format: Format,
    bytes: &[u8],
    max_pixels: u64,
) -> Result<DynamicImage, PictureProblem> {
    // Decoders have other words for a picture with no pixels or too many, some of them misleading.
    let header = file_header::read(format, &mut &*bytes)?;
    if let Some(header) = header {
        pixel_limits::check_pixels((header.width, header.height), max_pixels)?;
    }
    let whole = end_marker::is_present(format, bytes);
    if !whole && !matches!(format, Format::Png | Format::Bmp) {
        return Err(PictureProblem::Truncated(format.name()));
    }
    if cfg!(feature = "panicking-decoder") {
        panic!("a decoder that always panics, for a test of what it costs");
    }
    let (picture, orientation) = match format {
        Format::Jpeg => jpeg::decode(bytes, header.ok_or_else(no_frame)?)?,
        Format::Png => {
            by_image(format, &png_chunks::without_compressed_texts(bytes), whole, max_pixels, header)?
        }
        Format::Bmp | Format::WebP | Format::Gif | Format::Tiff => {
            by_image(format, bytes, whole, max_pixels, header)?
        }
    };
    Ok(turned(picture, orientation))
}

/// Decodes a file, which is `whole` or not, by the crate `image`; of an animation the first frame, of several pages the first.
fn by_image(
    format: Format,
    bytes: &[u8],
    whole: bool,
    max_pixels: u64,
    header: Option<Header>,
) -> Result<(DynamicImage, Orientation), PictureProblem> {
    let explain = |error| explain(format, whole, error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.of_image_crate());
    let mut limits = Limits::default();
    limits.max_alloc = Some(header.unwrap_or(Header::UNKNOWN).decoding_memory());
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(explain)?;
    pixel_limits::check_pixels(decoder.dimensions(), max_pixels)?;
    if !whole {
        return Err(PictureProblem::Truncated(format.name()));
    }
    // A picture whose EXIF data are damaged is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = pixels(decoder).map_err(explain)?;
    if format == Format::Bmp {
        show_hidden(&mut picture);
    }
    Ok((picture, orientation))
}

fn no_frame() -> PictureProblem {
    let reason = "it has no frame before its pixels".to_owned();
    PictureProblem::Damaged { format: Format::Jpeg.name(), reason }
}

/// Programs that know nothing of opacity write zeros where a later version of BMP has it. Browsers show a picture of which
/// nothing would be seen as if it were opaque.
fn show_hidden(picture: &mut DynamicImage) {
    if let DynamicImage::ImageRgba8(pixels) = picture
        && pixels.pixels().all(|pixel| pixel.0[3] == 0)
    {
        pixels.pixels_mut().for_each(|pixel| pixel.0[3] = u8::MAX);
    }
}

/// The picture as its camera was held. To turn it by a right angle takes a second one beside it: one of 16 bits a channel is
/// brought to 8 before, so that they take no more than its memory and a half.
fn turned(picture: DynamicImage, orientation: Orientation) -> DynamicImage {
    let upright = matches!(
        orientation,
        Orientation::NoTransforms
            | Orientation::Rotate180
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical
    );
    let mut picture = match picture {
        picture if upright => picture,
        DynamicImage::ImageRgb16(pixels) => to_eight_bits(pixels, RgbImage::from_raw),
        DynamicImage::ImageRgba16(pixels) => to_eight_bits(pixels, RgbaImage::from_raw),
        picture => picture,
    };
    picture.apply_orientation(orientation);
    picture
}

/// 65,535 is 257 times 255.
fn to_eight_bits<P: Pixel<Subpixel = u16>, Eight: Into<DynamicImage>>(
    pixels: ImageBuffer<P, Vec<u16>>,
    from_raw: impl Fn(u32, u32, Vec<u8>) -> Option<Eight>,
) -> DynamicImage {
    let bytes = pixels.as_raw().iter().map(|&value| ((u32::from(value) + 128) / 257) as u8).collect();
    let picture = from_raw(pixels.width(), pixels.height(), bytes);
    picture.expect("there are as many bytes as there were values").into()
}

/// As [`DynamicImage::from_decoder`], in memory that was kept where the picture is of a kind that cameras make.
fn pixels(decoder: impl ImageDecoder) -> Result<DynamicImage, ImageError> {
    let (width, height) = decoder.dimensions();
    let picture = match decoder.color_type() {
        ColorType::L8 => GrayImage::from_raw(width, height, bytes(decoder)?).map(DynamicImage::from),
        ColorType::Rgb8 => RgbImage::from_raw(width, height, bytes(decoder)?).map(DynamicImage::from),
        _ => return DynamicImage::from_decoder(decoder),
    };
    let mismatch = || ImageError::Parameter(ParameterError::from_kind(ParameterErrorKind::DimensionMismatch));
    picture.ok_or_else(mismatch)
}

fn bytes(decoder: impl ImageDecoder) -> Result<Vec<u8>, ImageError> {
    let too_many = |_| ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory));
    let mut bytes = spare_memory::zeros(usize::try_from(decoder.total_bytes()).map_err(too_many)?);
    decoder.read_image(&mut bytes)?;
    Ok(bytes)
}

fn explain(format: Format, whole: bool, error: ImageError) -> PictureProblem {
    let short = matches!(&error, ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    if short || !whole {
        return PictureProblem::Truncated(format.name());
    }
    if let (Format::WebP | Format::Tiff, ImageError::Unsupported(unsupported)) = (format, &error) {
        let variant = match unsupported.kind() {
            UnsupportedErrorKind::GenericFeature(feature) => printable(&feature),
            _ => "in colours that are not read".to_owned(),
        };
        return PictureProblem::UnsupportedVariant { format: format.name(), variant };
    }
    PictureProblem::Damaged { format: format.name(), reason: reason_of(&error) }
}

/// What the decoder says, for people: some of its messages are values of its own types as a programmer sees them.
fn reason_of(error: &ImageError) -> String {
    let text = error.to_string();
    match text.find(" { ") {
        _ if text.contains("CRC") => "a checksum is wrong".to_owned(),
        Some(position) => printable(text[..position].trim_end_matches(char::is_alphanumeric).trim_end()),
        None => printable(&text),
    }
}

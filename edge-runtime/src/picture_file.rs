//! From a picture file to decoded pixels, within limits that are checked on the header before a pixel is decoded.
//!
//! In: the path or the bytes of a PNG, JPEG or BMP file, known by its content, whatever its name ends in. Out: the
//! picture as it is meant to be seen, EXIF orientation applied.

mod end_marker;
mod spare_memory;

use std::io::{self, Cursor, Read};
use std::path::Path;

use image::error::{LimitError, LimitErrorKind, ParameterError, ParameterErrorKind};
use image::{
    ColorType, DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
};

use crate::{panic_net, regular_file};

pub use spare_memory::reuse_memory;

/// The most pixels that a picture may have where nothing else is said: 100 million, about what the largest cameras
/// make.
pub const DEFAULT_MAX_PIXELS: u64 = 100_000_000;

/// The largest picture file, in bytes: 512 MiB, which 100 million pixels of four bytes fit into.
pub const LARGEST_PICTURE_BYTES: u64 = 512 << 20;

/// What the name of a picture file ends in, in any case.
const EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "bmp"];

/// What is read of a file before its format is known: a small picture as a whole, with one call to the system.
const FIRST_BYTES: u64 = 4096;

/// The most bytes a decoded pixel takes: four channels of 16 bits.
const BYTES_A_PIXEL: u64 = 8;

/// What decoders may allocate beside the pixels.
const DECODER_BYTES: u64 = 64 << 20;

/// The size of a BMP's `BITMAPINFOHEADER`; later headers are longer, that of OS/2 is shorter.
const BMP_HEADER_BYTES: u32 = 40;

/// A picture file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct PictureError {
    /// The path, fit for one line.
    pub file: String,
    /// What is wrong with it.
    pub problem: PictureProblem,
}

/// What is wrong with a picture file.
#[derive(Debug, thiserror::Error)]
pub enum PictureProblem {
    /// The operating system does not give it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It has no bytes.
    #[error("expected a picture, found an empty file")]
    Empty,
    /// Its first bytes are those of no picture.
    #[error("expected a PNG, JPEG or BMP picture, found something else")]
    NoPicture,
    /// It is a picture of another kind.
    #[error("expected a PNG, JPEG or BMP picture, found {0}")]
    UnsupportedFormat(String),
    /// It has more bytes than are read.
    #[error("expected at most {LARGEST_PICTURE_BYTES} bytes, found more")]
    TooManyBytes,
    /// It has no columns or no rows.
    #[error("expected at least 1x1 pixels, found {width}x{height}")]
    NoPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// It claims more pixels than allowed.
    #[error("expected at most {limit} pixels, found {width}x{height}")]
    TooManyPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The most pixels.
        limit: u64,
    },
    /// It stops before its end.
    #[error("expected a whole {0} picture, found a truncated one")]
    Truncated(&'static str),
    /// Its content contradicts its format.
    #[error("expected a sound {format} picture, found a damaged one ({reason})")]
    Damaged {
        /// PNG, JPEG or BMP.
        format: &'static str,
        /// The decoder's words.
        reason: String,
    },
}

/// Whether the name says that a file is a picture: what is taken of a folder. A file that is named itself may end in
/// anything.
#[must_use]
pub fn has_picture_name(path: &Path) -> bool {
    path.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// Reads and decodes the picture at `path`, which may have at most `max_pixels` pixels.
///
/// # Errors
/// [`PictureError`], which names the file: see [`PictureProblem`] for the ways.
///
/// ```
/// use edge_runtime::{DEFAULT_MAX_PIXELS, read_picture};
///
/// let error = read_picture("Cargo.toml".as_ref(), DEFAULT_MAX_PIXELS).unwrap_err();
/// assert_eq!(error.to_string(), "Cargo.toml: expected a PNG, JPEG or BMP picture, found something else");
/// ```
pub fn read_picture(path: &Path, max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = read_bytes(path).and_then(|(format, bytes)| decode(format, &bytes, max_pixels));
    picture.map_err(|problem| of_file(path, problem))
}

/// The bytes of a picture file, for [`decode_picture`]. Only their number and the first of them are checked.
///
/// # Errors
/// As [`read_picture`].
pub fn read_picture_bytes(path: &Path) -> Result<Vec<u8>, PictureError> {
    let bytes = read_bytes(path).map(|(_, bytes)| bytes);
    bytes.map_err(|problem| of_file(path, problem))
}

fn of_file(path: &Path, problem: PictureProblem) -> PictureError {
    PictureError { file: crate::printable(&path.to_string_lossy()), problem }
}

/// As [`read_picture`], from memory. `name` stands for the file in messages.
///
/// # Errors
/// As [`read_picture`].
pub fn decode_picture(name: &str, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = match bytes.len() as u64 {
        0 => Err(PictureProblem::Empty),
        length if length > LARGEST_PICTURE_BYTES => Err(PictureProblem::TooManyBytes),
        _ => Format::of(bytes).and_then(|format| decode(format, bytes, max_pixels)),
    };
    picture.map_err(|problem| PictureError { file: name.to_owned(), problem })
}

/// One of the formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Png,
    Jpeg,
    Bmp,
}

impl Format {
    fn of(signature: &[u8]) -> Result<Self, PictureProblem> {
        match image::guess_format(signature) {
            Ok(ImageFormat::Png) => Ok(Self::Png),
            Ok(ImageFormat::Jpeg) => Ok(Self::Jpeg),
            Ok(ImageFormat::Bmp) => Ok(Self::Bmp),
            Ok(other) => Err(PictureProblem::UnsupportedFormat(format!("{other:?}"))),
            Err(_) => Err(PictureProblem::NoPicture),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Bmp => "BMP",
        }
    }

    fn of_image_crate(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Bmp => ImageFormat::Bmp,
        }
    }
}

/// The whole file, once its first bytes are those of a picture: an endless device is given up early.
fn read_bytes(path: &Path) -> Result<(Format, Vec<u8>), PictureProblem> {
    let (mut file, length) = regular_file::open(path).map_err(PictureProblem::Unreadable)?;
    if length > LARGEST_PICTURE_BYTES {
        return Err(PictureProblem::TooManyBytes);
    }
    // One byte more than there should be: the end of the file is then met without another buffer.
    let mut bytes = Vec::with_capacity(FIRST_BYTES.min(length.saturating_add(1)) as usize);
    file.by_ref().take(FIRST_BYTES).read_to_end(&mut bytes).map_err(PictureProblem::Unreadable)?;
    if bytes.is_empty() {
        return Err(PictureProblem::Empty);
    }
    let format = Format::of(&bytes)?;
    if bytes.len() as u64 == FIRST_BYTES {
        // The length was right a moment ago; a file that grows meanwhile is read to its new end.
        bytes.reserve_exact(length.saturating_sub(FIRST_BYTES) as usize + 1);
        file.take(LARGEST_PICTURE_BYTES).read_to_end(&mut bytes).map_err(PictureProblem::Unreadable)?;
    }
    if bytes.len() as u64 > LARGEST_PICTURE_BYTES {
        return Err(PictureProblem::TooManyBytes);
    }
    Ok((format, bytes))
}

fn decode(format: Format, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureProblem> {
    let damaged = |reason: String| PictureProblem::Damaged { format: format.name(), reason };
    match panic_net::catch(|| decode_within(format, bytes, max_pixels)) {
        Ok(picture) => picture,
        Err(panic) => Err(damaged(panic)),
    }
}

fn decode_within(format: Format, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureProblem> {
    check_claim(format, bytes, max_pixels)?;
    let whole = end_marker::is_present(format, bytes);
    let explain = |error| explain(format, whole, error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.of_image_crate());
    reader.limits(limits(max_pixels));
    let mut decoder = reader.into_decoder().map_err(explain)?;
    check_pixels(decoder.dimensions(), max_pixels)?;
    if !whole {
        return Err(PictureProblem::Truncated(format.name()));
    }
    // A picture whose EXIF data are damaged is still a picture.
    let orientation = decoder.orientation().ok();
    let mut picture = pixels(decoder).map_err(explain)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
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

fn limits(max_pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_pixels.saturating_mul(BYTES_A_PIXEL).saturating_add(DECODER_BYTES));
    limits
}

/// Decoders have other words for a picture with no pixels or too many, some of them misleading; so the sizes are read here where
/// they stand at a fixed place: in a PNG's first chunk, and in a BMP's header where that is not of OS/2.
fn check_claim(format: Format, bytes: &[u8], limit: u64) -> Result<(), PictureProblem> {
    let field = |start: usize| bytes.get(start..).and_then(<[u8]>::first_chunk::<4>).copied();
    let claim = match format {
        Format::Png => field(16)
            .zip(field(20))
            .map(|(width, height)| (u32::from_be_bytes(width), u32::from_be_bytes(height))),
        Format::Bmp if field(14).is_some_and(|size| u32::from_le_bytes(size) >= BMP_HEADER_BYTES) => {
            let side = |bytes| i32::from_le_bytes(bytes).unsigned_abs();
            field(18).zip(field(22)).map(|(width, height)| (side(width), side(height)))
        }
        _ => None,
    };
    claim.map_or(Ok(()), |sides| check_pixels(sides, limit))
}

fn check_pixels((width, height): (u32, u32), limit: u64) -> Result<(), PictureProblem> {
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureProblem::NoPixels { width, height }),
        pixels if pixels > limit => Err(PictureProblem::TooManyPixels { width, height, limit }),
        _ => Ok(()),
    }
}

fn explain(format: Format, whole: bool, error: ImageError) -> PictureProblem {
    let short = matches!(&error, ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    if short || !whole {
        return PictureProblem::Truncated(format.name());
    }
    let reason = crate::printable(&error.to_string());
    PictureProblem::Damaged { format: format.name(), reason }
}

#[cfg(test)]
mod tests;

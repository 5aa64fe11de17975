//! How many pixels a picture may claim, and how much memory a decoder may take for them.
//!
//! In: a file's first bytes and the caller's limit. Out: nothing, or why the picture is refused before it is decoded.

use image::Limits;

use super::format::Format;
use super::picture_error::PictureProblem;

/// The most pixels of a picture for callers without a limit of their own: 100 million, about what the largest cameras make.
pub const DEFAULT_MAX_PIXELS: u64 = 100_000_000;

/// The most bytes a decoded pixel takes: four channels of 16 bits.
const BYTES_A_PIXEL: u64 = 8;

/// What decoders may allocate beside the pixels.
const DECODER_BYTES: u64 = 64 << 20;

/// The size of a BMP's `BITMAPINFOHEADER`; later headers are longer, that of OS/2 is shorter.
const BMP_HEADER_BYTES: u32 = 40;

/// What a decoder of the crate `image` may allocate for a picture of `max_pixels`.
pub(super) fn of_decoder(max_pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_pixels.saturating_mul(BYTES_A_PIXEL).saturating_add(DECODER_BYTES));
    limits
}

/// Decoders have other words for a picture with no pixels or too many, some of them misleading; so the sizes are read here
/// where they stand at a fixed place: in a PNG's first chunk, and in a BMP's header where that is not of OS/2.
pub(super) fn check_claim(format: Format, bytes: &[u8], limit: u64) -> Result<(), PictureProblem> {
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

pub(super) fn check_pixels((width, height): (u32, u32), limit: u64) -> Result<(), PictureProblem> {
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureProblem::NoPixels { width, height }),
        pixels if pixels > limit => Err(PictureProblem::TooManyPixels { width, height, limit }),
        _ => Ok(()),
    }
}

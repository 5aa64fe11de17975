//! How many pixels a picture may claim, and how much memory a decoder may take for them.
//!
//! In: the sides that a file claims and the caller's limit. Out: nothing, or why the picture is refused before it is decoded.

use image::Limits;

use super::picture_error::PictureProblem;

/// The most pixels of a picture for callers without a limit of their own: 100 million, about what the largest cameras make.
pub const DEFAULT_MAX_PIXELS: u64 = 100_000_000;

/// The most bytes a decoded pixel takes: four channels of 16 bits.
const BYTES_A_PIXEL: u64 = 8;

/// What decoders may allocate beside the pixels.
const DECODER_BYTES: u64 = 64 << 20;

/// What a decoder of the crate `image` may allocate for a picture of `max_pixels`.
pub(super) fn of_decoder(max_pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_pixels.saturating_mul(BYTES_A_PIXEL).saturating_add(DECODER_BYTES));
    limits
}

pub(super) fn check_pixels((width, height): (u32, u32), limit: u64) -> Result<(), PictureProblem> {
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureProblem::NoPixels { width, height }),
        pixels if pixels > limit => Err(PictureProblem::TooManyPixels { width, height, limit }),
        _ => Ok(()),
    }
}

//! How many pixels a picture may claim.
//!
//! In: the sides that a file claims and the caller's limit. Out: nothing, or why the picture is refused before it is decoded.

use super::picture_error::PictureProblem;

/// The most pixels of a picture for callers without a limit of their own: 100 million, about what the largest cameras make.
pub const DEFAULT_MAX_PIXELS: u64 = 100_000_000;

pub(super) fn check_pixels((width, height): (u32, u32), limit: u64) -> Result<(), PictureProblem> {
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureProblem::NoPixels { width, height }),
        pixels if pixels > limit => Err(PictureProblem::TooManyPixels { width, height, limit }),
        _ => Ok(()),
    }
}

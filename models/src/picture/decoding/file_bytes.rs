//! The bytes of a picture file, up to a limit that is checked before they are read, and while.
//!
//! In: a path. Out: the whole file and its format, once its first bytes are those of a picture: an endless device is given
//! up early.

use std::io::Read;
use std::path::Path;

use super::format::Format;
use super::picture_error::PictureProblem;
use crate::storage::regular_file;

/// The largest picture file that is read, in bytes: 512 MiB, which 100 million pixels of four bytes fit into.
pub const LARGEST_PICTURE_BYTES: u64 = 512 << 20;

/// What is read of a file before its format is known: a small picture as a whole, with one call to the system.
const FIRST_BYTES: u64 = 4096;

pub(super) fn read(path: &Path) -> Result<(Format, Vec<u8>), PictureProblem> {
    let (mut file, length) = regular_file::open(path).map_err(PictureProblem::Unreadable)?;
    check_size(length)?;
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
    check_size(bytes.len() as u64)?;
    Ok((format, bytes))
}

/// Refuses more bytes than are read.
pub(super) fn check_size(length: u64) -> Result<(), PictureProblem> {
    match length > LARGEST_PICTURE_BYTES {
        true => Err(PictureProblem::TooManyBytes { limit: LARGEST_PICTURE_BYTES }),
        false => Ok(()),
    }
}

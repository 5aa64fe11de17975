//! The bytes of a picture file, up to a limit that is checked before they are read, and while.
//!
//! In: a path. Out: the file's first bytes with its format and its header, once they are those of a picture; then, when
//! there is memory for it, the whole file. An endless device is given up early.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::bytes_at::BegunFile;
use super::file_header;
use super::format::Format;
use super::header::Header;
use super::picture_error::PictureProblem;
use crate::storage::regular_file;

/// The largest picture file that is read, in bytes: 512 MiB, which 100 million pixels of four bytes fit into.
pub const LARGEST_PICTURE_BYTES: u64 = 512 << 20;

/// What is read of a file before its format is known: a small picture as a whole, with one call to the system.
const FIRST_BYTES: u64 = 4096;

/// A picture file whose first bytes have been read.
pub(super) struct PictureFile {
    pub(super) format: Format,
    pub(super) length: u64,
    file: File,
    head: Vec<u8>,
}

impl PictureFile {
    pub(super) fn open(path: &Path) -> Result<Self, PictureProblem> {
        let (mut file, length) = regular_file::open(path).map_err(PictureProblem::Unreadable)?;
        check_size(length)?;
        // One byte more than there should be: the end of the file is then met without another buffer.
        let mut head = Vec::with_capacity(FIRST_BYTES.min(length.saturating_add(1)) as usize);
        file.by_ref().take(FIRST_BYTES).read_to_end(&mut head).map_err(PictureProblem::Unreadable)?;
        if head.is_empty() {
            return Err(PictureProblem::Empty);
        }
        Ok(Self { format: Format::of(&head)?, length, file, head })
    }

    /// What the file promises, before it is read.
    pub(super) fn header(&mut self) -> Result<Option<Header>, PictureProblem> {
        file_header::read(self.format, &mut BegunFile::new(&self.head, &mut self.file))
    }

    /// The whole file, to its new end where it has grown meanwhile, but for no more than `most` bytes.
    pub(super) fn read(self, most: u64) -> Result<Vec<u8>, PictureProblem> {
        let Self { length, mut file, head: mut bytes, .. } = self;
        if bytes.len() as u64 == FIRST_BYTES {
            file.seek(SeekFrom::Start(FIRST_BYTES)).map_err(PictureProblem::Unreadable)?;
            // The length was right a moment ago.
            bytes.reserve_exact(length.saturating_sub(FIRST_BYTES) as usize + 1);
            file.take(most.saturating_sub(FIRST_BYTES).saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(PictureProblem::Unreadable)?;
        }
        check_size(bytes.len() as u64)?;
        match bytes.len() as u64 > most {
            true => Err(PictureProblem::Unreadable(io::Error::other("the file grows while it is read"))),
            false => Ok(bytes),
        }
    }
}

/// Refuses more bytes than are read.
pub(super) fn check_size(length: u64) -> Result<(), PictureProblem> {
    match length > LARGEST_PICTURE_BYTES {
        true => Err(PictureProblem::TooManyBytes { limit: LARGEST_PICTURE_BYTES }),
        false => Ok(()),
    }
}

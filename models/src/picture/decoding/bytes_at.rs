//! A few bytes of a file at a place, whether the file is in memory or on a disk.
//!
//! In: a position in the file. Out: the bytes there, or nothing behind its end. The header of a photograph may lie behind
//! megabytes of a preview, which need not be read to find it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::picture_error::PictureProblem;

/// Something that bytes can be read of at any place.
pub(super) trait BytesAt {
    /// Fills `buffer` with the bytes from `position` on; `false` where there are fewer.
    fn fill(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<bool>;
}

impl dyn BytesAt + '_ {
    /// The `COUNT` bytes from `position` on, or nothing where the file ends before.
    pub(super) fn bytes_at<const COUNT: usize>(
        &mut self,
        position: u64,
    ) -> Result<Option<[u8; COUNT]>, PictureProblem> {
        let mut bytes = [0; COUNT];
        let there = self.fill(position, &mut bytes).map_err(PictureProblem::Unreadable)?;
        Ok(there.then_some(bytes))
    }
}

impl BytesAt for &[u8] {
    fn fill(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<bool> {
        let start = usize::try_from(position).unwrap_or(usize::MAX);
        let there = start.checked_add(buffer.len()).and_then(|end| self.get(start..end));
        Ok(there.map(|bytes| buffer.copy_from_slice(bytes)).is_some())
    }
}

/// A file of which the first bytes have been read. Further ones are read in blocks.
pub(super) struct BegunFile<'file> {
    head: &'file [u8],
    file: &'file mut File,
    block: Vec<u8>,
    block_start: u64,
}

/// What is read at once.
const BLOCK_BYTES: u64 = 4096;

impl<'file> BegunFile<'file> {
    pub(super) fn new(head: &'file [u8], file: &'file mut File) -> Self {
        Self { head, file, block: Vec::new(), block_start: 0 }
    }

    fn in_block(&self, position: u64, buffer: &mut [u8]) -> io::Result<bool> {
        match position.checked_sub(self.block_start) {
            Some(offset) => self.block.as_slice().fill(offset, buffer),
            None => Ok(false),
        }
    }
}

impl BytesAt for BegunFile<'_> {
    fn fill(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<bool> {
        if self.head.fill(position, buffer)? || self.in_block(position, buffer)? {
            return Ok(true);
        }
        self.file.seek(SeekFrom::Start(position))?;
        self.block.clear();
        self.block_start = position;
        self.file.by_ref().take(BLOCK_BYTES).read_to_end(&mut self.block)?;
        self.in_block(position, buffer)
    }
}

//! What the header of a picture file promises, and what memory that takes.
//!
//! In: the sides of a picture and how its file is coded. Out: the bytes that it takes until it is a network's input.

use super::format::Format;
use super::picture_error::PictureProblem;

/// A picture, as its file's header has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The most bytes that a decoded pixel takes.
    pub(super) pixel_bytes: u64,
    /// The bytes a pixel that a decoder needs beside the decoded ones.
    pub(super) decoder_bytes: u64,
    /// How many times the file is in memory while it is decoded.
    pub(super) file_copies: u64,
}

/// The bytes a pixel that are taken beside a decoded picture: a turned copy of it (of eight bits a channel at most), or the
/// preprocessing's notes on it.
const WORKING_BYTES: u64 = 4;

/// What any picture takes, however small: buffers of decoders.
const LEAST_BYTES: u64 = 1 << 20;

/// What a decoder may take beside the pixels, however few they are.
const DECODER_BYTES: u64 = 1 << 20;

/// What a column takes while single rows are decoded and converted, several of them at the same time, and while strokes of
/// ink are followed from row to row, of which every second column may have one.
const COLUMN_BYTES: u64 = 256;

impl Header {
    /// The header of a file without one that can be read: nothing is known but that its bytes will be in memory.
    pub(super) const UNKNOWN: Self =
        Self { width: 0, height: 0, pixel_bytes: 0, decoder_bytes: 0, file_copies: 2 };

    /// The bytes that a decoder may take for the picture, beside the file.
    pub(super) fn decoding_memory(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels.saturating_mul(self.pixel_bytes + self.decoder_bytes).saturating_add(DECODER_BYTES)
    }

    /// The bytes of memory that this picture takes at most, from a file of `length` bytes to the network's input.
    pub(super) fn memory(&self, length: u64) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let beside = self.decoder_bytes.max(self.pixel_bytes.min(WORKING_BYTES));
        let decoded = pixels.saturating_mul(self.pixel_bytes + beside);
        let rows = COLUMN_BYTES * u64::from(self.width);
        let files = self.file_copies.saturating_mul(length);
        decoded.saturating_add(files).saturating_add(rows + LEAST_BYTES)
    }
}

pub(super) fn unsupported(format: Format, variant: &str) -> PictureProblem {
    PictureProblem::UnsupportedVariant { format: format.name(), variant: variant.to_owned() }
}

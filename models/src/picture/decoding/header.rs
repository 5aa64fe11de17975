//! What the header of a picture file promises, read before any decoder sees the file.
//!
//! In: a file's bytes, of which only those of its header are read. Out: the sides of the picture and what decoding it takes,
//! or why no decoder may see it: variants that no decoder knows, and frames that break decoders.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::jpeg_frame;
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
    /// Reads the header of a file of this `format`; nothing where it is too broken to be read, which a decoder will say better.
    pub(super) fn read(format: Format, file: &mut dyn BytesAt) -> Result<Option<Self>, PictureProblem> {
        match format {
            Format::Png => of_png(file),
            Format::Jpeg => jpeg_frame::find(file),
            Format::Bmp => of_bmp(file),
        }
    }

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

/// The first chunk of a PNG file: [PNG, section 11.2.1](https://www.w3.org/TR/png-3/#11IHDR). Apple's compiler for telephones
/// writes a chunk of its own before it, and pixels that are no PNG's.
fn of_png(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let Some(start) = file.bytes_at::<30>(0)? else { return Ok(None) };
    if &start[12..16] == b"CgBI" {
        return Err(unsupported(Format::Png, "written for iOS (CgBI)"));
    }
    if &start[12..16] != b"IHDR" {
        return Ok(None);
    }
    let side = |at: usize| u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    let (depth, colour) = (start[24], start[25]);
    // Transparency that a later chunk adds is a channel of its own.
    let channels = match colour {
        0 | 4 => 2,
        _ => 4,
    };
    let pixel_bytes = channels * if depth == 16 { 2 } else { 1 };
    Ok(Some(Header { width: side(16), height: side(20), pixel_bytes, decoder_bytes: 0, file_copies: 2 }))
}

/// The second header of a BMP file, whose size tells its version.
fn of_bmp(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let Some(size) = file.bytes_at::<4>(14)? else { return Ok(None) };
    let header = |width, height| Header { width, height, pixel_bytes: 4, decoder_bytes: 0, file_copies: 1 };
    match u32::from_le_bytes(size) {
        12 => Ok(file.bytes_at::<4>(18)?.map(|[a, b, c, d]| {
            header(u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_le_bytes([c, d])))
        })),
        16 | 64 => Err(unsupported(Format::Bmp, "of OS/2 2.0")),
        40.. => {
            let Some(fields) = file.bytes_at::<16>(18)? else { return Ok(None) };
            let word = |at: usize| [fields[at], fields[at + 1], fields[at + 2], fields[at + 3]];
            let kind = match u32::from_le_bytes(word(12)) {
                4 => Some("that holds a JPEG file"),
                5 => Some("that holds a PNG file"),
                11..=13 => Some("in CMYK colours"),
                _ => None,
            };
            let side = |at| i32::from_le_bytes(word(at)).unsigned_abs();
            kind.map_or(Ok(Some(header(side(0), side(4)))), |kind| Err(unsupported(Format::Bmp, kind)))
        }
        _ => Ok(None),
    }
}

pub(super) fn unsupported(format: Format, variant: &str) -> PictureProblem {
    PictureProblem::UnsupportedVariant { format: format.name(), variant: variant.to_owned() }
}

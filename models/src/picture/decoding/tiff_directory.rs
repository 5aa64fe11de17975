//! The first directory of a TIFF file: how large its picture is and how it is coded, and whether all of it is there
//! ([TIFF 6.0](https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf), section 2).
//!
//! In: the bytes of a file. Out: the sides and what decoding takes, or why no decoder may see it. Of several pages the first
//! one counts. Cameras' raw files are TIFF files too, and begin with a preview of a few pixels: they are refused.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::header::{Header, unsupported};
use super::picture_error::PictureProblem;

const NEW_SUBFILE_TYPE: u16 = 254;
const IMAGE_WIDTH: u16 = 256;
const IMAGE_LENGTH: u16 = 257;
const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const STRIP_OFFSETS: u16 = 273;
const SAMPLES_PER_PIXEL: u16 = 277;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;
const DNG_VERSION: u16 = 50706;

/// The most values of an entry that are looked at: a picture of 100 million pixels has fewer strips.
const MOST_STRIPS: u64 = 1 << 20;

/// Where the values of an entry lie.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    /// The bytes of a value.
    size: u64,
    count: u64,
    values: u64,
}

struct Directory<'file> {
    file: &'file mut dyn BytesAt,
    is_big_endian: bool,
    entries: Vec<Entry>,
}

/// What the file promises; nothing where its directory cannot be read, which a decoder will say better.
pub(super) fn header(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let Some(mut directory) = Directory::read(file)? else { return Ok(None) };
    let refused = |variant: &str| Err(unsupported(Format::Tiff, variant));
    if directory.first(NEW_SUBFILE_TYPE)?.unwrap_or(0) & 1 == 1 {
        return refused("that begins with a preview, as cameras' raw files do");
    }
    if directory.first(DNG_VERSION)?.is_some() {
        return refused("that is a camera's raw file");
    }
    match directory.first(PHOTOMETRIC_INTERPRETATION)? {
        Some(3) => return refused("with a palette"),
        Some(6) => return refused("in YCbCr colours"),
        _ => {}
    }
    let sides = (directory.first(IMAGE_WIDTH)?, directory.first(IMAGE_LENGTH)?);
    let (Some(width), Some(height)) = sides else { return Ok(None) };
    let bits = directory.first(BITS_PER_SAMPLE)?.unwrap_or(1);
    if bits > 16 {
        return refused(&format!("of {bits} bits a channel"));
    }
    let samples = u64::from(directory.first(SAMPLES_PER_PIXEL)?.unwrap_or(1)).max(1);
    // The result, and the same once more: as one plane a channel, or with black beside three colours.
    let pixel_bytes = samples * u64::from(bits.div_ceil(8));
    Ok(Some(Header { width, height, pixel_bytes, decoder_bytes: pixel_bytes, file_copies: 2 }))
}

/// Whether the directory and all that it points to as the picture's data are there.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut file = bytes;
    let Ok(Some(mut directory)) = Directory::read(&mut file) else { return false };
    [(STRIP_OFFSETS, STRIP_BYTE_COUNTS), (TILE_OFFSETS, TILE_BYTE_COUNTS)].into_iter().all(
        |(starts, lengths)| {
            let (Some(starts), Some(lengths)) = (directory.entry(starts), directory.entry(lengths)) else {
                return true;
            };
            (0..starts.count.min(lengths.count).min(MOST_STRIPS)).all(|index| {
                let (start, length) = (directory.value(starts, index), directory.value(lengths, index));
                let (Ok(Some(start)), Ok(Some(length))) = (start, length) else { return false };
                u64::from(start) + u64::from(length) <= bytes.len() as u64
            })
        },
    )
}

impl<'file> Directory<'file> {
    /// Nothing where the file ends before the directory does.
    fn read(file: &'file mut dyn BytesAt) -> Result<Option<Self>, PictureProblem> {
        let Some([order, _, _, _, offset @ ..]) = file.bytes_at::<8>(0)? else { return Ok(None) };
        let mut directory = Self { file, is_big_endian: order == b'M', entries: Vec::new() };
        let start = u64::from(directory.long(offset));
        let Some(count) = directory.file.bytes_at::<2>(start)? else { return Ok(None) };
        for index in 0..u64::from(directory.short(count)) {
            let place = start + 2 + 12 * index;
            let Some([a, b, c, d, count @ ..]) = directory.file.bytes_at::<8>(place)? else {
                return Ok(None);
            };
            let size = match directory.short([c, d]) {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 => 4,
                _ => 8,
            };
            let count = u64::from(directory.long(count));
            let Some(field) = directory.file.bytes_at::<4>(place + 8)? else { return Ok(None) };
            // Values that fit into the entry stand there.
            let values = if size * count <= 4 { place + 8 } else { u64::from(directory.long(field)) };
            directory.entries.push(Entry { tag: directory.short([a, b]), size, count, values });
        }
        Ok(Some(directory))
    }

    fn short(&self, bytes: [u8; 2]) -> u16 {
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn long(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().copied().find(|entry| entry.tag == tag)
    }

    /// The first value of an entry, if there is one.
    fn first(&mut self, tag: u16) -> Result<Option<u32>, PictureProblem> {
        self.entry(tag).filter(|entry| entry.count > 0).map_or(Ok(None), |entry| self.value(entry, 0))
    }

    /// A whole number of up to four bytes; nothing where the file ends before, or where the values are no such numbers.
    fn value(&mut self, entry: Entry, index: u64) -> Result<Option<u32>, PictureProblem> {
        let place = entry.values + entry.size * index;
        match entry.size {
            1 => Ok(self.file.bytes_at::<1>(place)?.map(|[byte]| u32::from(byte))),
            2 => Ok(self.file.bytes_at::<2>(place)?.map(|bytes| u32::from(self.short(bytes)))),
            4 => Ok(self.file.bytes_at::<4>(place)?.map(|bytes| self.long(bytes))),
            _ => Ok(None),
        }
    }
}

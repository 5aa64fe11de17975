//! The blocks of a GIF file: how large its picture is, and whether its first frame is there as a whole
//! ([GIF89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt)).
//!
//! In: the bytes of a file. Out: the sides and what decoding takes. Of an animation the first frame counts; what follows it is
//! ignored.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::header::{Header, unsupported};
use super::picture_error::PictureProblem;

/// The most blocks of 255 bytes that are passed over before the picture's data: comments and what programs write of their own.
const MOST_BLOCKS: usize = 100_000;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;

/// The first frame: its sides, and where its data begin.
struct Frame {
    width: u32,
    height: u32,
    data: u64,
}

/// What the file promises; nothing where it has no frame, which a decoder will say better.
pub(super) fn header(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let Some(screen) = file.bytes_at::<4>(6)? else { return Ok(None) };
    let side = |at: usize| u32::from(u16::from_le_bytes([screen[at], screen[at + 1]]));
    let (width, height) = (side(0), side(2));
    let Some(frame) = first_frame(file)? else { return Ok(None) };
    if frame.width > width || frame.height > height {
        let reason = "its frame is larger than its picture".to_owned();
        return Err(PictureProblem::Damaged { format: Format::Gif.name(), reason });
    }
    if frame.width == 0 || frame.height == 0 {
        return Err(PictureProblem::NoPixels { width: frame.width, height: frame.height });
    }
    // A frame that is smaller than the picture is decoded beside it, indices and colours.
    Ok(Some(Header { width, height, pixel_bytes: 4, decoder_bytes: 5, file_copies: 1 }))
}

/// Whether the first frame goes on to its end.
pub(super) fn is_whole(mut bytes: &[u8]) -> bool {
    let file: &mut dyn BytesAt = &mut bytes;
    let frame = first_frame(file).ok().flatten();
    frame.is_some_and(|frame| matches!(behind_blocks(file, frame.data, &mut usize::MAX.clone()), Ok(Some(_))))
}

fn first_frame(file: &mut dyn BytesAt) -> Result<Option<Frame>, PictureProblem> {
    let Some([flags]) = file.bytes_at::<1>(10)? else { return Ok(None) };
    let mut position = 13 + colour_table(flags);
    let mut left = MOST_BLOCKS;
    loop {
        match file.bytes_at::<1>(position)? {
            // A label, then blocks.
            Some([EXTENSION]) => match behind_blocks(file, position + 2, &mut left)? {
                Some(behind) => position = behind,
                None if left == 0 => {
                    return Err(unsupported(
                        Format::Gif,
                        &format!("with more than {MOST_BLOCKS} blocks before its picture"),
                    ));
                }
                None => return Ok(None),
            },
            Some([IMAGE]) => {
                let Some([a, b, c, d, flags]) = file.bytes_at::<5>(position + 5)? else { return Ok(None) };
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]));
                // The size of the codes is a byte before the blocks.
                let data = position + 10 + colour_table(flags) + 1;
                return Ok(Some(Frame { width: side(a, b), height: side(c, d), data }));
            }
            _ => return Ok(None),
        }
    }
}

/// The bytes of the colour table that these flags announce.
fn colour_table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << (1 + (flags & 7)) }
}

/// The place behind blocks of up to 255 bytes, of which the last one is empty; nothing where the file ends before, or where
/// there are more than `left`, from which those that were passed are taken.
fn behind_blocks(
    file: &mut dyn BytesAt,
    mut position: u64,
    left: &mut usize,
) -> Result<Option<u64>, PictureProblem> {
    while *left > 0 {
        *left -= 1;
        match file.bytes_at::<1>(position)? {
            Some([0]) => return Ok(Some(position + 1)),
            Some([length]) => position += 1 + u64::from(length),
            None => {
                // The end of the file is not that of patience.
                *left = (*left).max(1);
                return Ok(None);
            }
        }
    }
    Ok(None)
}

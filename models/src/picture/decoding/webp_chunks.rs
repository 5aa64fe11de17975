//! The chunks of a WebP file: how large its picture is, and whether the file goes on to its end
//! ([WebP container](https://developers.google.com/speed/webp/docs/riff_container)).
//!
//! In: the bytes of a file. Out: the sides and what decoding takes. A file may claim a small picture around a frame of any
//! size, and image-webp 0.2.4 decodes the frame before it compares them: so they are compared here. Of an animation the first
//! frame counts.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::header::{Header, unsupported};
use super::picture_error::PictureProblem;

/// The most chunks that lie before the picture's data.
const MOST_CHUNKS: usize = 1000;

/// The bytes a pixel beside the decoded ones: luma and chroma planes, and opacity as a picture of its own.
const PLANES: u64 = 8;

/// An animation has a canvas and a frame besides.
const CANVAS: u64 = 8;

/// The bits of the extended header that say that there is an animation.
const ANIMATION: u8 = 1 << 1;

/// A chunk's place and size, without its own header of 8 bytes.
struct Chunk {
    kind: [u8; 4],
    start: u64,
    length: u64,
}

/// What the file promises; nothing where it has no picture's data, which a decoder will say better.
pub(super) fn header(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let Some(first) = chunk_at(file, 12)? else { return Ok(None) };
    if &first.kind != b"VP8X" {
        return Ok(frame_sides(file, &first)?.map(|sides| of(sides, PLANES)));
    }
    let Some([flags, _, _, _, a, b, c, d, e, f]) = file.bytes_at::<10>(first.start)? else { return Ok(None) };
    let canvas = (1 + from_24_bits([a, b, c]), 1 + from_24_bits([d, e, f]));
    let is_animation = flags & ANIMATION != 0;
    let mut position = first.end();
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = chunk_at(file, position)? else { return Ok(None) };
        let frame = match &chunk.kind {
            b"ANMF" if is_animation => animation_frame(file, &chunk, canvas)?,
            b"VP8 " | b"VP8L" if !is_animation => frame_sides(file, &chunk)?.map(|sides| (canvas, sides)),
            _ => {
                position = chunk.end();
                continue;
            }
        };
        return match frame {
            Some((promised, found)) if promised != found => Err(PictureProblem::Damaged {
                format: Format::WebP.name(),
                reason: "its frame has another size than its picture".to_owned(),
            }),
            Some(_) => Ok(Some(of(canvas, if is_animation { PLANES + CANVAS } else { PLANES }))),
            None => Ok(None),
        };
    }
    Err(unsupported(Format::WebP, &format!("with more than {MOST_CHUNKS} chunks before its picture")))
}

/// Whether the file has as many bytes as its first chunk claims; what follows is ignored.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    length.is_some_and(|length| bytes.len() as u64 >= u64::from(length) + 8)
}

fn of((width, height): (u32, u32), decoder_bytes: u64) -> Header {
    Header { width, height, pixel_bytes: 4, decoder_bytes, file_copies: 3 }
}

impl Chunk {
    /// Where the next chunk begins, at an even place.
    fn end(&self) -> u64 {
        self.start + self.length + self.length % 2
    }
}

fn chunk_at(file: &mut dyn BytesAt, position: u64) -> Result<Option<Chunk>, PictureProblem> {
    let header = file.bytes_at::<8>(position)?;
    Ok(header.map(|[a, b, c, d, length @ ..]| Chunk {
        kind: [a, b, c, d],
        start: position + 8,
        length: u64::from(u32::from_le_bytes(length)),
    }))
}

fn from_24_bits([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

/// The sides in a frame's own header: RFC 6386, section 9.1, or the lossless bitstream, section 3.
fn frame_sides(file: &mut dyn BytesAt, chunk: &Chunk) -> Result<Option<(u32, u32)>, PictureProblem> {
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    match &chunk.kind {
        b"VP8 " => Ok(file
            .bytes_at::<10>(chunk.start)?
            .map(|frame| (side(frame[6], frame[7]), side(frame[8], frame[9])))),
        b"VP8L" => Ok(file.bytes_at::<5>(chunk.start)?.map(|[_, bits @ ..]| {
            let bits = u32::from_le_bytes(bits);
            (1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff))
        })),
        _ => Ok(None),
    }
}

/// The sides that the first frame of an animation is given, and those that it has. One that lies outside of the `canvas` is
/// given none.
#[expect(clippy::type_complexity)]
fn animation_frame(
    file: &mut dyn BytesAt,
    chunk: &Chunk,
    canvas: (u32, u32),
) -> Result<Option<((u32, u32), (u32, u32))>, PictureProblem> {
    let Some(place) = file.bytes_at::<12>(chunk.start)? else { return Ok(None) };
    let number = |at: usize| from_24_bits([place[at], place[at + 1], place[at + 2]]);
    let (left, top, width, height) = (2 * number(0), 2 * number(3), 1 + number(6), 1 + number(9));
    let fits = left + width <= canvas.0 && top + height <= canvas.1;
    let Some(mut data) = chunk_at(file, chunk.start + 16)? else { return Ok(None) };
    if &data.kind == b"ALPH" {
        let Some(next) = chunk_at(file, data.end())? else { return Ok(None) };
        data = next;
    }
    let found = frame_sides(file, &data)?;
    Ok(found.map(|found| (if fits { (width, height) } else { (0, 0) }, found)))
}

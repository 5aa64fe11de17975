//! The frame of a JPEG file: the segment that says how large its picture is and how it is coded (ITU-T T.81, B.2.2).
//!
//! In: the bytes of a file. Out: the sides and what decoding takes, or why no decoder may see the frame. Processes that no
//! decoder here knows are told from damage; a frame of two components makes zune-jpeg 0.5.15 panic, and no colour space has
//! as many.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::header::{Header, unsupported};
use super::picture_error::PictureProblem;

/// The most segments that lie before a frame. Cameras write a few, and a preview's pieces some dozens.
const MOST_SEGMENTS: usize = 1000;

/// The most bytes between segments, all in all, that are passed over as fill or as padding.
const MOST_FILL: u64 = 1 << 16;

/// The marker before the picture's data.
const START_OF_SCAN: u8 = 0xda;

/// The bytes of a coefficient. Where a picture comes in several scans, as any of several components may, all coefficients are
/// kept until its end.
const COEFFICIENT_BYTES: u64 = 2;

/// Walks the segments to the frame. Nothing where there is none before the picture's data.
pub(super) fn find(file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    let (mut position, mut fill) = (2, MOST_FILL);
    for _ in 0..MOST_SEGMENTS {
        let Some((marker, segment)) = next_marker(file, position, &mut fill)? else { return Ok(None) };
        match marker {
            0xc0..=0xc2 => return frame(file, segment, marker == 0xc2),
            0xc3 => return Err(unsupported(Format::Jpeg, "with lossless coding")),
            0xc5..=0xc7 => return Err(unsupported(Format::Jpeg, "with hierarchical coding")),
            0xc9..=0xcb | 0xcd..=0xcf => return Err(unsupported(Format::Jpeg, "with arithmetic coding")),
            0xd9 | START_OF_SCAN => return Ok(None),
            0x01 | 0xd0..=0xd8 => position = segment,
            _ => match file.bytes_at::<2>(segment)? {
                Some(length) => position = segment + u64::from(u16::from_be_bytes(length)).max(2),
                None => return Ok(None),
            },
        }
    }
    Err(unsupported(Format::Jpeg, &format!("with more than {MOST_SEGMENTS} segments before its picture")))
}

/// The next marker from `position` on, and the place behind it. At most `fill` bytes are passed over, and taken from it.
fn next_marker(
    file: &mut dyn BytesAt,
    position: u64,
    fill: &mut u64,
) -> Result<Option<(u8, u64)>, PictureProblem> {
    let mut after_ff = false;
    for place in position..position + 2 + *fill {
        match file.bytes_at::<1>(place)? {
            Some([0xff]) => after_ff = true,
            Some([0]) => after_ff = false,
            Some([marker]) if after_ff => {
                *fill = fill.saturating_sub((place + 1 - position).saturating_sub(2));
                return Ok(Some((marker, place + 1)));
            }
            Some(_) => {}
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn frame(file: &mut dyn BytesAt, segment: u64, progressive: bool) -> Result<Option<Header>, PictureProblem> {
    let Some([_, _, precision, a, b, c, d, components]) = file.bytes_at::<8>(segment)? else {
        return Ok(None);
    };
    let (height, width) = (u32::from(u16::from_be_bytes([a, b])), u32::from(u16::from_be_bytes([c, d])));
    if precision != 8 {
        return Err(unsupported(Format::Jpeg, &format!("of {precision} bits a channel")));
    }
    let coefficients = match components {
        1 => 1,
        3 | 4 => match coefficients(file, segment + 8, u64::from(components))? {
            Some(coefficients) => coefficients,
            None => return Ok(None),
        },
        other => return Err(unsupported(Format::Jpeg, &format!("of {other} components"))),
    };
    Ok(Some(Header {
        width,
        height,
        pixel_bytes: if components == 1 { 1 } else { 3 },
        decoder_bytes: if progressive || components > 1 { COEFFICIENT_BYTES * coefficients } else { 0 },
        file_copies: 2,
    }))
}

/// The same file without what lies between its segments before the picture's data: padding that cameras write.
pub(super) fn without_padding(mut bytes: &[u8]) -> Vec<u8> {
    let whole = bytes;
    let mut kept = whole[..whole.len().min(2)].to_vec();
    let (mut position, mut fill) = (2, MOST_FILL);
    while let Ok(Some((marker, segment))) = next_marker(&mut bytes, position, &mut fill) {
        let start = segment as usize;
        if marker == START_OF_SCAN {
            kept.extend([0xff, marker]);
            kept.extend_from_slice(&whole[start..]);
            return kept;
        }
        let length = match whole.get(start..start + 2) {
            Some(length) if !matches!(marker, 0x01 | 0xd0..=0xd8) => {
                usize::from(u16::from_be_bytes([length[0], length[1]])).max(2)
            }
            _ => 0,
        };
        let end = (start + length).min(whole.len());
        kept.extend([0xff, marker]);
        kept.extend_from_slice(&whole[start..end]);
        position = end as u64;
    }
    whole.to_vec()
}

/// The number of coefficients a pixel, rounded up: components that are sampled less have fewer.
fn coefficients(file: &mut dyn BytesAt, list: u64, components: u64) -> Result<Option<u64>, PictureProblem> {
    let (mut sum, mut widest, mut highest) = (0, 1, 1);
    for component in 0..components {
        let Some([_, sampling, _]) = file.bytes_at::<3>(list + 3 * component)? else { return Ok(None) };
        let (across, down) = (u64::from(sampling >> 4), u64::from(sampling & 15));
        (sum, widest, highest) = (sum + across * down, widest.max(across), highest.max(down));
    }
    Ok(Some(sum.div_ceil(widest * highest).clamp(1, components)))
}

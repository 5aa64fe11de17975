//! The header of a picture file, read before any decoder sees the file.
//!
//! In: a file's bytes, of which only those of its header are read. Out: the sides of the picture and what decoding it takes,
//! or why no decoder may see it: variants that no decoder knows, and frames that break decoders.

use super::bytes_at::BytesAt;
use super::format::Format;
use super::header::{Header, unsupported};
use super::picture_error::PictureProblem;
use super::{gif_blocks, jpeg_frame, tiff_directory, webp_chunks};

/// Reads the header of a file of this `format`; nothing where it is too broken to be read, which a decoder will say better.
pub(super) fn read(format: Format, file: &mut dyn BytesAt) -> Result<Option<Header>, PictureProblem> {
    match format {
        Format::Png => of_png(file),
        Format::Jpeg => jpeg_frame::find(file),
        Format::Bmp => of_bmp(file),
        Format::WebP => webp_chunks::header(file),
        Format::Gif => gif_blocks::header(file),
        Format::Tiff => tiff_directory::header(file),
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

//! Whether a picture file goes on to its end.
//!
//! In: the bytes of a file. Out: whether the marker that ends its picture is there. Decoders are lenient with what is
//! missing and fill in grey; a classifier must not answer for half a picture.

use super::format::Format;
use super::{gif_blocks, tiff_directory, webp_chunks};

/// Whether the end of the picture is there, where a format has a way to tell. A BMP file has none: its rows are counted when it
/// is decoded.
pub(super) fn is_present(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Png => ends_png(bytes),
        Format::Jpeg => ends_jpeg(bytes),
        Format::Bmp => true,
        Format::WebP => webp_chunks::is_whole(bytes),
        Format::Gif => gif_blocks::is_whole(bytes),
        Format::Tiff => tiff_directory::is_whole(bytes),
    }
}

/// Walks the chunks (length, type, data, checksum) to `IEND`:
/// [PNG, section 5.3](https://www.w3.org/TR/png-3/#5Chunk-layout).
fn ends_png(bytes: &[u8]) -> bool {
    const SIGNATURE: usize = 8;
    const FRAME: usize = 12;
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some(next) = length.checked_add(FRAME).and_then(|whole| rest.get(whole..)) else { return false };
        if after.starts_with(b"IEND") {
            return true;
        }
        rest = next;
    }
    false
}

/// Walks the segments to the end-of-image marker `FF D9`: ITU-T T.81, annex B. A segment's content is skipped, so the
/// end of a thumbnail in it does not count; what follows the end is ignored, as cameras append to it.
fn ends_jpeg(bytes: &[u8]) -> bool {
    let mut position = 0;
    while let Some(marker) = next_marker(bytes, &mut position) {
        match marker {
            0xd9 => return true,
            // Stuffed data, restarts, start of image: no length follows.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => match bytes.get(position..).and_then(<[u8]>::split_first_chunk::<2>) {
                Some((length, _)) => position += usize::from(u16::from_be_bytes(*length)).max(2),
                None => return false,
            },
        }
    }
    false
}

/// The byte after the next `FF`, fill bytes skipped; `position` moves behind it.
fn next_marker(bytes: &[u8], position: &mut usize) -> Option<u8> {
    let rest = bytes.get(*position..)?;
    let start = rest.iter().position(|&byte| byte == 0xff)?;
    let fill = rest[start..].iter().position(|&byte| byte != 0xff)?;
    *position += start + fill + 1;
    Some(rest[start + fill])
}

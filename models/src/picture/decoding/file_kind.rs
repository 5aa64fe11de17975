//! What a file is that people take for a picture, by its first bytes.
//!
//! In: the first bytes of a file. Out: one of the formats that are read, or the name of what was found, so that an error
//! tells a photograph of a telephone from a page that a server has sent instead of one.

use super::format::Format;
use super::picture_error::PictureProblem;

/// First bytes, and what a file is that begins with them, with the word that a sentence puts before it.
const SIGNATURES: [(&[u8], &str); 33] = [
    (b"GIF8", "a GIF"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\0\0\x01\0", "an icon"),
    (b"icns", "an icon"),
    (b"P1\n", "a PBM"),
    (b"P2\n", "a PGM"),
    (b"P3\n", "a PPM"),
    (b"P4\n", "a PBM"),
    (b"P5\n", "a PGM"),
    (b"P6\n", "a PPM"),
    (b"qoif", "a QOI"),
    (b"DDS ", "a DDS"),
    (b"v/1\x01", "an OpenEXR"),
    (b"#?RADIANCE", "a Radiance HDR"),
    (b"SQLite format 3\0", "a database"),
    (b"\0\x05\x16\x07", "a macOS resource fork"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft Office document or a list of previews"),
    (b"version https://git-lfs", "a Git LFS pointer in the place of its file"),
    (b"\x1aE\xdf\xa3", "a video"),
];

/// Words that web pages begin with, in lower case.
const PAGE_BEGINNINGS: [&str; 5] = ["<!doctype html", "<html", "<head", "<body", "<script"];

/// The format of a file that begins with `head`, a few hundred bytes where it has as many.
pub(super) fn format_of(head: &[u8]) -> Result<Format, PictureProblem> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [b'B', b'M', ..] => Ok(Format::Bmp),
        [b'B', b'A', ..] if head.len() > 16 && head[14..16] == *b"BM" => {
            let variant = "an array of bitmaps, as OS/2 wrote them";
            Err(PictureProblem::UnsupportedVariant {
                format: Format::Bmp.name(),
                variant: variant.to_owned(),
            })
        }
        _ => Err(name_of(head)
            .map_or(PictureProblem::NoPicture, |name| PictureProblem::UnsupportedFormat(name.to_owned()))),
    }
}

/// Returns whether a file that begins with `head` is of a format that is known by its first bytes and not read.
#[must_use]
pub fn is_other_file(head: &[u8]) -> bool {
    matches!(format_of(head), Err(PictureProblem::UnsupportedFormat(_)))
}

fn name_of(head: &[u8]) -> Option<&'static str> {
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    known
        .map(|(_, name)| *name)
        .or_else(|| in_riff(head))
        .or_else(|| in_boxes(head))
        .or_else(|| in_text(head))
}

/// A file of Microsoft's container says at its ninth byte what it holds.
fn in_riff(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("a WebP"),
        [b'R', b'I', b'F', b'F', ..] => Some("a video or a sound"),
        _ => None,
    }
}

/// A file of boxes (ISO/IEC 14496-12, section 4.3) lists in its first one what readers it is for.
fn in_boxes(head: &[u8]) -> Option<&'static str> {
    let (length, rest) = head.split_first_chunk::<4>()?;
    let brands = rest.strip_prefix(b"ftyp")?;
    let length = (u32::from_be_bytes(*length) as usize).clamp(12, head.len().max(12)) - 8;
    let brands = brands.get(..length.min(brands.len())).unwrap_or_default();
    let names =
        |wanted: &[&[u8; 4]]| brands.chunks_exact(4).any(|brand| wanted.iter().any(|name| brand == *name));
    if names(&[b"avif", b"avis"]) {
        Some("an AVIF")
    } else if names(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Some("a HEIC")
    } else if names(&[b"crx "]) {
        Some("a camera's raw file")
    } else {
        Some("a video")
    }
}

fn in_text(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&head[..head.len().min(512)]).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if PAGE_BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) {
        return Some("an HTML page");
    }
    match text.starts_with("<svg") || text.starts_with("<?xml") {
        true if text.contains("<svg") => Some("an SVG drawing"),
        true if text.contains("<html") => Some("an HTML page"),
        true => Some("an XML document"),
        false => text.starts_with("%pdf").then_some("a PDF document"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &[u8]) -> String {
        format_of(head).unwrap_err().to_string()
    }

    #[test]
    fn files_that_are_taken_for_pictures_are_named() {
        for (head, name) in [
            (&b"RIFF\x10\0\0\0WEBPVP8 "[..], "a WebP"),
            (b"GIF89a\x01\0\x01\0", "a GIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "an AVIF"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", "an AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "a video"),
            (b"\xff\x0a\xfa\x1f", "a JPEG XL"),
            (b"\0\0\0\x0cJXL \r\n\x87\n\0", "a JPEG XL"),
            (b"%PDF-1.7\n", "a PDF document"),
            (b"\xef\xbb\xbf\r\n <!DOCTYPE html><html>", "an HTML page"),
            (b"<html><body>404", "an HTML page"),
            (b"<?xml version=\"1.0\"?><svg>", "an SVG drawing"),
            (b"<?xml version=\"1.0\"?><Error>", "an XML document"),
            (b"\0\x05\x16\x07\0\x02", "a macOS resource fork"),
        ] {
            let message = found(head);
            assert!(message.contains(&format!(", found {name};")), "{message}");
        }
    }

    #[test]
    fn short_and_unknown_beginnings_are_no_pictures() {
        for head in
            [&b""[..], b"\0\0\0\x18ftyp", b"\0\0\0\0ftyp", b"RIFF", b"hello", b"B", b"BA", b"\xff\xd8"]
        {
            assert!(format_of(head).is_err(), "{head:?}");
        }
        assert!(found(b"hello").contains("found something else"));
    }

    #[test]
    fn an_array_of_bitmaps_is_unsupported_and_not_damaged() {
        assert!(found(b"BA\x28\0\0\0\0\0\0\0\0\0\0\0BM\0\0").starts_with("unsupported BMP picture"));
    }
}

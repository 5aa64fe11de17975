//! What a file is that people take for a picture, a model or a data set, by its first bytes.
//!
//! In: the first bytes of a file. Out: the name of what was found, and what to do about it, so that an error tells a photograph
//! of a telephone from a page that a server has sent instead of one.

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
    (b"version https://git-lfs", GIT_LFS_POINTER),
    (b"\x1aE\xdf\xa3", "a video"),
];

/// What Git leaves in the place of a large file that has not been fetched.
const GIT_LFS_POINTER: &str = "a Git LFS pointer in the place of its file";

/// Words that web pages begin with, in lower case.
const PAGE_BEGINNINGS: [&str; 5] = ["<!doctype html", "<html", "<head", "<body", "<script"];

/// Returns what a file is that begins with `head`, a few hundred bytes where it has as many, with the word that a sentence
/// puts before it; `None` for anything that is not known.
///
/// ```
/// use models::storage::file_kind;
///
/// assert_eq!(file_kind::name_of(b"<!DOCTYPE html><title>404"), Some("an HTML page"));
/// assert_eq!(file_kind::name_of(b"hello"), None);
/// ```
#[must_use]
pub fn name_of(head: &[u8]) -> Option<&'static str> {
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    known
        .map(|(_, name)| *name)
        .or_else(|| in_riff(head))
        .or_else(|| in_boxes(head))
        .or_else(|| in_text(head))
}

/// Returns what to do with a file of this name from [`name_of`] that stands where another one should; `None` where it depends
/// on what should stand there.
#[must_use]
pub fn remedy(name: &str) -> Option<&'static str> {
    match name {
        _ if name.contains("archive") => Some("unpack it"),
        GIT_LFS_POINTER => Some("`git lfs pull` brings the file"),
        "an HTML page" | "an XML document" => Some("download the file again"),
        "a macOS resource fork" => Some("the file is beside it, without the ._"),
        _ => None,
    }
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

    #[test]
    fn files_are_named_by_their_beginnings() {
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
            (b"version https://git-lfs.github.com/spec/v1\n", GIT_LFS_POINTER),
        ] {
            assert_eq!(name_of(head), Some(name));
        }
    }

    #[test]
    fn short_and_unknown_beginnings_have_no_name() {
        for head in [&b""[..], b"\0\0\0\x18ftyp", b"\0\0\0\0ftyp", b"RIFF", b"hello", b"\xff\xd8", b"{}"] {
            assert!(!name_of(head).is_some_and(|name| name.contains("HEIC")), "{head:?}");
        }
        assert_eq!((name_of(b""), name_of(b"hello")), (None, None));
    }

    #[test]
    fn what_helps_depends_on_what_was_found() {
        assert_eq!(remedy("a ZIP archive"), Some("unpack it"));
        assert_eq!(remedy(GIT_LFS_POINTER), Some("`git lfs pull` brings the file"));
        assert_eq!(remedy("a GIF"), None);
    }
}

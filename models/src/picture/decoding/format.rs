//! The formats of picture files that are read, and the names of files that are probably of one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use image::ImageFormat;

use super::known_formats::UnsupportedPicture;
use super::picture_error::PictureProblem;
use crate::storage::file_kind;

/// So many bytes of a file whose name says nothing are looked at.
const HEAD: usize = 64;

/// What the name of a picture file ends in, in any case.
const EXTENSIONS: [&str; 11] =
    ["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib", "webp", "gif", "tif", "tiff"];

/// Returns whether the file's name ends as that of a PNG, JPEG, BMP, WebP, GIF or TIFF picture does, in upper or
/// lower case.
///
/// Programs use it to choose files from a folder. [`read_picture`](super::read_picture) goes by the content of a file and
/// ignores its name.
#[must_use]
pub fn has_picture_name(path: &Path) -> bool {
    path.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// One of the formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Png,
    Jpeg,
    Bmp,
    WebP,
    Gif,
    Tiff,
}

impl Format {
    /// The format of a file that begins with `head`, a few hundred bytes where it has as many.
    pub(super) fn of(head: &[u8]) -> Result<Self, PictureProblem> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [0x89, b'P', b'N', b'G', ..] | [b'P', b'N', b'G', b'\n', ..] => Err(PictureProblem::Damaged {
                format: Self::Png.name(),
                reason: "its line ends were changed on the way: copy it as a binary file".to_owned(),
            }),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [b'B', b'M', ..] => Ok(Self::Bmp),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            [b'I', b'I', b'*', 0, _, _, _, _, b'C', b'R', ..] => {
                Err(PictureProblem::UnsupportedFormat("a camera's raw file".to_owned()))
            }
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Ok(Self::Tiff),
            [b'I', b'I', b'+', 0, ..] | [b'M', b'M', 0, b'+', ..] => {
                let variant = "BigTIFF, for files of gigabytes".to_owned();
                Err(PictureProblem::UnsupportedVariant { format: Self::Tiff.name(), variant })
            }
            [b'B', b'A', ..] if head.get(14..16) == Some(b"BM") => {
                let variant = "an array of bitmaps, as OS/2 wrote them".to_owned();
                Err(PictureProblem::UnsupportedVariant { format: Self::Bmp.name(), variant })
            }
            _ => Err(file_kind::name_of(head).map_or(PictureProblem::NoPicture, |name| {
                PictureProblem::UnsupportedFormat(name.to_owned())
            })),
        }
    }

    /// The name of the format in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Bmp => "BMP",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Tiff => "TIFF",
        }
    }

    /// The same format in the terms of the crate `image`.
    pub(super) fn of_image_crate(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Bmp => ImageFormat::Bmp,
            Self::WebP => ImageFormat::WebP,
            Self::Gif => ImageFormat::Gif,
            Self::Tiff => ImageFormat::Tiff,
        }
    }
}

/// Returns whether a file that begins with `head` is of a format that is known by its first bytes and not read.
#[must_use]
pub fn is_other_file(head: &[u8]) -> bool {
    matches!(Format::of(head), Err(PictureProblem::UnsupportedFormat(_)))
}

/// Returns whether a file that begins with `head` is a picture of a format that is read. A few hundred bytes are enough; whether
/// the file is sound they do not say.
///
/// ```
/// use models::picture::is_picture;
///
/// assert!(is_picture(b"GIF89a") && !is_picture(b"hello"));
/// ```
#[must_use]
pub fn is_picture(head: &[u8]) -> bool {
    Format::of(head).is_ok()
}

/// Returns whether a path is that of a file which is to be read as a picture: its name ends as that of one does, or, where the
/// name does not, its first bytes are those of one. Only files of other names are opened, and no more than 64 bytes are read.
#[must_use]
pub fn is_picture_file(path: &Path) -> bool {
    let has_picture_head = || {
        let mut head = Vec::with_capacity(HEAD);
        let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
        read.is_ok() && is_picture(&head)
    };
    // A file that vanishes meanwhile is to be named by its reader.
    has_picture_name(path) && !path.is_dir() || path.is_file() && has_picture_head()
}

/// Returns whether a file of this path that begins with `head` is a picture of a format that people have and that is not
/// read: HEIC, AVIF or JPEG XL. Without first bytes that say what it is, its name does.
#[must_use]
pub fn is_unsupported_picture(path: &Path, head: &[u8]) -> bool {
    match file_kind::name_of(head) {
        Some(name) => UnsupportedPicture::of_kind(name).is_some(),
        None => !is_picture(head) && UnsupportedPicture::of_name(path).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_is_not_read_is_known_by_content_and_by_name() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        let avif = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf";
        for (head, name, format) in [
            (&heic[..], "a.HEIC", UnsupportedPicture::Heic),
            (avif, "b.avif", UnsupportedPicture::Avif),
            (b"\xff\x0a\xfa\x1f", "c.jxl", UnsupportedPicture::JpegXl),
        ] {
            assert_eq!(UnsupportedPicture::of_head(head), Some(format));
            assert_eq!(UnsupportedPicture::of_name(name.as_ref()), Some(format));
            assert!(!is_picture(head) && !has_picture_name(name.as_ref()));
            let path = |name: &'static str| Path::new(name);
            assert!(
                is_unsupported_picture(path("picture.jpg"), head) && is_unsupported_picture(path(name), b"")
            );
            assert!(!is_unsupported_picture(path(name), b"\xff\xd8\xff"));
        }
        assert_eq!(UnsupportedPicture::of_head(b"GIF89a"), None);
        assert_eq!(UnsupportedPicture::of_name("picture.jpg".as_ref()), None);
    }
}

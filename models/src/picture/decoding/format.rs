//! The formats of picture files that are read, and the names of files that are probably of one.

use std::path::Path;

use image::ImageFormat;

use super::picture_error::PictureProblem;
use crate::storage::file_kind;

/// What the name of a picture file ends in, in any case.
const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib"];

/// Returns whether the file's name ends as that of a PNG, JPEG or BMP picture does, in upper or lower case.
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
        }
    }

    /// The same format in the terms of the crate `image`.
    pub(super) fn of_image_crate(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Bmp => ImageFormat::Bmp,
        }
    }
}

/// Returns whether a file that begins with `head`, a few hundred bytes where it has as many, is a picture of a format that
/// is read.
#[must_use]
pub fn is_picture(head: &[u8]) -> bool {
    Format::of(head).is_ok()
}

/// What the name of a picture ends in whose format is known and not read: HEIC, AVIF and JPEG XL.
const UNSUPPORTED_EXTENSIONS: [&str; 5] = ["heic", "heif", "hif", "avif", "jxl"];

/// What the first bytes of such a picture say.
const UNSUPPORTED_KINDS: [&str; 3] = ["a HEIC", "an AVIF", "a JPEG XL"];

/// Returns whether the file at `path`, which begins with `head`, is a picture of a format that people have and that is not
/// read: HEIC, AVIF or JPEG XL. Without first bytes its name alone says so.
#[must_use]
pub fn is_unsupported_picture(path: &Path, head: &[u8]) -> bool {
    let named = path
        .extension()
        .is_some_and(|found| UNSUPPORTED_EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)));
    let is_known = |name: &str| UNSUPPORTED_KINDS.contains(&name);
    file_kind::name_of(head).map_or(named && !is_picture(head), is_known)
}

/// Returns whether a file that begins with `head` is of a format that is known by its first bytes and not read.
#[must_use]
pub fn is_other_file(head: &[u8]) -> bool {
    matches!(Format::of(head), Err(PictureProblem::UnsupportedFormat(_)))
}

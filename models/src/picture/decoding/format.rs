//! The formats of picture files that are read: known by a file's first bytes, or guessed from its name.

use std::path::Path;

use image::ImageFormat;

use super::picture_error::PictureProblem;

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
    /// The format of a file that begins with `signature`.
    pub(super) fn of(signature: &[u8]) -> Result<Self, PictureProblem> {
        match image::guess_format(signature) {
            Ok(ImageFormat::Png) => Ok(Self::Png),
            Ok(ImageFormat::Jpeg) => Ok(Self::Jpeg),
            Ok(ImageFormat::Bmp) => Ok(Self::Bmp),
            Ok(other) => Err(PictureProblem::UnsupportedFormat(format!("{other:?}"))),
            Err(_) => Err(PictureProblem::NoPicture),
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

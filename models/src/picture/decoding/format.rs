//! The formats of picture files that are read, and the names of files that are probably of one.

use std::path::Path;

use image::ImageFormat;

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

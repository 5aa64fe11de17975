//! The formats of picture files that are known by name: those that are read, and those that people have and that are not.

use std::path::Path;

use crate::storage::file_kind;

/// The formats that are read, as messages list them.
pub const PICTURE_FORMATS: &str = "PNG, JPEG, BMP, WebP, GIF or TIFF";

/// Formats of pictures that are not read, by the names that `file_kind` has for them and what their names end in: telephones
/// and new cameras write them, so that a whole folder may be of one.
const UNSUPPORTED: [(&str, UnsupportedPicture, &[&str]); 3] = [
    ("a HEIC", UnsupportedPicture::Heic, &["heic", "heif", "hif"]),
    ("an AVIF", UnsupportedPicture::Avif, &["avif"]),
    ("a JPEG XL", UnsupportedPicture::JpegXl, &["jxl"]),
];

/// A format of pictures that is not read, although whole folders of it are common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnsupportedPicture {
    /// HEIC or HEIF, as Apple's telephones write it.
    Heic,
    /// AVIF.
    Avif,
    /// JPEG XL.
    JpegXl,
}

impl UnsupportedPicture {
    /// Returns the format of a file that begins with `head`, where it is one of these.
    ///
    /// ```
    /// use models::picture::UnsupportedPicture;
    ///
    /// let head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    /// assert_eq!(UnsupportedPicture::of_head(head), Some(UnsupportedPicture::Heic));
    /// ```
    #[must_use]
    pub fn of_head(head: &[u8]) -> Option<Self> {
        Self::of_kind(file_kind::name_of(head)?)
    }

    /// Returns the format that a file's name ends in, in upper or lower case, where it is one of these.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let found = path.extension()?;
        let ends = |ends: &[&str]| ends.iter().any(|end| found.eq_ignore_ascii_case(end));
        UNSUPPORTED.iter().find(|(_, _, names)| ends(names)).map(|(_, format, _)| *format)
    }

    /// The format that `file_kind` calls by this name.
    pub(super) fn of_kind(name: &str) -> Option<Self> {
        UNSUPPORTED.iter().find(|(kind, ..)| *kind == name).map(|(_, format, _)| *format)
    }

    /// Returns the format's name: `HEIC`, `AVIF` or `JPEG XL`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::JpegXl => "JPEG XL",
        }
    }

    /// Returns what to do with a file of this format, in words that follow a semicolon.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Heic => "convert it to JPEG, for instance with heif-convert",
            Self::Avif => "convert it to JPEG, for instance with avifdec",
            Self::JpegXl => "convert it to JPEG, for instance with djxl",
        }
    }
}

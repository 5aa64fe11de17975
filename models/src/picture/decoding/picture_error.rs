//! Why a picture file is refused: one line that names the file, what was expected and what was found.

use std::io;

use super::known_formats::{PICTURE_FORMATS, UnsupportedPicture};
use crate::storage::file_kind;
use crate::storage::printable::printable;

/// The error of a picture file that cannot be used: its name and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
#[non_exhaustive]
pub struct PictureError {
    /// The file's path, or the name that was given for bytes in memory, fit for one line of a terminal.
    pub file: String,
    /// What is wrong with the file.
    pub problem: PictureProblem,
}

impl PictureError {
    pub(super) fn new(name: &str, problem: PictureProblem) -> Self {
        Self { file: printable(name), problem }
    }
}

/// A number of bytes as people say it.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

fn of_other_format(name: &str) -> String {
    let unsupported = UnsupportedPicture::of_kind(name).map(UnsupportedPicture::remedy);
    let remedy = unsupported.or_else(|| file_kind::remedy(name)).unwrap_or("convert it to PNG or JPEG");
    format!("expected a {PICTURE_FORMATS} picture, found {name}; {remedy}")
}

/// The ways in which a picture file can be unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureProblem {
    /// The operating system does not give the file.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file has no bytes.
    #[error("expected a picture, found an empty file; copy it again")]
    Empty,
    /// The file's first bytes are those of no picture.
    #[error("expected a {PICTURE_FORMATS} picture, found something else")]
    NoPicture,
    /// The file is of a format that is not read, for instance `a HEIC`.
    #[error("{}", of_other_format(.0))]
    UnsupportedFormat(String),
    /// The file is of a format that is read, but of a variant of it that no decoder here knows, for instance
    /// `with arithmetic coding`.
    #[error("unsupported {format} picture, {variant}; save it as PNG or as a common JPEG")]
    UnsupportedVariant {
        /// The name of the format, such as `PNG`.
        format: &'static str,
        /// What is uncommon about the file.
        variant: String,
    },
    /// The picture needs more memory than the caller allows for all pictures together.
    #[error(
        "expected a picture that fits into {} of memory, found one of {width}x{height} pixels in a file that takes {}",
        megabytes(*.limit), megabytes(*.needed)
    )]
    TooMuchMemory {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
        /// The bytes that the picture takes, from its file to the network's input.
        needed: u64,
        /// The most bytes that the caller allows.
        limit: u64,
    },
    /// The file has more bytes than are read.
    #[error("expected at most {limit} bytes, found more")]
    TooManyBytes {
        /// The largest size of a picture file, in bytes.
        limit: u64,
    },
    /// The picture has no columns or no rows.
    #[error("expected at least 1x1 pixels, found {width}x{height}")]
    NoPixels {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
    },
    /// The picture claims more pixels than the caller allows.
    #[error("expected at most {limit} pixels, found {width}x{height}")]
    TooManyPixels {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
        /// The most pixels that the caller allows.
        limit: u64,
    },
    /// The file stops before the end of its picture. The field names the format, such as `PNG`.
    #[error("expected a whole {0} picture, found a truncated one; copy it again")]
    Truncated(&'static str),
    /// The file's content contradicts its format.
    #[error("expected a sound {format} picture, found a damaged one ({reason})")]
    Damaged {
        /// The name of the format, such as `PNG`.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
}

impl PictureProblem {
    /// Returns whether the problem may pass while the file stays as it is: the operating system did not give it, or there
    /// was too little memory for it. All others are in the file's content, and another try finds the same.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::TooMuchMemory { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_may_pass_and_what_is_in_the_file_does_not() {
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound, io::ErrorKind::Other] {
            assert!(PictureProblem::Unreadable(kind.into()).may_pass());
        }
        let (width, height, limit) = (9, 9, 10);
        assert!(PictureProblem::TooMuchMemory { width, height, needed: 99, limit }.may_pass());
        let reason = "no end".to_owned();
        for problem in [
            PictureProblem::Empty,
            PictureProblem::NoPicture,
            PictureProblem::UnsupportedFormat("a HEIC".to_owned()),
            PictureProblem::TooManyPixels { width, height, limit },
            PictureProblem::Truncated("PNG"),
            PictureProblem::Damaged { format: "PNG", reason },
        ] {
            assert!(!problem.may_pass(), "{problem}");
        }
    }
}

//! A picture file as its callers meet it: by its path or by its bytes, with an error that names it.
//!
//! In: a path or bytes, and limits. Out: the decoded picture, or the bytes for later.

use std::io;
use std::ops::Deref;
use std::path::Path;

use image::DynamicImage;

use super::decoder::decode;
use super::file_bytes::{self, LARGEST_PICTURE_BYTES, PictureFile};
use super::file_header;
use super::format::Format;
use super::header::Header;
use super::memory_budget::{MemoryBudget, MemoryShare};
use super::picture_error::{PictureError, PictureProblem};
use crate::storage::printable::printable_path;

/// Reads and decodes the PNG, JPEG, BMP, WebP, GIF or TIFF picture at `path`, which may have at most `max_pixels` pixels.
///
/// The format is known by the file's content, whatever its name ends in. The EXIF orientation is applied. Of an animation the
/// first frame is read, and of several pages the first one.
///
/// # Errors
/// [`PictureError`], which names the file; [`PictureProblem`] lists the ways in which a file can be unusable.
///
/// ```
/// use models::picture::{DEFAULT_MAX_PIXELS, read_picture};
///
/// let error = read_picture("Cargo.toml".as_ref(), DEFAULT_MAX_PIXELS).unwrap_err();
/// assert_eq!(error.to_string(), "Cargo.toml: expected a PNG, JPEG, BMP, WebP, GIF or TIFF picture, found something else");
/// ```
pub fn read_picture(path: &Path, max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = PictureFile::open(path).and_then(|file| {
        let format = file.format;
        decode(format, &file.read(LARGEST_PICTURE_BYTES)?, max_pixels)
    });
    picture.map_err(|problem| of_file(path, problem))
}

/// What the head of a picture file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHead {
    /// The name of the format, such as `JPEG`, whatever the file's name ends in.
    pub format: &'static str,
    /// The sides of the picture as they are stored, width and height in pixels: an EXIF orientation is not applied. `None` where
    /// the head is too broken to say them.
    pub sides: Option<[u32; 2]>,
}

/// Reads the head of the picture file at `path`. No pixel is decoded: whether the file is sound is not known.
///
/// # Errors
/// [`PictureError`] as from [`read_picture`], where it is the head that is unusable.
pub fn read_picture_head(path: &Path) -> Result<PictureHead, PictureError> {
    let head = PictureFile::open(path).and_then(|mut file| {
        let sides = file.header()?.map(|header| [header.width, header.height]);
        Ok(PictureHead { format: file.format.name(), sides })
    });
    head.map_err(|problem| of_file(path, problem))
}

/// Reads the bytes of a picture file, for a later [`decode_picture`]. Only their number and the format are checked.
///
/// # Errors
/// [`PictureError`], which names the file, for one that cannot be read, is empty, has more bytes than
/// [`LARGEST_PICTURE_BYTES`](super::LARGEST_PICTURE_BYTES) or begins as no picture of these formats does.
pub fn read_picture_bytes(path: &Path) -> Result<Vec<u8>, PictureError> {
    let bytes = PictureFile::open(path).and_then(|file| file.read(LARGEST_PICTURE_BYTES));
    bytes.map_err(|problem| of_file(path, problem))
}

/// Decodes the bytes of a picture file, whose picture may have at most `max_pixels` pixels. `name` stands for the
/// file in messages.
///
/// # Errors
/// [`PictureError`] as from [`read_picture`].
pub fn decode_picture(name: &str, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = format_of(bytes).and_then(|format| decode(format, bytes, max_pixels));
    picture.map_err(|problem| PictureError::new(name, problem))
}

/// A decoded picture with its share of the memory that all pictures may take together. It is read as the picture itself.
#[derive(Debug)]
pub struct BoundedPicture<'budget> {
    picture: DynamicImage,
    _share: MemoryShare<'budget>,
}

impl BoundedPicture<'_> {
    /// Returns the picture alone and gives its share of the memory back.
    #[must_use]
    pub fn into_picture(self) -> DynamicImage {
        self.picture
    }
}

impl Deref for BoundedPicture<'_> {
    type Target = DynamicImage;

    fn deref(&self) -> &DynamicImage {
        &self.picture
    }
}

/// Reads and decodes the picture at `path` as [`read_picture`] does, when `memory` has room for it: what it will take is
/// known from its header, before the file is read as a whole.
///
/// # Errors
/// [`PictureError`] as from [`read_picture`], and with [`PictureProblem::TooMuchMemory`] where the picture takes more than
/// the whole of `memory`.
pub fn read_picture_within<'budget>(
    path: &Path,
    max_pixels: u64,
    memory: &'budget MemoryBudget,
) -> Result<BoundedPicture<'budget>, PictureError> {
    let picture = PictureFile::open(path).and_then(|mut file| {
        let (format, length) = (file.format, file.length);
        let header = file.header()?;
        let share = share_of(memory, header, max_pixels, length)?;
        // A device has no length.
        let bytes = file.read(if length == 0 { LARGEST_PICTURE_BYTES } else { length })?;
        if file_header::read(format, &mut &*bytes)? != header {
            return Err(PictureProblem::Unreadable(io::Error::other("the file changes while it is read")));
        }
        Ok(BoundedPicture { picture: decode(format, &bytes, max_pixels)?, _share: share })
    });
    picture.map_err(|problem| of_file(path, problem))
}

/// Decodes the bytes of a picture file as [`decode_picture`] does, when `memory` has room for the picture.
///
/// # Errors
/// [`PictureError`] as from [`read_picture_within`].
pub fn decode_picture_within<'budget>(
    name: &str,
    bytes: &[u8],
    max_pixels: u64,
    memory: &'budget MemoryBudget,
) -> Result<BoundedPicture<'budget>, PictureError> {
    let picture = format_of(bytes).and_then(|format| {
        let header = file_header::read(format, &mut &*bytes)?;
        let share = share_of(memory, header, max_pixels, bytes.len() as u64)?;
        Ok(BoundedPicture { picture: decode(format, bytes, max_pixels)?, _share: share })
    });
    picture.map_err(|problem| PictureError::new(name, problem))
}

/// A file without a readable header is one that its decoder refuses, which must have its bytes all the same.
fn share_of(
    memory: &MemoryBudget,
    header: Option<Header>,
    max_pixels: u64,
    length: u64,
) -> Result<MemoryShare<'_>, PictureProblem> {
    if let Some(header) = header {
        super::pixel_limits::check_pixels((header.width, header.height), max_pixels)?;
    }
    memory.take(&header.unwrap_or(Header::UNKNOWN), length)
}

fn format_of(bytes: &[u8]) -> Result<Format, PictureProblem> {
    match bytes.len() as u64 {
        0 => Err(PictureProblem::Empty),
        length => file_bytes::check_size(length).and_then(|()| Format::of(bytes)),
    }
}

fn of_file(path: &Path, problem: PictureProblem) -> PictureError {
    PictureError { file: printable_path(path), problem }
}

//! A picture file as its callers meet it: by its path or by its bytes, with an error that names it.
//!
//! In: a path or bytes. Out: the decoded picture, or the bytes for later.

use std::path::Path;

use image::DynamicImage;

use super::decoder::decode;
use super::file_bytes;
use super::format::Format;
use super::picture_error::{PictureError, PictureProblem};

/// Reads and decodes the PNG, JPEG or BMP picture at `path`, which may have at most `max_pixels` pixels.
///
/// The format is known by the file's content, whatever its name ends in. The EXIF orientation is applied.
///
/// # Errors
/// [`PictureError`], which names the file; [`PictureProblem`] lists the ways in which a file can be unusable.
///
/// ```
/// use models::picture::{DEFAULT_MAX_PIXELS, read_picture};
///
/// let error = read_picture("Cargo.toml".as_ref(), DEFAULT_MAX_PIXELS).unwrap_err();
/// assert_eq!(error.to_string(), "Cargo.toml: expected a PNG, JPEG or BMP picture, found something else");
/// ```
pub fn read_picture(path: &Path, max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = file_bytes::read(path).and_then(|(format, bytes)| decode(format, &bytes, max_pixels));
    picture.map_err(|problem| of_file(path, problem))
}

/// Reads the bytes of a picture file, for a later [`decode_picture`]. Only their number and the format are checked.
///
/// # Errors
/// [`PictureError`], which names the file, for one that cannot be read, is empty, has more bytes than
/// [`LARGEST_PICTURE_BYTES`](super::LARGEST_PICTURE_BYTES) or begins as no PNG, JPEG or BMP picture does.
pub fn read_picture_bytes(path: &Path) -> Result<Vec<u8>, PictureError> {
    let bytes = file_bytes::read(path).map(|(_, bytes)| bytes);
    bytes.map_err(|problem| of_file(path, problem))
}

/// Decodes the bytes of a PNG, JPEG or BMP file, whose picture may have at most `max_pixels` pixels. `name` stands for the
/// file in messages.
///
/// # Errors
/// [`PictureError`] as from [`read_picture`].
pub fn decode_picture(name: &str, bytes: &[u8], max_pixels: u64) -> Result<DynamicImage, PictureError> {
    let picture = match bytes.len() as u64 {
        0 => Err(PictureProblem::Empty),
        length => file_bytes::check_size(length)
            .and_then(|()| Format::of(bytes))
            .and_then(|format| decode(format, bytes, max_pixels)),
    };
    picture.map_err(|problem| PictureError::new(name, problem))
}

fn of_file(path: &Path, problem: PictureProblem) -> PictureError {
    PictureError::new(&path.to_string_lossy(), problem)
}

//! From a picture file to decoded pixels, within limits that are checked on the header before a pixel is decoded.
//!
//! In: the path or the bytes of a PNG, JPEG, BMP, WebP, GIF or TIFF file, known by its content, whatever its name ends in; or raw pixels,
//! as a camera delivers them. Out: an [`image::DynamicImage`], the picture as it is meant to be seen, with its EXIF
//! orientation applied. Every file is hostile input here: there is an error for each way it can be broken.

mod bytes_at;
mod decoder;
mod end_marker;
mod file_bytes;
mod file_header;
mod format;
mod gif_blocks;
mod header;
mod jpeg;
mod jpeg_frame;
mod known_formats;
mod memory_budget;
mod picture_error;
mod picture_file;
mod pixel_limits;
mod png_chunks;
mod raw_pixels;
mod spare_memory;
mod tiff_directory;
mod webp_chunks;

pub use file_bytes::LARGEST_PICTURE_BYTES;
pub use format::{has_picture_name, is_other_file, is_picture, is_picture_file, is_unsupported_picture};
pub use known_formats::{PICTURE_FORMATS, UnsupportedPicture};
pub use memory_budget::MemoryBudget;
pub use picture_error::{PictureError, PictureProblem};
pub use picture_file::{
    BoundedPicture, PictureHead, decode_picture, decode_picture_within, read_picture, read_picture_bytes,
    read_picture_head, read_picture_within,
};
pub use pixel_limits::DEFAULT_MAX_PIXELS;
pub use raw_pixels::{PixelLayout, RawPixels, RawPixelsError};
pub use spare_memory::reuse_memory;

#[cfg(test)]
mod tests;

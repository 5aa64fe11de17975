//! Pictures: from a file's bytes to a network's input, by one code for trainer and board.
//!
//! [`decoding`] makes pixels of a picture file or of raw bytes, within limits; [`preprocessing`] brings the
//! pixels to the input tensor `[channels, height, width]` that a model's contract asks for. [`is_litter`] and [`LeftOut`]
//! are for programs that search folders.

pub mod decoding;
mod folder_names;
pub mod preprocessing;

pub use decoding::{
    BoundedPicture, DEFAULT_MAX_PIXELS, LARGEST_PICTURE_BYTES, MemoryBudget, PICTURE_FORMATS, PictureError,
    PictureHead, PictureProblem, PixelLayout, RawPixels, RawPixelsError, UnsupportedPicture, decode_picture,
    decode_picture_within, has_picture_name, is_other_file, is_picture, is_picture_file,
    is_unsupported_picture, read_picture, read_picture_bytes, read_picture_head, read_picture_within,
    reuse_memory,
};
pub use folder_names::{LeftOut, is_litter};
pub use preprocessing::{PreprocessedPicture, PreprocessingError, preprocess, preprocess_picture};

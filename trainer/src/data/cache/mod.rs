//! Pictures decoded once, in parallel, into a file on disk that is mapped: a set may be larger than memory.
//!
//! In comes a listing of pictures and a network's input; out go the pictures at that input's size, one byte a value, each
//! with a thumbnail that is the same whatever the input, and the pictures that cannot be read. A file is known by the folder
//! of the pictures and by the settings; a picture in it by its path, size and time. What has changed is decoded anew, the
//! rest is taken over.

pub(crate) mod cache_error;
pub(crate) mod cache_file;
pub(crate) mod cache_folder;
pub(crate) mod decoded_pictures;
pub(crate) mod decoding;
pub(crate) mod mapped_file;
pub(crate) mod pixels;

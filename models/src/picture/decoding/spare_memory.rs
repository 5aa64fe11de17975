//! The memory of a thread's last picture, kept for its next one.
//!
//! In: a picture that is no longer needed. Out: zeros for the next one. A camera's picture takes tens of megabytes, and to
//! get them from the system page by page is dear beside decoding.

use std::cell::Cell;

use image::DynamicImage;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Keeps the memory of `picture`, which is no longer needed, for the next picture that this thread decodes.
///
/// Only pictures of 8 bits without opacity, grey or RGB, have memory that is used again; any other is dropped.
pub fn reuse_memory(picture: DynamicImage) {
    let bytes = match picture {
        DynamicImage::ImageLuma8(pixels) => pixels.into_raw(),
        DynamicImage::ImageRgb8(pixels) => pixels.into_raw(),
        _ => return,
    };
    SPARE.set(bytes);
}

/// `length` zeros in the memory that was kept, where that is enough. Zeros, since a decoder need not write all of them.
pub(super) fn zeros(length: usize) -> Vec<u8> {
    let mut bytes = SPARE.take();
    if bytes.capacity() < length {
        // Given back first: a larger piece would be asked for beside it.
        drop(bytes);
        return vec![0; length];
    }
    bytes.truncate(length);
    bytes.fill(0);
    bytes.resize(length, 0);
    bytes
}

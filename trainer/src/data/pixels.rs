//! The values of many images of one shape, wherever they lie.
//!
//! In come bytes in memory, or a file of decoded pictures that is mapped; out goes one image after another, `[channels,
//! height, width]` of one byte a value. Whoever asks for an image need not know whether it is in memory.

use std::path::PathBuf;

/// The values of images of one shape, one after another.
#[derive(Debug)]
pub(crate) struct Pixels {
    bytes: Vec<u8>,
    image_len: usize,
}

impl Pixels {
    /// Returns images of `shape`, `[channels, height, width]`, that lie one after another in memory.
    pub(crate) fn in_memory(bytes: Vec<u8>, shape: [usize; 3]) -> Self {
        Self { bytes, image_len: shape.iter().product::<usize>().max(1) }
    }

    /// Returns the number of images.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.image_len
    }

    /// Returns the values of the image at `row`, which must be under [`Pixels::len`].
    pub(crate) fn image(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.image_len..(row + 1) * self.image_len]
    }

    /// Returns what stands for the image in a hash over a set: its values, or their own hash.
    pub(crate) fn identity(&self, row: usize) -> &[u8] {
        self.image(row)
    }

    /// Returns the file that the image was decoded from; `None` where the images do not lie in a file each.
    pub(crate) fn path(&self, _row: usize) -> Option<PathBuf> {
        None
    }
}

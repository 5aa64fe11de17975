//! The values of many images of one shape, wherever they lie.
//!
//! In come bytes in memory, or a file of decoded pictures that is mapped; out goes one image after another, `[channels,
//! height, width]` of one byte a value. Whoever asks for an image need not know whether it is in memory.

use std::path::PathBuf;

use super::cache_file::CacheFile;

/// The values of images of one shape.
#[derive(Debug)]
pub(crate) enum Pixels {
    /// Images that lie one after another in memory.
    InMemory {
        /// The values of all images.
        bytes: Vec<u8>,
        /// The number of values of an image.
        image_len: usize,
    },
    /// Pictures that were decoded into a file.
    Mapped(MappedPixels),
}

/// Pictures that were decoded into a file, which is mapped.
#[derive(Debug)]
pub(crate) struct MappedPixels {
    pub(crate) file: CacheFile,
    /// The number of values of an image.
    pub(crate) image_len: usize,
    /// What the pictures were brought to, as the settings of the cache say it.
    pub(crate) brought_to: String,
    /// The position in the file of each picture.
    pub(crate) records: Vec<u32>,
    /// The folder that the paths are below.
    pub(crate) root: PathBuf,
    /// The path of each picture.
    pub(crate) paths: Vec<PathBuf>,
}

impl Pixels {
    /// Returns images of `shape`, `[channels, height, width]`, that lie one after another in memory.
    pub(crate) fn in_memory(bytes: Vec<u8>, shape: [usize; 3]) -> Self {
        Self::InMemory { bytes, image_len: shape.iter().product::<usize>().max(1) }
    }

    /// Returns the number of images.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::InMemory { bytes, image_len } => bytes.len() / image_len,
            Self::Mapped(mapped) => mapped.records.len(),
        }
    }

    /// Returns the values of the image at `row`, which must be under [`Pixels::len`].
    pub(crate) fn image(&self, row: usize) -> &[u8] {
        match self {
            Self::InMemory { bytes, image_len } => &bytes[row * image_len..(row + 1) * image_len],
            Self::Mapped(mapped) => &mapped.record(row)[..mapped.image_len],
        }
    }

    /// Returns the thumbnail of the image at `row`, `[3, 32, 32]`; `None` where images have none.
    pub(crate) fn thumbnail(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::InMemory { .. } => None,
            Self::Mapped(mapped) => Some(&mapped.record(row)[mapped.image_len..]),
        }
    }

    /// Returns what stands for the image in a hash over a set: its values, or of a decoded picture its thumbnail, which is the
    /// same whatever size it was brought to.
    pub(crate) fn identity(&self, row: usize) -> &[u8] {
        match self {
            Self::InMemory { .. } => self.image(row),
            Self::Mapped(mapped) => &mapped.record(row)[mapped.image_len..],
        }
    }

    /// Returns what the images were brought to; `None` where they are as their files have them.
    pub(crate) fn brought_to(&self) -> Option<&str> {
        match self {
            Self::InMemory { .. } => None,
            Self::Mapped(mapped) => Some(&mapped.brought_to),
        }
    }

    /// Returns the file that the image was decoded from; `None` where the images do not lie in a file each.
    pub(crate) fn path(&self, row: usize) -> Option<PathBuf> {
        match self {
            Self::InMemory { .. } => None,
            Self::Mapped(mapped) => Some(mapped.root.join(&mapped.paths[row])),
        }
    }
}

impl MappedPixels {
    /// Every row has a record: rows are made of the entries of the file.
    fn record(&self, row: usize) -> &[u8] {
        self.file.record(self.records[row]).expect("the index names records that the file has")
    }
}

//! A file as bytes in memory that the system brings when they are asked for, and takes away when memory is short.
//!
//! In comes a path, out go the file's bytes. This is the one module of this crate with code that the compiler cannot check.
//!
//! A mapped file must not shrink while it is mapped: reading behind its end kills the process. The files that are mapped
//! here are the cache's own. No program of this project changes one in place: a new one is renamed over it, which leaves the
//! old one whole for whoever has mapped it, and so does its removal.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a file.
#[derive(Debug)]
pub(crate) struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be opened or mapped.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the file is one of the cache's own, which nothing changes or shortens in place (see above).
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Self(map))
    }

    /// Returns all bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

//! Progress without bars, for programs that use the trainer as a library.
//!
//! In come numbers of images, and nothing goes out: a library writes nothing on its program's terminal.

/// A pass over images that nobody watches.
#[derive(Debug)]
pub(crate) struct ImageBar;

impl ImageBar {
    /// Starts a pass over `images` images.
    pub(crate) fn start(_what: String, _images: usize) -> Self {
        Self
    }

    /// Counts the images of a batch.
    pub(crate) fn advance(&self, _images: usize, _message: String) {}

    /// Writes nothing.
    pub(crate) fn note(&self, _line: &str) {}

    /// Ends the pass.
    pub(crate) fn finish(self) {}
}

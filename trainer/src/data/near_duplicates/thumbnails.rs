//! The thumbnails of many pictures: bytes in, one thumbnail after another out, so that a search need not know where they lie.

/// The side of a thumbnail, in pixels.
pub(super) const SIDE: usize = 32;

/// The number of pixels of a thumbnail.
pub(super) const AREA: usize = SIDE * SIDE;

/// The number of values of a thumbnail: `[3, 32, 32]`.
pub(super) const VALUES: usize = 3 * AREA;

/// The thumbnails of many pictures: each picture stretched to 32×32 by an antialiased filter, red, green and blue planes of
/// one byte a value. The three planes of a grey picture are equal.
#[derive(Debug, Clone)]
pub(crate) struct Thumbnails<'a>(Vec<&'a [u8]>);

impl<'a> Thumbnails<'a> {
    /// Returns the thumbnails in their order.
    ///
    /// # Panics
    /// Where one of them is not `[3, 32, 32]`.
    pub(crate) fn new(thumbnails: Vec<&'a [u8]>) -> Self {
        assert!(thumbnails.iter().all(|thumbnail| thumbnail.len() == VALUES), "a thumbnail is [3, 32, 32]");
        Self(thumbnails)
    }

    /// Returns the number of pictures.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the thumbnail of a picture, `[3, 32, 32]`.
    pub(super) fn of(&self, picture: u32) -> &'a [u8] {
        self.0[picture as usize]
    }
}

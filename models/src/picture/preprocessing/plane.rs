//! One channel of a picture as numbers, `[height, width]`: for tests of the steps that need no file.

/// One channel of a picture in rows from the top, values in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

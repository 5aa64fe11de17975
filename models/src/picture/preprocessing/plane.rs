//! One channel of a picture as numbers, `[height, width]`: what transparency is resolved on before any other step.

/// One channel of a picture in rows from the top, values in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Plane {
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }
}

//! The values between two layers of the reference implementation.

/// What flows between two layers for one image: f64 values in row-major order with their shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// `[channels, height, width]`; a vector of n values is `[n, 1, 1]`.
    pub shape: [usize; 3],
    /// `channels · height · width` values, the column running fastest.
    pub values: Vec<f64>,
}

impl Activation {
    /// Returns the value at `row` and `column` of `channel`.
    pub(super) fn at(&self, channel: usize, row: usize, column: usize) -> f64 {
        let [_, height, width] = self.shape;
        self.values[(channel * height + row) * width + column]
    }

    /// Returns the values of one row of `channel`.
    pub(super) fn row(&self, channel: usize, row: usize) -> &[f64] {
        let [_, height, width] = self.shape;
        let start = (channel * height + row) * width;
        &self.values[start..start + width]
    }

    /// Returns an activation of the same shape with `of` applied to each value.
    pub(super) fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        Self { shape: self.shape, values: self.values.iter().copied().map(of).collect() }
    }

    /// Returns the same values as a vector, `[channels · height · width, 1, 1]`.
    pub(super) fn flattened(&self) -> Self {
        Self::vector(self.values.clone())
    }

    /// Returns a vector of `values`, `[values, 1, 1]`.
    pub(super) fn vector(values: Vec<f64>) -> Self {
        Self { shape: [values.len(), 1, 1], values }
    }
}

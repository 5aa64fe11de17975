//! Activations that a layer applies to its own sums.
//!
//! In come the sums of a row, out go their activations in the same place. They are applied by the layer itself, while
//! its sums are in the cache.

/// A function that a layer applies to each of its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The identity: the sum itself.
    Identity,
    /// The rectified linear unit, max(0, x) of each sum.
    Relu,
}

impl Activation {
    /// Applies the activation to `values` in place. A NaN stays a NaN: the loss must show that training has gone wrong.
    #[inline(always)]
    pub fn apply(self, values: &mut [f32]) {
        if self == Self::Relu {
            // Not `max`, which would turn a NaN into 0.
            values.iter_mut().for_each(|value| *value = if *value < 0.0 { 0.0 } else { *value });
        }
    }
}

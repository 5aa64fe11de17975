//! The gradient of an activation that a layer applies to its own sums.

use kernels::{Activation, for_each_chunk};

/// Writes the gradient before `activation` into `masked`, from its answer `y` and the gradient `dy` after it.
#[inline(always)]
pub(crate) fn mask(activation: Activation, y: &[f32], dy: &[f32], masked: &mut [f32]) {
    match activation {
        Activation::Identity => masked.copy_from_slice(dy),
        Activation::Relu => {
            for_each_chunk([y, dy], masked, |y, dy, masked| *masked = if y > 0.0 { dy } else { 0.0 });
        }
    }
}

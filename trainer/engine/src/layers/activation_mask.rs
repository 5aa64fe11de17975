//! The gradient of an activation that a layer applies to its own sums.
//!
//! In come the activation's output and the gradient after it, slices of one length; out goes the gradient before it. An
//! activation's mask is read from its output, so that its input need not be kept.

use kernels::{Activation, for_each_chunk};

/// Writes the gradient before `activation` into `masked`, from the activation's output `y` and the gradient `dy` after
/// it.
#[inline(always)]
pub(crate) fn mask(activation: Activation, y: &[f32], dy: &[f32], masked: &mut [f32]) {
    match activation {
        Activation::Identity => masked.copy_from_slice(dy),
        Activation::Relu => {
            for_each_chunk([y, dy], masked, |y, dy, masked| *masked = if y > 0.0 { dy } else { 0.0 });
        }
    }
}

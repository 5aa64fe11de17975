//! The gradient of an activation that a layer applies to its own sums.
//!
//! In come the activation's output and the gradient after it, slices of one length; out goes the gradient before it. An
//! activation's mask is read from its output, so that its input need not be kept.

use kernels::{Activation, for_each_chunk, vectorised};

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

/// Turns the gradient `dy` after `activation` into that before it, from the activation's output `y`, which the identity
/// does not read.
pub(crate) fn mask_in_place(activation: Activation, y: &[f32], dy: &mut [f32]) {
    if activation == Activation::Relu {
        vectorised(|| for_each_chunk([y, y], dy, |y, _, dy| *dy = if y > 0.0 { *dy } else { 0.0 }));
    }
}

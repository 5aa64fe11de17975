//! The layers as kernels on plain slices, forward and backward, and the glue that makes them candle operations.
//!
//! candle 0.11.1 has a wrong gradient of max-pooling, a scalar one of convolution, computes the gradient of the
//! network's input although nobody asks, and adds in an order that depends on threads. These kernels are repeatable to
//! the bit: no sum's order depends on the number of threads or on the width of the processor's vectors.

pub(crate) mod adamw;
pub(crate) mod convolution;
pub(crate) mod dropout;
pub(crate) mod linear;
pub(crate) mod matrix_product;
pub(crate) mod max_pool;
pub(crate) mod operations;

/// Into how many parts a sum over the batch is cut, whatever the number of threads: enough for the cores of a
/// workstation, few enough that a part has some images.
const BATCH_PARTS: usize = 32;

/// What follows a layer's sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// max(0, x).
    Relu,
}

impl Activation {
    fn apply(self, values: &mut [f32]) {
        if self == Self::Relu {
            // Not `max`, which would turn a NaN into 0: the loss must show that training has gone wrong.
            values.iter_mut().for_each(|value| *value = if *value < 0.0 { 0.0 } else { *value });
        }
    }

    /// The gradient before the activation from `y` and `dy` after it, into `masked`.
    fn mask(self, y: &[f32], dy: &[f32], masked: &mut [f32]) {
        match self {
            Self::Identity => masked.copy_from_slice(dy),
            Self::Relu => {
                for ((masked, y), dy) in masked.iter_mut().zip(y).zip(dy) {
                    *masked = if *y > 0.0 { *dy } else { 0.0 };
                }
            }
        }
    }
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) weight: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) dy: &'a [f32],
}

/// What a layer with parameters hands back.
#[derive(Debug)]
pub(crate) struct Gradients {
    /// As the layer's input, where somebody asked for it.
    pub(crate) input: Option<Vec<f32>>,
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

#[cfg(test)]
mod tests;

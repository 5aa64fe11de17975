//! Training of networks that are described as data: a [`Tape`] of kernels with gradients, candle-nn's layers for other
//! devices, and optimizers.
//!
//! In come images `[batch, channels, height, width]` and parameters, out go logits `[batch, classes]`, gradients and
//! moved parameters. The crate knows networks and tensors, and nothing of data sets, runs or commands.
//!
//! # Why an engine of its own
//! On a CPU a [`Tape`] runs kernels of our own on plain slices. candle 0.11.1 has a wrong gradient of max-pooling, a scalar
//! one of convolution, computes the gradient of the network's input although nobody needs it, sums in an order that depends
//! on threads, and its automatic differentiation adds every gradient to a tensor of zeros. The kernels here are repeatable
//! to the bit: no sum's order depends on the number of threads or on the width of the processor's vectors.
//!
//! On other devices the module [`tensors`] builds the same networks from candle-nn's layers, with candle's differentiation, and
//! forms of our own where candle's are wrong. The tests hold the kernels against them, and them against finite differences in
//! f64.
//!
//! # Why the tape is shaped so
//! Layers that see one image at a time (convolution, pooling, ReLU, dropout) form a chain that is run from its first layer
//! to its last for one image before the next one begins: what lies between two layers stays in the second-level cache,
//! where the whole batch's values would go to memory and back. Linear layers and batch norms need the whole batch and are
//! stages of their own. Sums over the batch are made by parts of fixed size and added in order.

mod draw;
mod layers;
pub mod optimizer;
pub mod tape;
pub mod tensors;
#[cfg(test)]
mod tests;

pub use draw::Draw;
pub use tape::{Memory, ParameterGradients, Parameters, Recording, Tape};

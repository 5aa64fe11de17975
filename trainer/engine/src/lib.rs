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
//! A network becomes a graph of operations on values, and the graph is cut into levels. Within a level, convolution, pooling,
//! ReLU, dropout, the addition of a residual block and what batch norm does to a value run for a few images from the first
//! operation to the last, so that what lies between two of them stays in the second-level cache, where the whole batch's values
//! would go to memory and back. A level ends where the whole batch is needed: at the statistics of a batch norm, at a linear
//! layer, and at a convolution with so many weights that they must be read once for many images.
//!
//! Batch norm so costs two readings of its input for the statistics, and nothing else of memory: the convolution behind it
//! normalises what it reads, while it is in the cache; backward, the gradient before the norm is kept, its two sums are taken
//! while it is in the cache, and the convolution before the norm turns it into its own gradient. What a level neither kept nor
//! has to compute dearly (norm, addition, ReLU) is computed again in the backward pass. x̂ and the mean gradient are quotients, as
//! the formula has them, computed by two corrections of a product, which give the same bits as a division and are plain
//! fused multiply-adds.
//!
//! Sums over the batch are made by parts of fixed size; a part's sum is added to those before it while it is in the cache.

mod draw;
mod layers;
pub mod optimizer;
pub mod tape;
pub mod tensors;
#[cfg(test)]
mod tests;

pub use draw::Draw;
pub use tape::{Memory, ParameterGradients, Parameters, Recording, Tape};

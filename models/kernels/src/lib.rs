//! Forward kernels on plain slices of `f32`: [`Product`], [`Convolution`], [`Pool`], [`Linear`] and the
//! [`Activation`] that a layer applies to its own sums.
//!
//! In come shapes as numbers and values as slices, out go values in slices. The crate knows no machine learning
//! framework, so that the training engine can add gradients on top of it and a runtime for boards can use it as it is.
//!
//! # Why the kernels are shaped so
//! - One kernel multiplies matrices, [`Product`], with strides general enough that a convolution reads the image where it
//!   lies. No im2col matrix is written to memory, which for a 3×3 window is nine times the image.
//! - Images are channels last, `[height, width, channels]`. A row of a window is then one run of neighbours, and a vector
//!   register holds neighbouring channels.
//! - A layer works on one image at a time and applies its activation to each row while the row is in the cache, so that a
//!   chain of layers can keep an image in the second-level cache from its first layer to its last.
//! - Each value is one chain of fused multiply-adds in a fixed order. Neither the number of threads nor the width of the
//!   processor's vectors changes a bit.

pub mod activation;
pub mod buffers;
pub mod convolution;
pub mod depthwise;
pub mod linear;
pub mod matrix_product;
mod panels;
pub mod pooling;
mod tile;
pub mod vectors;
pub mod wide_convolution;
pub mod winograd;

pub use activation::Activation;
pub use buffers::Buffers;
pub use convolution::Convolution;
pub use depthwise::{DepthwiseSum, DepthwiseWeightGradient};
pub use linear::Linear;
pub use matrix_product::{Product, Start};
pub use pooling::Pool;
pub use vectors::{add, for_each_chunk, vectorised};
pub use wide_convolution::WideConvolution;

#[doc(hidden)]
pub use pulp;

/// The sides of one image between two layers, channels last: `[height, width, channels]`.
pub type ImageShape = [usize; 3];

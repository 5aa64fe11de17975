//! Augmentation: the images of a training changed anew in each epoch, in batches, and kept on disk where they come
//! again.
//!
//! In come a data set `[count, channels, height, width]` of one byte a value and a plan, out go batches `[batch, channels,
//! height, width]` of f32 with their labels. Networks learn from them what of a picture does not matter.

pub(crate) mod affine;
pub(crate) mod augmentation;
pub(crate) mod augmentation_cache;
pub(crate) mod batch_source;
pub(crate) mod batches;
pub(crate) mod bordered_image;
pub(crate) mod cached_tensor;
mod colours;
pub(crate) mod elastic;
mod photographs;
pub(crate) mod shift;
mod tone;

pub use augmentation::Augmentation;
pub use cached_tensor::CacheError;

//! What a user sees while something takes long, on standard error: bars with the feature `cli`, else nothing.
//!
//! In come numbers of bytes or images, out goes a bar. The two forms have one interface, so that a stage counts its
//! images without asking who watches.

#[cfg(feature = "cli")]
mod bars;
#[cfg(not(feature = "cli"))]
mod silent;

#[cfg(feature = "cli")]
pub(crate) use bars::{ImageBar, Transfer};
#[cfg(not(feature = "cli"))]
pub(crate) use silent::ImageBar;

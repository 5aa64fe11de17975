//! The networks with names, for images of any shape `[channels, height, width]` and any number of classes.
//!
//! In comes a name such as `deep`, `resnet8` or `mlp:128x128`, out goes a [`Network`](super::Network). Each family of networks
//! has a file of its own, so that a new one has an obvious place.

mod blocks;
mod digits;
mod mobilenet;
mod preset;
mod resnet;
mod vgg;

pub use digits::STUDENT_HIDDEN_UNITS;
pub use preset::{Preset, PresetError};

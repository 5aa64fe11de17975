//! Trains a teacher, and distils what it knows into a small student.
//!
//! In come data sets `[count, channels, height, width]` of one byte a value and the options of a run; out go trained weights,
//! soft targets and evaluations. The crate is a library, so that the exporter and the tests read runs and data as the
//! program `trainer` does.
//!
//! The folders are the stages, in the order of the data, and import only from those above them here:
//!
//! 1. [`process`]: interrupts, memory, and lines and bars for people.
//! 2. [`data`]: data sets, how they are split, and what is fitted to instead of the training images.
//! 3. [`augmentation`]: the images of a training changed anew in each epoch, in batches.
//! 4. [`network`]: networks on a device, their answers and gradients.
//! 5. [`evaluation`]: how good answers are.
//! 6. [`teacher`]: networks whose logits students learn from.
//! 7. [`distillation`]: soft targets and losses.
//! 8. [`run`]: the configuration, directory and checkpoints of a run, and the loop that trains it.
//!
//! With the feature `cli` come `cost`, `inspection`, `arguments`, `report`, `sweep`, `reproduce` and `command`: what the program `trainer`
//! adds.
//!
//! The layers of a network and their gradients are in the crate `imago-engine`, networks as data in `imago-models`.

pub mod augmentation;
pub mod data;
pub mod distillation;
pub mod evaluation;
pub mod network;
pub mod process;
pub mod run;
pub mod teacher;

#[cfg(feature = "cli")]
pub mod arguments;
#[cfg(feature = "cli")]
pub mod command;
#[cfg(feature = "cli")]
pub(crate) mod cost;
#[cfg(feature = "cli")]
pub(crate) mod inspection;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod reproduce;
#[cfg(feature = "cli")]
pub mod sweep;

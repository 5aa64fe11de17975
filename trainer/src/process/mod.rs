//! What the trainer shares with the system it runs on: interrupts, memory, and lines and bars for people.
//!
//! In come signals, out go lines on standard error. What knows of terminals and operating systems is here, so that the
//! stages of a training need not.

pub mod allocator;
#[cfg(feature = "cli")]
pub(crate) mod console;
pub mod interrupt;
pub(crate) mod progress;

pub use allocator::keep_freed_memory;
pub use interrupt::{INTERRUPTED, Interrupt};

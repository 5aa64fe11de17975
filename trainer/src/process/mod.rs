//! What the trainer shares with the system it runs on: interrupts, memory, and lines and bars for people.
//!
//! In come signals, out go lines on standard error. What knows of terminals and operating systems is here, so that the
//! stages of a training need not.

pub mod allocator;
#[cfg(feature = "cli")]
pub(crate) mod console;
#[cfg(feature = "cli")]
pub(crate) mod error_line;
pub mod interrupt;
pub(crate) mod progress;
#[cfg(feature = "cli")]
pub(crate) mod standard_output;
#[cfg(feature = "cli")]
pub(crate) mod suggestion;

pub use allocator::keep_freed_memory;
#[cfg(feature = "cli")]
pub use error_line::one_line;
pub use interrupt::{INTERRUPTED, Interrupt};
#[cfg(feature = "cli")]
pub use standard_output::StandardOutput;

//! What the trainer shares with the system it runs on: interrupts, memory, and lines and bars for people.

pub mod allocator;
#[cfg(feature = "cli")]
pub(crate) mod console;
pub mod interrupt;
pub(crate) mod progress;

pub use allocator::keep_freed_memory;
pub use interrupt::{INTERRUPTED, Interrupt};

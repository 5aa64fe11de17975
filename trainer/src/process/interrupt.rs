//! Ctrl-C: the first one asks the training to stop after its step, the second one ends the program at once, without a
//! file that is half written.
//!
//! In comes a signal or a call of [`Interrupt::request`], out goes an answer to whoever asks between two steps. A
//! training that stops so has written a checkpoint, from which it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "cli")]
use models::storage::abandon_all;

/// The exit status of a program that was stopped by a signal: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// A request to stop a training, shared by all copies of this value.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Returns an interrupt that Ctrl-C and SIGTERM request from now on. Where the system has no such signals, nothing
    /// requests it.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn by_signal() -> Self {
        let interrupt = Self::default();
        let requested = interrupt.clone();
        let handler = move || {
            if requested.0.swap(true, Ordering::Relaxed) {
                let _held = abandon_all();
                std::process::exit(i32::from(INTERRUPTED));
            }
        };
        // A program that somebody else has given a handler keeps it.
        let _ = ctrlc::set_handler(handler);
        interrupt
    }

    /// Requests that the training stop after the current step.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether a stop was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

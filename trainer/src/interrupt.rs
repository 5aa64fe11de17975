//! Ctrl-C: the first one asks the training to stop after its step, the second one ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a program that a signal ended: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// Whether somebody has asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asked by Ctrl-C and by SIGTERM, from now on. Where the system has no such signals, by nobody.
    #[must_use]
    pub fn by_signal() -> Self {
        let interrupt = Self::default();
        let asked = interrupt.clone();
        let handler = move || {
            if asked.0.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
        };
        // A program that somebody else has given a handler keeps it.
        let _ = ctrlc::set_handler(handler);
        interrupt
    }

    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

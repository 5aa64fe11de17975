//! Ctrl-C: the first one asks the training to stop after its step, a second one ends the program at once, without a file
//! that is half written. Signals that come on the heels of the first one are part of it: `timeout` sends two.
//!
//! In comes a signal or a call of [`Interrupt::request`], out goes an answer to whoever asks between two steps. A
//! training that stops so has written a checkpoint, from which it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "cli")]
use std::sync::OnceLock;
#[cfg(feature = "cli")]
use std::time::{Duration, Instant};

#[cfg(feature = "cli")]
use models::storage::abandon_all;

#[cfg(feature = "cli")]
use crate::process::console::say;

/// The exit status of a program that was stopped by a signal: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// Signals that come so soon after the first one are part of it: `timeout` sends one to the program and one to its group,
/// and nobody changes their mind so fast.
#[cfg(feature = "cli")]
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Whether a signal has asked the program to stop: for work that no training has asked for.
static STOP: AtomicBool = AtomicBool::new(false);

/// Returns whether a signal has asked the program to stop, where [`Interrupt::by_signal`] was called before.
pub(crate) fn stop_was_requested() -> bool {
    STOP.load(Ordering::Relaxed)
}

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
        let (requested, first) = (interrupt.clone(), OnceLock::new());
        let handler = move || {
            requested.request();
            STOP.store(true, Ordering::Relaxed);
            let now = Instant::now();
            if ends_at_once(*first.get_or_init(|| now), now) {
                let _held = abandon_all();
                say(format_args!(
                    "trainer: stopped at once by another signal; what was trained since the last checkpoint is lost"
                ));
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

/// Returns whether a signal asks for more than the `first` one did: for an end before the step's.
#[cfg(feature = "cli")]
fn ends_at_once(first: Instant, now: Instant) -> bool {
    now.duration_since(first) > ONE_REQUEST
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn signals_on_the_heels_of_the_first_are_part_of_it() {
        let first = Instant::now();
        for (milliseconds, expected) in [(0, false), (3, false), (1000, false), (1001, true), (90_000, true)]
        {
            let now = first + Duration::from_millis(milliseconds);
            assert_eq!(ends_at_once(first, now), expected, "{milliseconds} ms");
        }
    }
}

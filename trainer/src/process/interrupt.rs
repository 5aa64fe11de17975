//! Ctrl-C: the first one asks the training to stop after its step, a second one ends the program at once, without a file
//! that is half written. Signals that come on the heels of the first one are part of it: `timeout` sends two.
//!
//! In comes a signal or a call of [`Interrupt::request`], out goes an answer to whoever asks between two steps. A
//! training that stops so has written a checkpoint, from which it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(feature = "cli")]
use std::sync::{Mutex, Once, OnceLock, PoisonError};
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

/// Whether a signal has asked the program to stop.
static STOP: AtomicBool = AtomicBool::new(false);

/// How many are at work who ask whether they should stop: without one, a signal ends the program at once.
static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// The requests that a signal makes.
#[cfg(feature = "cli")]
static REGISTERED: Mutex<Vec<Interrupt>> = Mutex::new(Vec::new());

/// Somebody who asks, while this value lives, whether a signal wants the program to stop: for work that is no training.
#[derive(Debug)]
pub(crate) struct Listening(());

impl Listening {
    /// Begins to listen for Ctrl-C and SIGTERM.
    pub(crate) fn start() -> Self {
        LISTENERS.fetch_add(1, Ordering::SeqCst);
        #[cfg(feature = "cli")]
        install_handler();
        Self(())
    }

    /// Returns whether a signal has asked the program to stop.
    pub(crate) fn is_stop_requested(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Hears Ctrl-C and SIGTERM from now on, where the system has such signals.
#[cfg(feature = "cli")]
fn install_handler() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let first = OnceLock::new();
        let handler = move || {
            STOP.store(true, Ordering::Relaxed);
            let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
            registered.iter().for_each(Interrupt::request);
            let now = Instant::now();
            let nobody_asks = LISTENERS.load(Ordering::SeqCst) == 0;
            if nobody_asks || ends_at_once(*first.get_or_init(|| now), now) {
                let _held = abandon_all();
                if !nobody_asks {
                    say(format_args!(
                        "trainer: stopped at once by another signal; what was trained since the last checkpoint is lost"
                    ));
                }
                std::process::exit(i32::from(INTERRUPTED));
            }
        };
        // A program that somebody else has given a handler keeps it.
        let _ = ctrlc::set_handler(handler);
    });
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
        REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).push(interrupt.clone());
        // A training asks until the program ends.
        std::mem::forget(Listening::start());
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

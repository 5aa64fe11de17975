//! The memory that all pictures in work may take together.
//!
//! In: the bytes that a picture will take, as its header says before it is decoded. Out: a share of the budget, as soon as
//! there is room for it, or a refusal where there never will be.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::header::Header;
use super::picture_error::PictureProblem;
use crate::process::available_bytes;

/// A half of the smallest board's memory, in bytes.
const MEMORY_OF_A_SMALL_BOARD: u64 = 256 << 20;

/// What pictures get on a machine that is full, in bytes.
const LEAST_MEMORY: u64 = 32 << 20;

/// A bound on the memory of all pictures that are read at the same time, on however many threads.
///
/// A picture that finds too little left waits until others are done, in the end until it is alone. Smaller ones may overtake
/// it, so whoever reads without end must bound how many do. One that needs more than the whole is refused with
/// [`PictureProblem::TooMuchMemory`].
#[derive(Debug)]
pub struct MemoryBudget {
    limit: u64,
    taken: Mutex<u64>,
    given_back: Condvar,
}

/// A part of a [`MemoryBudget`], given back when it is dropped.
#[derive(Debug)]
pub(super) struct MemoryShare<'budget> {
    budget: &'budget MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    /// Returns a budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, taken: Mutex::new(0), given_back: Condvar::new() }
    }

    /// Returns a budget of half of the memory that is free, as far as the system, the process's control groups and its own
    /// limits say; 32 MiB at least, which a picture of a few megapixels fits into, and 256 MiB where the system says nothing.
    #[must_use]
    pub fn half_of_what_is_free() -> Self {
        Self::new(available_bytes().map_or(MEMORY_OF_A_SMALL_BOARD, |free| (free / 2).max(LEAST_MEMORY)))
    }

    /// Returns the whole budget, in bytes.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Takes what a picture with this `header`, from a file of `length` bytes, needs, and waits for it where it must.
    pub(super) fn take(&self, header: &Header, length: u64) -> Result<MemoryShare<'_>, PictureProblem> {
        let Header { width, height, .. } = *header;
        let (needed, limit) = (header.memory(length), self.limit);
        if needed > limit {
            return Err(PictureProblem::TooMuchMemory { width, height, needed, limit });
        }
        let mut taken = self.taken();
        while *taken + needed > limit {
            taken = self.given_back.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += needed;
        Ok(MemoryShare { budget: self, bytes: needed })
    }

    /// A number is whole whatever happens to its thread.
    fn taken(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MemoryShare<'_> {
    fn drop(&mut self) {
        *self.budget.taken() -= self.bytes;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const PICTURE: Header =
        Header { width: 1000, height: 1000, pixel_bytes: 3, decoder_bytes: 0, file_copies: 1 };

    #[test]
    fn no_more_is_in_work_than_the_budget_has_room_for() {
        let needed = PICTURE.memory(10);
        let budget = MemoryBudget::new(2 * needed);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let share = budget.take(&PICTURE, 10).unwrap();
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
        assert_eq!(*budget.taken(), 0);
    }

    #[test]
    fn a_picture_that_never_fits_is_refused_and_not_waited_for() {
        let budget = MemoryBudget::new(PICTURE.memory(0) - 1);
        let message = budget.take(&PICTURE, 0).unwrap_err().to_string();
        assert!(message.contains("fits into 8 MB of memory, found one of 1000x1000 pixels"), "{message}");
    }
}

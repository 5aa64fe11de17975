//! Parts of a batch, computed by any number of threads and merged in their order.
//!
//! In come the parts, out goes what `merge` makes of their results. A sum over the batch is made so: the order of its parts
//! is fixed, so that the number of threads changes no bit, and a result is merged while it is in the cache. Parts are handed
//! out in their order too, so that few results wait for an earlier one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls `run` with each part and its number, in memory that a thread keeps from part to part, and `merge` with the results
/// in the order of the parts. `threads_memory` gives and takes back the memory of the threads.
pub(super) fn in_order<Part: Send, Memory: Default + Send, Result: Send>(
    parts: Vec<Part>,
    threads_memory: &mut Vec<Memory>,
    run: impl Fn(usize, Part, &mut Memory) -> Result + Sync,
    merge: impl FnMut(Result) + Send,
) {
    let threads = rayon::current_num_threads().min(parts.len());
    let waiting = Mutex::new(parts.into_iter().enumerate());
    let merger = Mutex::new(Merger { next: 0, early: BTreeMap::new(), merge });
    let memory = Mutex::new(std::mem::take(threads_memory));
    rayon::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| {
                let mut own = lock(&memory).pop().unwrap_or_default();
                loop {
                    let Some((number, part)) = lock(&waiting).next() else { break };
                    let result = run(number, part, &mut own);
                    lock(&merger).take(number, result);
                }
                lock(&memory).push(own);
            });
        }
    });
    *threads_memory = memory.into_inner().unwrap_or_else(PoisonError::into_inner);
}

struct Merger<Result, Merge> {
    /// The number of the part that is merged next.
    next: usize,
    /// The results that came before their turn.
    early: BTreeMap<usize, Result>,
    merge: Merge,
}

impl<Result, Merge: FnMut(Result)> Merger<Result, Merge> {
    fn take(&mut self, number: usize, result: Result) {
        self.early.insert(number, result);
        while let Some(result) = self.early.remove(&self.next) {
            (self.merge)(result);
            self.next += 1;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns `count` slices of `values` of the length `part`, the last one shorter; empty ones where there is nothing to cut.
pub(super) fn parts_of<T>(values: &mut [T], part: usize, count: usize) -> Vec<&mut [T]> {
    if values.is_empty() || part == 0 {
        return (0..count).map(|_| &mut [][..]).collect();
    }
    values.chunks_mut(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_merged_in_the_order_of_the_parts() {
        let mut merged = Vec::new();
        let mut memory: Vec<Vec<u8>> = Vec::new();
        let slow_first = |number: usize, part: usize, _: &mut Vec<u8>| {
            std::thread::sleep(std::time::Duration::from_millis(if number == 0 { 20 } else { 0 }));
            part * 10
        };
        in_order((0..9).collect(), &mut memory, slow_first, |result| merged.push(result));
        assert_eq!(merged, [0, 10, 20, 30, 40, 50, 60, 70, 80]);
        assert!(!memory.is_empty());
    }
}

//! Work on several threads whose results arrive in the order of the input, as soon as their turn has come.
//!
//! In: items and what is to be done with each. Out: the results, one at a time and in order.
//!
//! There is no thread of its own for the input nor for the output: whoever is free takes the next item, and whoever
//! finishes the item whose turn it is passes on what has been waiting for it. To wake another thread for each small picture
//! would be dear beside classifying it.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many items for each thread may be in work or waiting for an earlier one to finish.
const ITEMS_AHEAD: usize = 16;

/// Calls `receive` with what `work` makes of each item, in order and one at a time, until it breaks.
///
/// At most `threads` items are in work, and some more answers wait, however long the input is. With one thread nothing
/// is started.
///
/// # Errors
/// Where the operating system gives no thread.
pub(crate) fn for_each<Item: Send, Answer: Send>(
    items: impl Iterator<Item = Item> + Send,
    threads: NonZeroUsize,
    work: impl Fn(Item) -> Answer + Sync,
    mut receive: impl FnMut(Answer) -> ControlFlow<()> + Send,
) -> io::Result<()> {
    if threads == NonZeroUsize::MIN {
        let _ = items.map(work).try_for_each(receive);
        return Ok(());
    }
    let source = Mutex::new(items.enumerate());
    let queue = Queue::new(threads.get() * ITEMS_AHEAD, &mut receive);
    let labour = || {
        let _guard = StopOnPanic(&queue);
        loop {
            let Some((number, item)) = locked(&source).next() else { break };
            if queue.wait_for_room(number).is_break() || queue.deliver(number, work(item)).is_break() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, labour) {
                queue.stop();
                return Err(error);
            }
        }
        labour();
        Ok(())
    })
}

/// The answers that wait for their turn.
struct Queue<'receiver, Answer> {
    state: Mutex<State<'receiver, Answer>>,
    moved_on: Condvar,
    room: usize,
}

struct State<'receiver, Answer> {
    /// The number of the answer that `receive` gets next.
    next: usize,
    early: BTreeMap<usize, Answer>,
    receive: &'receiver mut (dyn FnMut(Answer) -> ControlFlow<()> + Send),
    stopped: bool,
    /// Threads that wait for `next` to move on.
    waiting: usize,
}

impl<'receiver, Answer> Queue<'receiver, Answer> {
    fn new(room: usize, receive: &'receiver mut (dyn FnMut(Answer) -> ControlFlow<()> + Send)) -> Self {
        let state = State { next: 0, early: BTreeMap::new(), receive, stopped: false, waiting: 0 };
        Self { state: Mutex::new(state), moved_on: Condvar::new(), room }
    }

    /// Holds back a thread that is far ahead of a slow item.
    fn wait_for_room(&self, number: usize) -> ControlFlow<()> {
        let mut state = locked(&self.state);
        state.waiting += 1;
        while number >= state.next + self.room && !state.stopped {
            state = self.moved_on.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        if state.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn deliver(&self, number: usize, answer: Answer) -> ControlFlow<()> {
        let mut state = locked(&self.state);
        state.early.insert(number, answer);
        let next = state.next;
        while !state.stopped {
            let turn = state.next;
            let Some(answer) = state.early.remove(&turn) else { break };
            state.next += 1;
            state.stopped = (state.receive)(answer).is_break();
        }
        if state.waiting > 0 && (state.next > next || state.stopped) {
            self.moved_on.notify_all();
        }
        if state.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn stop(&self) {
        locked(&self.state).stopped = true;
        self.moved_on.notify_all();
    }
}

/// A thread that panics leaves a gap behind: without this, the others would wait for it for ever.
struct StopOnPanic<'queue, 'receiver, Answer>(&'queue Queue<'receiver, Answer>);

impl<Answer> Drop for StopOnPanic<'_, '_, Answer> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

/// After a panic the data are still whole: it is passed on when the threads are joined.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn answers_come_in_order_however_long_each_one_takes() {
        for count in [1, 2, 3, 7, 64] {
            let mut received = Vec::new();
            let slow = |item: u64| {
                thread::sleep(Duration::from_micros(item * 7919 % 13 * 100));
                item
            };
            for_each(0..40, threads(count), slow, |item| {
                received.push(item);
                ControlFlow::Continue(())
            })
            .unwrap();
            assert_eq!(received, (0..40).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_thread_runs_far_ahead_of_a_slow_item() {
        let started = AtomicUsize::new(0);
        let work = |item: usize| {
            started.fetch_add(1, Ordering::SeqCst);
            if item == 0 {
                thread::sleep(Duration::from_millis(100));
                assert!(started.load(Ordering::SeqCst) <= 4 * ITEMS_AHEAD);
            }
        };
        for_each(0..10_000, threads(4), work, |()| ControlFlow::Continue(())).unwrap();
        assert_eq!(started.load(Ordering::SeqCst), 10_000);
    }

    #[test]
    fn an_answer_is_passed_on_before_the_next_item_is_there() {
        let (mut received, passed_on) = (0, AtomicUsize::new(0));
        let items = (0..20).inspect(|&item| {
            while passed_on.load(Ordering::SeqCst) < item {
                thread::yield_now();
            }
        });
        for_each(
            items,
            threads(3),
            |_| (),
            |()| {
                received += 1;
                passed_on.store(received, Ordering::SeqCst);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert_eq!(received, 20);
    }

    #[test]
    fn stops_early_when_nobody_wants_more() {
        for count in [1, 3] {
            let mut received = 0;
            for_each(
                0..,
                threads(count),
                |_: u64| (),
                |()| {
                    received += 1;
                    if received == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            )
            .unwrap();
            assert_eq!(received, 5);
        }
    }

    #[test]
    fn a_panic_is_passed_on_and_keeps_nobody_waiting() {
        let outcome = std::panic::catch_unwind(|| {
            let work = |item: u64| assert_ne!(item, 3, "a bad item");
            for_each(0.., threads(3), work, |()| ControlFlow::Continue(()))
        });
        assert!(outcome.is_err());
    }

    #[test]
    fn no_items_give_no_answers() {
        for_each(0..0, threads(4), |_| (), |()| panic!("an answer to nothing")).unwrap();
    }
}

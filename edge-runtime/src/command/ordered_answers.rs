//! Work on several threads whose results arrive in the order of the input, a few at a time.
//!
//! Thread t of n takes items t, t + n, t + 2n, … and hands each result over before it starts the one after the next, so
//! memory holds about as many items as there are threads, however long the input is.

use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Calls `receive` on this thread with what `work` makes of each item, in order, until it breaks.
///
/// # Errors
/// Where the operating system gives no thread.
pub(super) fn for_each<Item: Sync, Answer: Send>(
    items: &[Item],
    threads: NonZeroUsize,
    work: impl Fn(&Item) -> Answer + Sync,
    mut receive: impl FnMut(Answer) -> ControlFlow<()>,
) -> io::Result<()> {
    let threads = threads.get().min(items.len());
    if threads <= 1 {
        // Nothing to hand over: no thread is started.
        let _ = items.iter().try_for_each(|item| receive(work(item)));
        return Ok(());
    }
    let work = &work;
    thread::scope(|scope| {
        let mut answers = Vec::with_capacity(threads);
        for first in 0..threads {
            let (sender, receiver) = sync_channel(1);
            // A failed hand-over means that nobody wants answers any more.
            let labour = move || {
                items.iter().skip(first).step_by(threads).try_for_each(|item| sender.send(work(item)))
            };
            thread::Builder::new().spawn_scoped(scope, labour)?;
            answers.push(receiver);
        }
        for receiver in answers.iter().cycle() {
            // The first thread without a further answer has come to the end of the items.
            let Ok(answer) = receiver.recv() else { break };
            if receive(answer).is_break() {
                break;
            }
        }
        Ok(())
    })
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
            let items: Vec<u64> = (0..40).collect();
            let mut received = Vec::new();
            let slow = |&item: &u64| {
                thread::sleep(Duration::from_micros(item * 7919 % 13 * 100));
                item
            };
            for_each(&items, threads(count), slow, |item| {
                received.push(item);
                ControlFlow::Continue(())
            })
            .unwrap();
            assert_eq!(received, items);
        }
    }

    #[test]
    fn no_thread_runs_far_ahead_of_a_slow_receiver() {
        let (started, mut received) = (AtomicUsize::new(0), 0);
        for_each(
            &[(); 100],
            threads(4),
            |()| started.fetch_add(1, Ordering::SeqCst),
            |_| {
                thread::sleep(Duration::from_millis(1));
                received += 1;
                // A thread has at most one answer in the channel and one in its hands.
                assert!(started.load(Ordering::SeqCst) <= received + 3 * 4);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert_eq!(received, 100);
    }

    #[test]
    fn stops_early_when_nobody_wants_more() {
        let mut received = 0;
        for_each(
            &[(); 1000],
            threads(3),
            |()| (),
            |()| {
                received += 1;
                if received == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )
        .unwrap();
        assert_eq!(received, 5);
    }

    #[test]
    fn no_items_give_no_answers() {
        for_each(&[(); 0], threads(4), |()| (), |()| panic!("an answer to nothing")).unwrap();
    }
}

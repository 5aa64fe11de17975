//! How far a long work is, as one line on standard error that is written over; only where standard error is a terminal
//! and the answers go elsewhere.
//!
//! In: one call for each picture that is done. Out: a line now and then, cleared at the end.

use models::storage::grouped_digits::grouped;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// What takes no longer needs no progress.
const FIRST: Duration = Duration::from_millis(500);

const BETWEEN: Duration = Duration::from_millis(100);

/// To the beginning of the line, and clear it to its end.
const CLEAR: &str = "\r\x1b[K";

/// The line that shows how many pictures are done; nothing is shown where `output` is `None`.
pub(crate) struct Progress<Output: Write> {
    output: Option<Output>,
    total: Option<usize>,
    done: usize,
    start: Instant,
    next: Instant,
    visible: bool,
}

impl Progress<io::Stderr> {
    /// Progress that is shown only on a terminal. `total` is the number of pictures, where that is known.
    pub(crate) fn on_terminal(total: Option<usize>) -> Self {
        let wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self::new(wanted.then(io::stderr), total, Instant::now())
    }
}

impl<Output: Write> Progress<Output> {
    fn new(output: Option<Output>, total: Option<usize>, now: Instant) -> Self {
        Self { output, total, done: 0, start: now, next: now + FIRST, visible: false }
    }

    /// Counts one more picture as done, and shows the line when its time has come.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.output.is_some() {
            self.show(Instant::now());
        }
    }

    fn show(&mut self, now: Instant) {
        let Some(output) = &mut self.output else { return };
        if now < self.next {
            return;
        }
        self.next = now + BETWEEN;
        self.visible = true;
        let per_second = self.done as f64 / (now - self.start).as_secs_f64();
        let total = self.total.map(|total| format!(" of {}", grouped(total))).unwrap_or_default();
        let done = grouped(self.done);
        // Nobody is told where standard error fails.
        let _ = write!(output, "{CLEAR}{done}{total} pictures, {per_second:.0} a second");
        let _ = output.flush();
    }

    /// Clears the line, to make room for another one or for what comes after the work.
    pub(crate) fn clear(&mut self) {
        if let (true, Some(output)) = (std::mem::take(&mut self.visible), &mut self.output) {
            let _ = output.write_all(CLEAR.as_bytes());
            let _ = output.flush();
        }
    }
}

impl<Output: Write> Drop for Progress<Output> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_now_and_then_and_cleared_at_the_end() {
        let (mut output, now) = (Vec::new(), Instant::now());
        {
            let mut progress = Progress::new(Some(&mut output), Some(12_000), now);
            progress.done = 1500;
            progress.show(now + FIRST - Duration::from_millis(1));
            progress.show(now + FIRST);
            progress.show(now + FIRST + BETWEEN / 2);
        }
        let text = String::from_utf8(output).unwrap();
        assert_eq!(text, format!("{CLEAR}1,500 of 12,000 pictures, 3000 a second{CLEAR}"));
    }

    #[test]
    fn nothing_is_written_without_a_terminal() {
        let mut progress = Progress::<Vec<u8>>::new(None, None, Instant::now());
        progress.step();
        progress.clear();
        assert!(progress.output.is_none() && !progress.visible);
    }
}

//! Progress on standard error: bars on a terminal.
//!
//! In come numbers of bytes or images, out goes a bar that disappears at its end. Whoever computes only counts, and
//! knows nothing of how progress is drawn.

use std::io::Read;

use indicatif::{ProgressBar, ProgressStyle};

use crate::process::console::say;

/// The characters of a bar from full to empty.
const BAR: &str = "█▉▊▋▌▍▎▏  ";

/// The progress of a download: bytes that arrive.
#[derive(Debug)]
pub(crate) struct Transfer(ProgressBar);

impl Transfer {
    /// Starts a bar where the number of bytes is known, else a spinner.
    pub(crate) fn start(what: &str, bytes: Option<u64>) -> Self {
        let bar = match bytes {
            Some(bytes) => {
                ProgressBar::new(bytes).with_style(style("{msg:28} {bar:20} {bytes:>10} {bytes_per_sec}"))
            }
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg} {elapsed}")),
        };
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self(bar.with_message(what.to_owned()))
    }

    /// Returns a reader that counts what is read through it.
    pub(crate) fn count<R: Read>(&self, reader: R) -> impl Read + use<R> {
        self.0.wrap_read(reader)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The progress of one pass over images: an epoch, or an evaluation.
#[derive(Debug)]
pub(crate) struct ImageBar(ProgressBar);

impl ImageBar {
    /// Starts a bar over `images` images. `what` stands before the bar: `epoch  3/15`, or what is computed.
    pub(crate) fn start(what: String, images: usize) -> Self {
        let style = style("{prefix} {bar:16} {msg} {per_sec:>6} {eta:>4}").with_key(
            "per_sec",
            |state: &indicatif::ProgressState, line: &mut dyn std::fmt::Write| {
                // A line that cannot be written to is a line that nobody sees.
                let _ = write!(line, "{:.0}/s", state.per_sec());
            },
        );
        Self(ProgressBar::new(images as u64).with_style(style).with_prefix(what))
    }

    /// Counts the images of a batch, and shows `message` behind the bar.
    pub(crate) fn advance(&self, images: usize, message: String) {
        self.0.set_message(message);
        self.0.inc(images as u64);
    }

    /// Writes a line to standard error, above the bar.
    pub(crate) fn note(&self, line: &str) {
        self.0.suspend(|| say(format_args!("{line}")));
    }

    /// Ends the pass: the bar disappears, as it does where a pass fails and its bar is dropped.
    pub(crate) fn finish(self) {}
}

impl Drop for ImageBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are valid").progress_chars(BAR)
}

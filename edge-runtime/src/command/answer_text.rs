//! Answers for people: `path  label  probability%` in columns, further guesses on lines of their own below.

use std::io::{self, Write};

use edge_runtime::{ClassProbabilities, printable};

use super::classify::Answers;

/// The width of a terminal that nobody has widened.
const COLUMNS: usize = 80;

/// Two spaces, two spaces, `100.00%`.
const BESIDE_PATH_AND_LABEL: usize = 2 + 2 + 7;

/// The narrowest column for paths; longer paths push their own line to the right.
const NARROWEST_PATH: usize = 20;

pub(super) struct TextAnswers<Output> {
    output: Output,
    top: usize,
    path_width: usize,
    label_width: usize,
}

impl<Output: Write> TextAnswers<Output> {
    /// `paths` and `labels` are all that may come, for the widths of the columns.
    pub(super) fn new(
        output: Output,
        top: usize,
        paths: impl Iterator<Item = String>,
        labels: &[String],
    ) -> Self {
        let label_width = labels.iter().map(|label| width(label)).max().unwrap_or(0);
        let room = COLUMNS.saturating_sub(BESIDE_PATH_AND_LABEL + label_width).max(NARROWEST_PATH);
        let path_width = paths.map(|path| width(&path)).max().unwrap_or(0).min(room);
        Self { output, top, path_width, label_width }
    }
}

impl<Output: Write> Answers for TextAnswers<Output> {
    fn write(&mut self, path: &str, answer: &ClassProbabilities) -> io::Result<()> {
        let (path_width, label_width) = (self.path_width, self.label_width);
        let mut lines = String::new();
        for (rank, guess) in answer.top(self.top).iter().enumerate() {
            let path = if rank == 0 { printable(path) } else { String::new() };
            let (label, percent) = (printable(&guess.label), 100.0 * guess.probability);
            lines.push_str(&format!("{path:path_width$}  {label:label_width$}  {percent:6.2}%\n"));
        }
        self.output.write_all(lines.as_bytes())?;
        self.output.flush()
    }
}

fn width(text: &str) -> usize {
    printable(text).chars().count()
}

//! Answers for people: `path  label  probability%` in columns, further guesses on lines of their own below.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use edge_runtime::printable;
use models::storage::printable::printable_path;

use super::answer::{Answer, Answers, UNSURE};

/// The width of a terminal that nobody has widened.
const COLUMNS: usize = 80;

/// Two spaces, two spaces, `100.00%`.
const BESIDE_PATH_AND_LABEL: usize = 2 + 2 + 7;

/// The narrowest column that is made for paths that are not known yet, and the most that the column is kept to where
/// labels are long; longer paths push their own line to the right.
const NARROWEST_PATH: usize = 20;

/// Whether the output shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Plain,
    Ansi,
}

/// Writes each answer as lines of columns, which widen for long paths.
pub(super) struct TextAnswers<Output> {
    output: Output,
    top: usize,
    colours: Colours,
    path_width: usize,
    widest_path: usize,
    label_width: usize,
}

impl<Output: Write> TextAnswers<Output> {
    /// The columns are as wide as `labels` and `first_paths` need; paths that come later widen theirs from there on.
    pub(super) fn new(
        output: Output,
        top: usize,
        colours: Colours,
        first_paths: &[String],
        labels: &[String],
    ) -> Self {
        let label_width = labels.iter().map(|label| width(&shown(label))).chain([UNSURE.len()]).max();
        let label_width = label_width.unwrap_or(0);
        let widest_path = COLUMNS.saturating_sub(BESIDE_PATH_AND_LABEL + label_width).max(NARROWEST_PATH);
        let known = first_paths.iter().map(|path| width(path)).max();
        let path_width = known.unwrap_or(NARROWEST_PATH).min(widest_path);
        Self { output, top, colours, path_width, widest_path, label_width }
    }

    fn line(&self, path: &str, label: &str, probability: f32, style: Style) -> String {
        let style = match self.colours {
            Colours::Plain => Style::new(),
            Colours::Ansi => style,
        };
        let (path_width, label_width) = (self.path_width, self.label_width);
        let label = format!("{label:label_width$}");
        format!("{path:path_width$}  {style}{label}{style:#}  {:6.2}%\n", 100.0 * probability)
    }
}

impl<Output: Write + Send> Answers for TextAnswers<Output> {
    fn write(&mut self, answer: &Answer) -> io::Result<()> {
        let path = printable_path(&answer.path);
        self.path_width = self.path_width.max(width(&path).min(self.widest_path));
        let (sure, less) = (Style::new().bold(), Style::new().dimmed());
        let mut lines = String::new();
        if let Some(probability) = answer.unsure() {
            lines += &self.line(&path, UNSURE, probability, AnsiColor::Yellow.on_default());
        }
        for guess in answer.shown(self.top) {
            let first = lines.is_empty();
            let (path, style) = if first { (path.as_str(), sure) } else { ("", less) };
            lines += &self.line(path, &shown(&guess.label), guess.probability, style);
        }
        self.output.write_all(lines.as_bytes())?;
        self.output.flush()
    }
}

/// The label as it is printed. A class that is called as the answer for none of them stands in quotes.
fn shown(label: &str) -> String {
    if label == UNSURE { format!("\"{label}\"") } else { printable(label) }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

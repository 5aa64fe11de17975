//! Answers for programs: one JSON object a line, with these keys in this order, and no others:
//!
//! | key | value |
//! | --- | --- |
//! | `path` | the path as it was given or found, `-` for a picture from standard input; bytes that are no UTF-8 stand as `\xFF` |
//! | `path_percent` | only where the path is no UTF-8: its exact bytes, as in a URL |
//! | `label` | the likeliest class, or `unsure` |
//! | `unsure` | whether `probability` is below `--min-confidence`, or there is nothing on the picture to be read |
//! | `probability` | of the likeliest class, in [0, 1] |
//! | `top` | the `--top` likeliest classes, the likeliest first: `{"label", "probability"}` |
//! | `probabilities` | of all classes, in the order of the model's labels, so that they can be compared with another runtime's |
//!
//! A file without an answer has no line; what is wrong with it stands on standard error.

use std::io::{self, Write};

use edge_runtime::Guess;

use super::answer::{Answer, Answers, UNSURE};
use super::{json_text, path_forms};

/// Writes each answer as one JSON object on a line of its own.
pub(super) struct JsonAnswers<Output> {
    output: Output,
    top: usize,
}

#[derive(serde::Serialize)]
struct Line<'answer> {
    path: &'answer str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    label: &'answer str,
    unsure: bool,
    probability: f32,
    top: &'answer [Guess],
    probabilities: &'answer [f32],
}

impl<Output: Write> JsonAnswers<Output> {
    pub(super) fn new(output: Output, top: usize) -> Self {
        Self { output, top }
    }
}

impl<Output: Write + Send> Answers for JsonAnswers<Output> {
    fn write(&mut self, answer: &Answer) -> io::Result<()> {
        let top = answer.probabilities.top(self.top);
        let Some(Guess { label, probability, .. }) = top.first() else { return Ok(()) };
        let unsure = answer.unsure().is_some();
        let (path, path_percent) = path_forms::json(&answer.path);
        let line = Line {
            path: &path,
            path_percent,
            label: if unsure { UNSURE } else { label },
            unsure,
            probability: *probability,
            top: &top,
            probabilities: answer.probabilities.in_label_order(),
        };
        let mut text = json_text::line(&line)?;
        text.push(b'\n');
        self.output.write_all(&text)?;
        self.output.flush()
    }
}

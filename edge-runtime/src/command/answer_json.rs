//! Answers for programs: one JSON object a line. `probabilities` are in the order of the model's labels, so that they
//! can be compared with another runtime's.

use std::io::{self, Write};

use edge_runtime::{ClassProbabilities, Guess};

use super::classify::Answers;

pub(super) struct JsonAnswers<Output> {
    output: Output,
    top: usize,
}

#[derive(serde::Serialize)]
struct Line<'answer> {
    path: &'answer str,
    label: &'answer str,
    probability: f32,
    top: &'answer [Guess],
    probabilities: &'answer [f32],
}

impl<Output: Write> JsonAnswers<Output> {
    pub(super) fn new(output: Output, top: usize) -> Self {
        Self { output, top }
    }
}

impl<Output: Write> Answers for JsonAnswers<Output> {
    fn write(&mut self, path: &str, answer: &ClassProbabilities) -> io::Result<()> {
        let top = answer.top(self.top);
        let Some(Guess { label, probability }) = top.first() else { return Ok(()) };
        let probabilities = answer.in_label_order();
        let line = Line { path, label, probability: *probability, top: &top, probabilities };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.output.write_all(&text)?;
        self.output.flush()
    }
}

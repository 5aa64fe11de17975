//! Answers for spreadsheets: one row a guess, rank 1 is the likeliest class.

use std::io::{self, Write};

use edge_runtime::ClassProbabilities;

use super::classify::Answers;

pub(super) struct CsvAnswers<Output: Write> {
    output: csv::Writer<Output>,
    top: usize,
}

#[derive(serde::Serialize)]
struct Row<'answer> {
    path: &'answer str,
    rank: usize,
    label: &'answer str,
    probability: f32,
}

impl<Output: Write> CsvAnswers<Output> {
    pub(super) fn new(output: Output, top: usize) -> Self {
        Self { output: csv::Writer::from_writer(output), top }
    }
}

impl<Output: Write> Answers for CsvAnswers<Output> {
    fn write(&mut self, path: &str, answer: &ClassProbabilities) -> io::Result<()> {
        for (position, guess) in answer.top(self.top).iter().enumerate() {
            let row = Row { path, rank: position + 1, label: &guess.label, probability: guess.probability };
            self.output.serialize(row).map_err(into_io)?;
        }
        self.output.flush()
    }
}

/// Keeps the kind: a broken pipe is no failure.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

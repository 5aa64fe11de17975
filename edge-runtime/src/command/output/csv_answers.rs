//! Answers for spreadsheets, `path,rank,label,probability`: one row a guess, rank 1 is the likeliest class. A row of rank 0 says
//! `unsure`. Paths and labels that begin with an apostrophe have one more character than the text, or are written as in a
//! URL: `path_forms` says when.

use std::io::{self, Write};

use super::answer::{Answer, Answers, UNSURE};
use super::path_forms::{csv_label, csv_path};

/// Writes a header and then the rows of each answer.
pub(super) struct CsvAnswers<Output: Write> {
    output: csv::Writer<WholeRows<Output>>,
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
        Self { output: csv::Writer::from_writer(WholeRows { rows: Vec::new(), output }), top }
    }
}

impl<Output: Write + Send> Answers for CsvAnswers<Output> {
    fn write(&mut self, answer: &Answer) -> io::Result<()> {
        let path = &csv_path(&answer.path);
        if let Some(probability) = answer.unsure() {
            self.output.serialize(Row { path, rank: 0, label: UNSURE, probability }).map_err(into_io)?;
        }
        for (position, guess) in answer.shown(self.top).iter().enumerate() {
            let label = &csv_label(&guess.label, UNSURE);
            let row = Row { path, rank: position + 1, label, probability: guess.probability };
            self.output.serialize(row).map_err(into_io)?;
        }
        self.output.flush()
    }
}

/// Passes rows on when it is flushed, and then all of them at once: whoever is interrupted has written whole lines.
struct WholeRows<Output> {
    rows: Vec<u8>,
    output: Output,
}

impl<Output: Write> Write for WholeRows<Output> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rows.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.write_all(&self.rows)?;
        self.rows.clear();
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

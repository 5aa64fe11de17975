//! The formats of answers by their names on the command line: here a new one gets its line.

use std::io;

use clap::ValueEnum;

use super::answer::Answers;
use super::csv_answers::CsvAnswers;
use super::json_answers::JsonAnswers;
use super::text_answers::{Colours, TextAnswers};

/// How the answers of `classify` are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AnswerFormat {
    Text,
    Json,
    Csv,
}

impl AnswerFormat {
    /// A writer of answers with the `top` likeliest classes to standard output. `first_paths` and `labels` tell how wide
    /// columns must be.
    pub(crate) fn to_standard_output(
        self,
        top: usize,
        first_paths: &[String],
        labels: &[String],
    ) -> Box<dyn Answers> {
        let output = io::stdout();
        match self {
            Self::Text => Box::new(TextAnswers::new(output, top, colours(), first_paths, labels)),
            Self::Json => Box::new(JsonAnswers::new(output, top)),
            Self::Csv => Box::new(CsvAnswers::new(output, top)),
        }
    }
}

/// Colours on a terminal, unless the user's environment says otherwise: `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`.
fn colours() -> Colours {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Colours::Plain,
        _ => Colours::Ansi,
    }
}

//! A report: one text to standard output, as a whole, in words or as one JSON object.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ValueEnum;

use super::json_text;

/// How a report is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
}

/// What one command has found out: its fields are the keys of the JSON object.
pub(crate) trait Report: serde::Serialize {
    /// The report in words for a terminal of 80 columns, line breaks included.
    fn in_words(&self) -> String;

    /// Writes the report to standard output.
    fn write(&self, format: ReportFormat, exit: ExitCode) -> anyhow::Result<ExitCode> {
        let text = match format {
            ReportFormat::Text => self.in_words(),
            ReportFormat::Json => String::from_utf8(json_text::line(self)?)? + "\n",
        };
        Ok(print(&text, exit))
    }
}

/// Writes `text` to standard output. A closed pipe is no failure: whoever read has seen enough.
pub(crate) fn print(text: &str, exit: ExitCode) -> ExitCode {
    let mut output = io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        Err(error) => {
            let _ = writeln!(io::stderr(), "standard output: cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

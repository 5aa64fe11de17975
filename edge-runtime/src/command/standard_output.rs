//! One text to standard output, as a whole.

use std::io::{self, Write};
use std::process::ExitCode;

use super::arguments::ReportFormat;

/// Writes a report in words, as `describe` has it, or as one JSON object.
pub(super) fn report<Report: serde::Serialize>(
    report: &Report,
    format: ReportFormat,
    describe: impl FnOnce(&Report) -> String,
    exit: ExitCode,
) -> anyhow::Result<ExitCode> {
    let text = match format {
        ReportFormat::Text => describe(report),
        ReportFormat::Json => serde_json::to_string(report)? + "\n",
    };
    Ok(print(&text, exit))
}

/// Writes it. A closed pipe is no failure: whoever read has seen enough.
pub(super) fn print(text: &str, exit: ExitCode) -> ExitCode {
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

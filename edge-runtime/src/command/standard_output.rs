//! One text to standard output, as a whole.

use std::io::{self, Write};
use std::process::ExitCode;

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

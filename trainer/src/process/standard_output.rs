//! Standard output, with errors that say so.
//!
//! In come the lines of a result, out they go; where the disk behind a redirection is full, the error names standard output
//! and not only the system's words. A closed pipe is told by its kind, as ever.

use std::io::{self, ErrorKind, StdoutLock, Write};

/// Standard output, locked.
#[derive(Debug)]
pub struct StandardOutput(StdoutLock<'static>);

impl StandardOutput {
    /// Locks standard output.
    #[must_use]
    pub fn lock() -> Self {
        Self(io::stdout().lock())
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(named)
    }
}

fn named(error: io::Error) -> io::Error {
    match error.kind() {
        // `write_all` tries again.
        ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, format!("standard output: cannot be written: {error}")),
    }
}

//! Lines for people, on standard error.
//!
//! In comes a formatted line, out it goes to the terminal. Lines for people keep off standard output, so that results
//! can be piped.

use std::io::Write;

/// Writes one line to standard error.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    // Standard error may be closed: then there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

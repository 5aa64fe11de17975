//! The error of a value on the command line: clap's error in, one line out that says what was expected.

use clap::error::ErrorKind;

/// Returns the one line that says what is wrong with a value on the command line. For other errors, a missing or
/// unknown argument, clap's whole text says more, and there is no such line.
#[must_use]
pub fn line_about_a_value(error: &clap::Error) -> Option<String> {
    let about_a_value = matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let text = error.to_string();
    about_a_value.then(|| text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

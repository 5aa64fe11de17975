//! What is wrong with a value on the command line, in one line.

use clap::error::ErrorKind;

/// The one line that says what is wrong with a value. Where clap has more to tell, of a missing or unknown argument, its
/// whole text is better; then there is none.
#[must_use]
pub fn line_about_a_value(error: &clap::Error) -> Option<String> {
    let about_a_value = matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let text = error.to_string();
    about_a_value.then(|| text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

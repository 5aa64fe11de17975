//! Wrong arguments: clap's error in, on standard error what was expected; for a value one line, and for a word out of a list
//! the list, and the word that may have been meant. What was typed is shown with what is invisible in it.

use std::io::{IsTerminal, Write, stderr};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use models::storage::printable::printable;
use models::storage::printable_text::{Colours, printable_text};

use crate::process::suggestion::did_you_mean;

/// The exit status for arguments that cannot be used, the same as clap's own.
const WRONG_ARGUMENTS: u8 = 2;

/// Prints what is wrong with the arguments of `program`, and returns its exit status. Where help or the version was asked
/// for, prints that and ends the program.
#[must_use]
pub fn print_error(program: &str, error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let text = match line_about_a_value(error) {
        Some(line) => format!("{program}: {}\n", printable(&line)),
        None if is_coloured() => printable_text(&error.render().ansi().to_string(), Colours::Keep),
        None => printable_text(&error.render().to_string(), Colours::Escape),
    };
    // Standard error may be closed: then nobody reads the text.
    let _ = stderr().write_all(text.as_bytes());
    ExitCode::from(WRONG_ARGUMENTS)
}

/// Returns whether clap's text keeps its colours: on a terminal whose user wants some, and where no word that was typed
/// brings its own.
fn is_coloured() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    let escapes = |word: std::ffi::OsString| word.as_encoded_bytes().contains(&0x1b);
    stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb && !std::env::args_os().any(escapes)
}

/// Returns the one line that says what is wrong with a value on the command line. For other errors, a missing or
/// unknown argument, clap's whole text says more, and there is no such line.
#[must_use]
pub fn line_about_a_value(error: &clap::Error) -> Option<String> {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    match error.kind() {
        ErrorKind::ValueValidation => Some(line.to_owned()),
        ErrorKind::InvalidValue => Some(format!("{line}{}", allowed(error))),
        _ => None,
    }
}

/// Returns the words that may stand there, as the end of a line.
fn allowed(error: &clap::Error) -> String {
    let Some(ContextValue::Strings(words)) = error.get(ContextKind::ValidValue) else { return String::new() };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(found)) => found,
        _ => "",
    };
    match words.as_slice() {
        [] => String::new(),
        [only] => format!(": expected {only}"),
        [others @ .., last] => {
            format!(": expected {} or {last}{}", others.join(", "), did_you_mean(found, &words))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::training_arguments::TrainingArguments;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        _training: TrainingArguments,
    }

    fn line(option: &[&str]) -> String {
        let words = [&["trainer", "--data", "mnist", "--out", "run"], option].concat();
        line_about_a_value(&Words::try_parse_from(words).unwrap_err()).unwrap()
    }

    #[test]
    fn a_word_out_of_a_list_is_told_with_the_list_and_the_nearest_word() {
        assert_eq!(
            line(&["--optimizer", "adam"]),
            "invalid value 'adam' for '--optimizer <OPTIMIZER>': expected adamw or sgd; did you mean adamw?"
        );
        assert_eq!(
            line(&["--schedule"]),
            "a value is required for '--schedule <SCHEDULE>' but none was supplied: expected constant, cosine or one-cycle"
        );
        let far = line(&["--augment", "rotate"]);
        assert!(far.contains(": expected none, ") && !far.contains("did you mean"), "{far}");
    }

    #[test]
    fn numbers_are_told_in_sentences() {
        for option in
            ["--epochs", "--batch-size", "--augment-pool", "--seed", "--augment-seed", "--augment-strength"]
        {
            for value in ["1M", "x", "", "-1", "1.5e"] {
                let line = line(&[option, value]);
                assert!(line.contains(": expected a "), "{line}");
            }
        }
        assert!(
            line(&["--epochs", "0"]).ends_with("expected a whole number from 1 to 1000000, in digits alone")
        );
    }
}

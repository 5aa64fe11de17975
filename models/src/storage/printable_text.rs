//! Text of several lines that repeats words from outside, made fit for a terminal.
//!
//! In comes what a parser of command lines says of wrong arguments, with its line breaks and colours; out goes the same text
//! in which nothing is invisible or turns the direction of writing. It is here, and knows no parser, so that all programs
//! treat what was typed alike.

use super::printable::is_invisible;

/// What becomes of the sequences that colour a text (`ESC [ … m`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// They are kept: the program has put them there.
    Keep,
    /// They are escaped: they may be typed ones, and one of them hides text.
    Escape,
}

/// Returns `text` with its control characters and invisible ones escaped as in Rust's strings (`\u{1b}`, `\u{202e}`), all
/// but line breaks and, where they are to be kept, colours.
///
/// ```
/// use models::storage::printable_text::{Colours, printable_text};
///
/// let text = "\u{1b}[31merror\u{1b}[0m: 'a\u{202e}b'\nUsage: x";
/// assert_eq!(printable_text(text, Colours::Keep), "\u{1b}[31merror\u{1b}[0m: 'a\\u{202e}b'\nUsage: x");
/// ```
#[must_use]
pub fn printable_text(text: &str, colours: Colours) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = match colours {
            Colours::Keep => colour_length(rest),
            Colours::Escape => 0,
        };
        let (part, after) = rest.split_at(length.max(character.len_utf8()));
        if length == 0 && character != '\n' && is_invisible(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push_str(part);
        }
        rest = after;
    }
    shown
}

/// Returns the length of the sequence that sets a colour at the beginning of `text`, in bytes; 0 where there is none.
fn colour_length(text: &str) -> usize {
    let Some(numbers) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = numbers.trim_start_matches(|character: char| character.is_ascii_digit() || character == ';');
    if end.starts_with('m') { text.len() - end.len() + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_colours_stay_and_all_else_that_shows_nothing_is_escaped() {
        let text = "\u{1b}[1;31mgröße\u{1b}[m\n\u{1b}[2J\u{1b}\r\u{200b}\u{1b}[3";
        assert_eq!(
            printable_text(text, Colours::Keep),
            "\u{1b}[1;31mgröße\u{1b}[m\n\\u{1b}[2J\\u{1b}\\r\\u{200b}\\u{1b}[3"
        );
        assert_eq!(printable_text("a\u{1b}[8mb\n", Colours::Escape), "a\\u{1b}[8mb\n");
    }
}

//! Names from outside, made fit for one line of a terminal.
//!
//! In comes any text, out goes one printable line of at most 512 characters and an ellipsis. A file's name or the name
//! of a node in a model file may hold line breaks, escape sequences or a megabyte; every message that repeats one
//! passes it through [`printable`].

/// The longest name that a message repeats, in characters.
const LONGEST_NAME: usize = 512;

/// Returns `name` with its control characters escaped as in Rust's strings (`\n`, `\u{1b}`) and cut after 512 characters.
///
/// ```
/// use models::storage::printable::printable;
///
/// assert_eq!(printable("two\nlines"), "two\\nlines");
/// assert_eq!(printable("größe.png"), "größe.png");
/// ```
#[must_use]
pub fn printable(name: &str) -> String {
    let mut shown = String::with_capacity(name.len().min(LONGEST_NAME));
    for (index, character) in name.chars().enumerate() {
        if index == LONGEST_NAME {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn escapes_what_moves_the_cursor_and_cuts_what_is_endless() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\r\\n");
        assert_eq!(printable(&"x".repeat(5000)).chars().count(), 513);
    }
}

//! Names from outside, made fit for one line of a terminal.
//!
//! In comes any text or path, out goes one printable line of at most 512 characters and an ellipsis. A file's name or the
//! name of a node in a model file may hold line breaks, escape sequences, marks that turn the direction of writing, or a
//! megabyte; every message that repeats one passes it through [`printable`] or [`printable_path`].

use std::path::Path;

/// The longest name that a message repeats, in characters.
const LONGEST_NAME: usize = 512;

/// Characters that show nothing, or change how their neighbours are shown: those of the Unicode category Cf, separators of
/// lines and paragraphs, fillers, variation selectors and the empty pattern of Braille. With them one name can be made to
/// look like another one.
const INVISIBLE: [(char, char); 26] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    ('\u{f0000}', '\u{10ffff}'),
];

/// Returns whether `character` would show nothing on a terminal, or change how its neighbours are shown: control characters,
/// marks of direction, joiners, fillers and others without a shape.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || character > '~' && INVISIBLE.iter().any(|&(first, last)| (first..=last).contains(&character))
}

/// Returns `name` with its control characters, invisible ones and backslashes escaped as in Rust's strings (`\n`, `\u{1b}`,
/// `\u{202e}`, `\\`) and cut after 512 characters. On Windows, whose paths are full of them, backslashes stay.
///
/// ```
/// use models::storage::printable::printable;
///
/// assert_eq!(printable("two\nlines"), "two\\nlines");
/// assert_eq!(printable("größe.png"), "größe.png");
/// ```
#[must_use]
pub fn printable(name: &str) -> String {
    let mut shown = Shown::default();
    shown.push(name);
    shown.text
}

/// Returns the path as messages show it: as [`printable`] shows text, and bytes that are no UTF-8 as `\xFF`, so that two paths
/// of at most 512 characters are never shown as one.
///
/// ```
/// use models::storage::printable::printable_path;
///
/// assert_eq!(printable_path("scans/seven.png".as_ref()), "scans/seven.png");
/// ```
#[must_use]
pub fn printable_path(path: &Path) -> String {
    let mut shown = Shown::default();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        shown.push(chunk.valid());
        chunk.invalid().iter().for_each(|byte| shown.push_escaped(&format!("\\x{byte:02X}")));
    }
    shown.text
}

/// Characters as they are printed, up to a limit.
#[derive(Debug, Default)]
struct Shown {
    text: String,
    characters: usize,
}

impl Shown {
    /// Whether there is room for one more; the first that finds none leaves an ellipsis.
    fn has_room(&mut self) -> bool {
        self.characters += 1;
        if self.characters == LONGEST_NAME + 1 {
            self.text.push('…');
        }
        self.characters <= LONGEST_NAME
    }

    fn push_escaped(&mut self, text: &str) {
        if self.has_room() {
            self.text.push_str(text);
        }
    }

    fn push(&mut self, name: &str) {
        for character in name.chars() {
            if !self.has_room() {
                return;
            }
            match character {
                // What is escaped begins with a backslash, which therefore must not stand for itself where names have some.
                '\\' if !cfg!(windows) => self.text.push_str("\\\\"),
                hidden if is_invisible(hidden) => self.text.extend(hidden.escape_default()),
                shown => self.text.push(shown),
            }
        }
    }
}

/// Paths that messages can show: every message with a path says `path.printable()`.
pub trait PrintablePath {
    /// Returns the path as [`printable_path`] shows it.
    fn printable(&self) -> String;
}

impl PrintablePath for Path {
    fn printable(&self) -> String {
        printable_path(self)
    }
}

/// Returns the path as text in which bytes that are no UTF-8 stand as `\xFF`.
#[must_use]
pub fn lossless(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

/// Returns the bytes of the path as in a URL: letters, digits and `-._~/` as they are, any other as `%` and two hexadecimal
/// digits. The exact path can be had again.
#[must_use]
pub fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_the_cursor_and_cuts_what_is_endless() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\r\\n");
        assert_eq!(printable(&"x".repeat(5000)).chars().count(), 513);
    }

    #[test]
    fn escapes_marks_of_direction_and_what_shows_nothing() {
        assert_eq!(printable("cat\u{202e}gnp.exe"), "cat\\u{202e}gnp.exe");
        for hidden in ['\u{200b}', '\u{2066}', '\u{feff}', '\u{3164}', '\u{2800}', '\u{e0041}', '\u{ad}'] {
            assert!(printable(&format!("a{hidden}b")).contains("\\u{"), "{hidden:?}");
        }
        for shown in ["größe", "猫", "ไก่", "кот", "é", "e\u{301}", "🐝", "a b"] {
            assert_eq!(printable(shown), shown);
        }
    }

    #[cfg(unix)]
    #[test]
    fn two_paths_are_never_shown_as_one() {
        use std::os::unix::ffi::OsStrExt;
        let shown = |bytes: &[u8]| printable_path(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!((shown(b"a\xff.png"), shown(b"a\xfe.png")), ("a\\xFF.png".into(), "a\\xFE.png".into()));
        assert_eq!(
            (shown(b"a\\xFF"), shown(b"a\\n"), shown(b"a\n")),
            ("a\\\\xFF".into(), "a\\\\n".into(), "a\\n".into())
        );
    }
}

//! JSON that shows what is in it: characters without a shape, and those that turn the direction of writing, are escaped.
//!
//! In: any value that can be serialised. Out: one line of JSON, which a parser reads as the same value.

use std::io::{self, Write};

use models::storage::printable::is_invisible;
use serde_json::ser::{CompactFormatter, Formatter};

/// The value as one line without its end.
pub(super) fn line(value: &(impl serde::Serialize + ?Sized)) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Visible))?;
    Ok(text)
}

struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(is_invisible) {
            let (plain, hidden) = rest.split_at(position);
            CompactFormatter.write_string_fragment(writer, plain)?;
            let Some(character) = hidden.chars().next() else { return Ok(()) };
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &hidden[character.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_again() {
        for text in ["plain", "a\u{202e}b", "\u{200b}", "tag\u{e0041}", "größe \"quoted\" \n 猫\u{7f}"] {
            let json = String::from_utf8(line(&text).unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            assert!(!json.contains(is_invisible), "{json}");
        }
    }
}

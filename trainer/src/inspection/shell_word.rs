//! Words of commands that people copy: any text in, one word of a shell out.

/// Returns a text as one word of a shell, in quotes where it needs them.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:".contains(&byte);
    match text.bytes().all(is_plain) && !text.is_empty() && !text.starts_with('-') {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_a_quote_or_a_space_stays_one_word() {
        assert_eq!(shell_word("a's photos"), r"'a'\''s photos'");
        assert_eq!(shell_word("prefix: "), "'prefix: '");
        assert_eq!(shell_word(r"pattern:^(\w+)_"), r"'pattern:^(\w+)_'");
        assert_eq!(shell_word(""), "''");
        for plain in ["/data/a_b-c.d", "time:5", "prefix:_"] {
            assert_eq!(shell_word(plain), plain);
        }
    }
}

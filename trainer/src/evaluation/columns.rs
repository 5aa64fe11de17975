//! Text in the columns of a terminal.
//!
//! In come names and sentences, out goes what fits a number of columns. Letters of some scripts are two columns wide, so
//! columns are not characters.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns `text` in exactly `columns` columns: filled with spaces, or cut with an ellipsis at its end.
pub(super) fn fitted(text: &str, columns: usize) -> String {
    let fill = |text: &str| " ".repeat(columns.saturating_sub(text.width()));
    if text.width() <= columns {
        return text.to_owned() + &fill(text);
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if cut.width() + letter.width().unwrap_or(0) + 1 > columns {
            break;
        }
        cut.push(letter);
    }
    cut.push('…');
    let fill = fill(&cut);
    cut + &fill
}

/// Returns `text` in lines of at most `columns` columns, broken between words; a word that is longer is cut.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = if word.width() > columns { fitted(word, columns) } else { word.to_owned() };
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fills_its_columns_or_is_cut() {
        assert_eq!(fitted("cat", 5), "cat  ");
        assert_eq!(fitted("caterpillar", 5), "cate…");
        assert_eq!(fitted("長靴下", 5), "長靴…");
        assert_eq!(fitted("長靴下", 4), "長… ");
    }

    #[test]
    fn a_sentence_is_broken_between_words() {
        assert_eq!(wrapped("a bee, taken for a wasp", 10), ["a bee,", "taken for", "a wasp"]);
        assert_eq!(wrapped("a caterpillar", 6), ["a", "cater…"]);
        assert!(wrapped("", 6).is_empty());
    }
}

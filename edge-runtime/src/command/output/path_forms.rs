//! A path in the forms that answers need: to be read by people, and to be found again by programs.
//!
//! In: a path, which may hold any bytes but NUL, or a label. Out: text for a terminal, for JSON, or a cell of CSV. No two
//! paths have the same form, and the exact one of each can be had again.

use std::path::Path;

use models::storage::printable::{is_invisible, lossless, percent_encoded};

/// The first characters of a cell that spreadsheets run as a formula, some of them in their wide forms too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// What a cell begins with that is not the text itself.
const MARK: char = '\'';

/// What follows the mark where bytes are written as in a URL.
const PERCENT: char = '%';

/// The path as JSON has it: the text itself, with bytes that are no UTF-8 as `\\xFF`; and in that case the exact bytes too, as
/// in a URL.
pub(super) fn json(path: &Path) -> (String, Option<String>) {
    match path.to_str() {
        Some(text) => (text.to_owned(), None),
        None => (lossless(path), Some(percent_encoded(path))),
    }
}

/// The path as a cell of CSV: the text itself, where no spreadsheet would run it and all of it can be seen. Else it begins
/// with an apostrophe; what follows is the text, or `%` and the bytes as in a URL.
pub(super) fn csv_path(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.contains(is_invisible) => csv_text(text),
        _ => format!("{MARK}{PERCENT}{}", percent_encoded(path)),
    }
}

/// The label of a class as a cell of CSV, after the same rule; `reserved` is a word that is no class's.
pub(super) fn csv_label(label: &str, reserved: &str) -> String {
    if label == reserved {
        return format!("{MARK}{label}");
    }
    if label.contains(is_invisible) {
        return format!("{MARK}{PERCENT}{}", percent_encoded(Path::new(label)));
    }
    csv_text(label)
}

fn csv_text(text: &str) -> String {
    match text.starts_with(FORMULA) || text.starts_with(MARK) {
        true => format!("{MARK}{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_spreadsheets_run_begin_with_an_apostrophe() {
        for (path, cell) in [
            ("scans/7.png", "scans/7.png"),
            ("=cmd|' /C calc'!A0.png", "'=cmd|' /C calc'!A0.png"),
            ("@sum.png", "'@sum.png"),
            ("-1.png", "'-1.png"),
            ("＝cmd.png", "'＝cmd.png"),
            ("'quoted'.png", "''quoted'.png"),
            ("%41.png", "%41.png"),
            ("a\u{202e}gnp.exe", "'%a%E2%80%AEgnp.exe"),
            ("two\nlines", "'%two%0Alines"),
        ] {
            assert_eq!(csv_path(Path::new(path)), cell);
        }
        assert_eq!((csv_label("unsure", "unsure"), csv_label("a", "unsure")), ("'unsure".into(), "a".into()));
        assert_eq!(csv_label("+1", "unsure"), "'+1");
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_no_utf8_have_exact_forms() {
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
        assert_eq!(csv_path(path(b"a\xff.png")), "'%a%FF.png");
        assert_eq!(json(path(b"a\xff.png")), ("a\\xFF.png".to_owned(), Some("a%FF.png".to_owned())));
        assert_eq!(json(path(b"a\\xFF.png")), ("a\\xFF.png".to_owned(), None));
    }
}

//! The names of classes: which are refused, and the order that they have everywhere.
//!
//! In come the names of folders or the labels of a manifest; out go the names in natural order, 2 before 10, which is the
//! same on every file system. A name that somebody else's system would take for another one is an error.

use std::collections::HashMap;
use std::fmt;

use models::storage::printable::{is_invisible, printable};
use unicode_normalization::UnicodeNormalization;

/// The longest name of a class, in bytes: that of the longest name of a folder.
pub(crate) const LONGEST_CLASS_NAME: usize = 255;

/// The largest number of classes of a set.
pub(crate) const MOST_CLASSES: usize = 4096;

/// What is wrong with the name of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassNameProblem {
    /// It is no UTF-8.
    NotUnicode,
    /// It is empty, or nothing but spaces.
    Empty,
    /// It has characters that cannot be seen, or that control a terminal.
    Invisible(String),
    /// It has a slash, which no folder's name can have.
    Slash(String),
    /// It is longer than [`LONGEST_CLASS_NAME`]; the number of its bytes.
    TooLong(usize),
    /// Another class has the same name but for upper and lower case or for the form of its Unicode characters.
    LikeAnother {
        /// The name.
        name: String,
        /// The name of the other class.
        other: String,
    },
}

impl fmt::Display for ClassNameProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnicode => {
                formatter.write_str("expected a class name in UTF-8, found other bytes; rename the folder")
            }
            Self::Empty => formatter.write_str("expected a class name, found an empty one"),
            Self::Invisible(name) => {
                write!(formatter, "expected a class name of characters that can be seen, found '{name}'")
            }
            Self::Slash(name) => {
                write!(
                    formatter,
                    "expected a class name without slashes, as folders have them, found '{name}'"
                )
            }
            Self::TooLong(found) => {
                write!(
                    formatter,
                    "expected a class name of at most {LONGEST_CLASS_NAME} bytes, found {found}"
                )
            }
            Self::LikeAnother { name, other } => write!(
                formatter,
                "expected class names that differ in more than case or Unicode form, found '{name}' and '{other}'; \
                 some systems take them for one: rename one, or put their pictures together"
            ),
        }
    }
}

/// Checks one name of a class.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(name: &str) -> Result<(), ClassNameProblem> {
    if name.trim().is_empty() {
        return Err(ClassNameProblem::Empty);
    }
    if name.len() > LONGEST_CLASS_NAME {
        return Err(ClassNameProblem::TooLong(name.len()));
    }
    if name.contains(is_invisible) {
        return Err(ClassNameProblem::Invisible(printable(name)));
    }
    if name.contains(['/', '\\']) {
        return Err(ClassNameProblem::Slash(printable(name)));
    }
    Ok(())
}

/// Sorts names of classes in natural order, and returns the first two that some system would take for one.
///
/// # Errors
/// [`ClassNameProblem::LikeAnother`].
pub(crate) fn sort(names: &mut [String]) -> Result<(), ClassNameProblem> {
    // Names that are the same in natural order, such as 1 and 01, have the order of their bytes.
    names.sort_by(|one, other| alphanumeric_sort::compare_str(one, other).then_with(|| one.cmp(other)));
    let mut seen: HashMap<String, &String> = HashMap::new();
    for name in &*names {
        let folded = name.nfkc().collect::<String>().to_lowercase().nfc().collect();
        if let Some(other) = seen.insert(folded, name) {
            let (name, other) = (escaped(name), escaped(other));
            return Err(ClassNameProblem::LikeAnother { name: other, other: name });
        }
    }
    Ok(())
}

/// Returns a name with what is not ASCII beside it as code points, so that two forms of one letter can be told apart.
fn escaped(name: &str) -> String {
    if name.is_ascii() {
        return printable(name);
    }
    let codes: Vec<String> =
        name.chars().filter(|c| !c.is_ascii()).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    format!("{} ({})", printable(name), codes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(names: &[&str]) -> Result<Vec<String>, ClassNameProblem> {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        sort(&mut names).map(|()| names)
    }

    #[test]
    fn classes_stand_in_natural_order() {
        assert_eq!(sorted(&["10", "9", "2", "1"]).unwrap(), ["1", "2", "9", "10"]);
        assert_eq!(sorted(&["b", "a10", "a9", "01", "1"]).unwrap(), ["1", "01", "a9", "a10", "b"]);
    }

    #[test]
    fn names_that_a_system_takes_for_one_are_refused() {
        for pair in [["Cat", "cat"], ["caf\u{e9}", "cafe\u{301}"], ["CAF\u{c9}", "cafe\u{301}"]] {
            assert!(matches!(sorted(&pair), Err(ClassNameProblem::LikeAnother { .. })), "{pair:?}");
        }
        assert!(sorted(&["cat", "cats"]).is_ok());
        let message = sorted(&["caf\u{e9}", "cafe\u{301}"]).unwrap_err().to_string();
        assert!(message.contains("U+00E9") && message.contains("U+0301"), "{message}");
    }

    #[test]
    fn a_name_that_is_none_is_named() {
        assert_eq!(check(" "), Err(ClassNameProblem::Empty));
        assert_eq!(check("a\nb"), Err(ClassNameProblem::Invisible("a\\nb".to_owned())));
        assert_eq!(check("a/b"), Err(ClassNameProblem::Slash("a/b".to_owned())));
        assert_eq!(check(&"x".repeat(300)), Err(ClassNameProblem::TooLong(300)));
        assert_eq!(check("Ankle boot"), Ok(()));
    }
}

//! What is wrong with a TOML file, in one line for whoever wrote it.
//!
//! In come the text of a file and the parser's error, which speaks of the types of a program and quotes the file over four
//! lines; out goes a sentence with the number of the line, the key, what may stand there, what does, and the word that may
//! have been meant.

use models::storage::printable::printable;

/// Words of a parser about what it reads, and what they are in a file.
const KINDS: [(&str, &str); 12] = [
    ("u8", "a whole number from 0 on"),
    ("u32", "a whole number from 0 on"),
    ("u64", "a whole number from 0 on"),
    ("usize", "a whole number from 0 on"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a string", "text in quotes"),
    ("path string", "a path in quotes"),
    ("a boolean", "true or false"),
    ("a sequence", "a list in brackets"),
    ("a map", "a table"),
    ("an array of length 3", "a list of 3 numbers"),
];

/// How the parser's message about a missing key begins.
const MISSING: &str = "missing field ";

/// Returns the line about `error`, which reading `text` has met.
pub(crate) fn problem(text: &str, error: &toml::de::Error) -> String {
    let message = one_line(error.message());
    let key = key(error);
    let said = unknown_key(&message, &key)
        .or_else(|| missing_key(&message, &key))
        .or_else(|| unknown_word(&message, &key))
        .or_else(|| wrong_kind(&message, &key))
        .unwrap_or_else(|| other(text, error, &message, &key));
    printable(&format!("{}{said}", line(text, error, &key)))
}

/// The place of the error, as the beginning of a sentence; empty where it is the whole file, as of a key that is missing
/// outside of all tables.
fn line(text: &str, error: &toml::de::Error, key: &str) -> String {
    let is_whole = key.is_empty() && error.message().starts_with(MISSING);
    let span = error.span().filter(|_| !is_whole);
    let before = span.and_then(|span| text.get(..span.start));
    before.map(|before| format!("line {}: ", 1 + before.matches('\n').count())).unwrap_or_default()
}

/// The key of the value that is wrong, with those of the tables around it; the parser says it at the end of its text where it
/// cannot quote the file.
fn key(error: &toml::de::Error) -> String {
    let mut error = error.clone();
    error.set_input(None);
    let said = error.to_string();
    let key = said.trim_end().rsplit_once("in `").and_then(|(_, key)| key.strip_suffix('`'));
    key.unwrap_or_default().to_owned()
}

fn unknown_key(message: &str, table: &str) -> Option<String> {
    let (found, known) = found_and_known(message.strip_prefix("unknown field ")?)?;
    let place = if table.is_empty() { String::new() } else { format!("{table}: ") };
    Some(format!("{place}unknown key {found}: expected {}{}", listed(&known), did_you_mean(found, &known)))
}

fn missing_key(message: &str, table: &str) -> Option<String> {
    let missing = message.strip_prefix(MISSING)?.strip_prefix('`')?.strip_suffix('`')?;
    let place = if table.is_empty() { String::new() } else { format!("{table}: ") };
    Some(format!("{place}expected the key {missing}, found none"))
}

fn unknown_word(message: &str, key: &str) -> Option<String> {
    let (found, known) = found_and_known(message.strip_prefix("unknown variant ")?)?;
    Some(format!("{key}: expected {}, found '{found}'{}", listed(&known), did_you_mean(found, &known)))
}

fn wrong_kind(message: &str, key: &str) -> Option<String> {
    let kinds = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = kinds.into_iter().find_map(|kind| message.strip_prefix(kind))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("{key}: expected {}, found {}", kind_in_words(expected), value_in_words(found)))
}

/// What the value's own parser says, or what is no TOML.
fn other(text: &str, error: &toml::de::Error, message: &str, key: &str) -> String {
    if key.is_empty() {
        return format!("no TOML: {message}");
    }
    let message = message.replace("wanted string or table", "expected a word in quotes");
    let found = error.span().and_then(|span| text.get(span)).map(one_line).unwrap_or_default();
    match message.contains("found") || found.is_empty() {
        true => format!("{key}: {message}"),
        false => {
            let words: Vec<&str> = message.split([' ', ',']).filter(|word| word.len() > 2).collect();
            format!("{key}: {message}, found {found}{}", did_you_mean(found.trim_matches('"'), &words))
        }
    }
}

/// Returns the first word in backquotes, and the others.
fn found_and_known(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut words = message.split('`').skip(1).step_by(2);
    Some((words.next()?, words.collect()))
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

fn kind_in_words(kind: &str) -> String {
    let known = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, words)| *words);
    match known {
        Some(words) => words.to_owned(),
        None if kind.starts_with("struct ") || kind.contains(" enum ") => "a table".to_owned(),
        None => kind.replace('`', ""),
    }
}

/// `floating point `1.5`` as `1.5`, `string "x"` as `"x"`, `sequence` as `a list`.
fn value_in_words(value: &str) -> String {
    match value {
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        _ => match value.split_once('`') {
            Some((_, number)) => number.trim_end_matches('`').to_owned(),
            None => value.trim_start_matches("string ").to_owned(),
        },
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the word that may have been meant, as the end of a sentence.
#[cfg(feature = "cli")]
fn did_you_mean(found: &str, known: &[&str]) -> String {
    crate::process::suggestion::did_you_mean(found, known)
}

/// Without the program, nobody has typed a word.
#[cfg(not(feature = "cli"))]
fn did_you_mean(_: &str, _: &[&str]) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use models::Resize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by the parser")]
    struct File {
        epochs: usize,
        rate: Option<f64>,
        names: Option<Vec<String>>,
        sides: Option<[usize; 3]>,
        resize: Option<Resize>,
        schedule: Option<Schedule>,
        optimizer: Option<Optimizer>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by the parser")]
    struct Inner {
        seed: u64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Schedule {
        Constant,
        Cosine,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by the parser")]
    enum Optimizer {
        Adamw,
        Sgd { momentum: f32 },
    }

    fn line_about(text: &str) -> String {
        problem(text, &toml::from_str::<File>(text).unwrap_err())
    }

    #[test]
    fn wrong_kinds_of_values_are_told_without_the_types_of_a_program() {
        for (text, expected) in [
            ("\n\nepochs = 1.5", "line 3: epochs: expected a whole number from 0 on, found 1.5"),
            ("epochs = -1", "line 1: epochs: expected a whole number from 0 on, found -1"),
            ("epochs = \"two\"", "line 1: epochs: expected a whole number from 0 on, found \"two\""),
            ("epochs = 1\nrate = true", "line 2: rate: expected a number, found true"),
            ("epochs = 1\nnames = \"a\"", "line 2: names: expected a list in brackets, found \"a\""),
            ("epochs = 1\nnames = [\"a\", 3]", "line 2: names: expected text in quotes, found 3"),
            ("epochs = 1\nsides = [1, 2]", "line 2: sides: expected a list of 3 numbers, found 2"),
            ("epochs = 1\nschedule = 3", "line 2: schedule: expected a word in quotes, found 3"),
            ("epochs = 1\ninner = 3", "line 2: inner: expected a table, found 3"),
            (
                "epochs = 1\n[inner]\nseed = \"x\"",
                "line 3: inner.seed: expected a whole number from 0 on, found \"x\"",
            ),
        ] {
            assert_eq!(line_about(text), expected);
        }
    }

    #[test]
    #[cfg(feature = "cli")]
    fn misspelt_keys_and_words_are_told_with_those_that_are_allowed_and_the_nearest_one() {
        let keys = "expected epochs, rate, names, sides, resize, schedule, optimizer or inner";
        for (text, expected) in [
            ("epochs = 1\nrates = 2", format!("line 2: unknown key rates: {keys}; did you mean rate?")),
            (
                "epochs = 1\n[inner]\nsed = 3",
                "line 3: inner: unknown key sed: expected seed; did you mean seed?".to_owned(),
            ),
            (
                "epochs = 1\nschedule = \"cosin\"",
                "line 2: schedule: expected constant or cosine, found 'cosin'; did you mean cosine?"
                    .to_owned(),
            ),
            (
                "epochs = 1\n\n[optimizer]\nkind = \"adam\"",
                "line 4: optimizer.kind: expected adamw or sgd, found 'adam'; did you mean adamw?".to_owned(),
            ),
        ] {
            assert_eq!(line_about(text), expected);
        }
        let resize = line_about("epochs = 1\nresize = \"ikn\"");
        assert!(resize.starts_with("line 2: resize: expected fit, fill, stretch, ink or ink:N"), "{resize}");
        assert!(resize.ends_with(", found \"ikn\"; did you mean ink?"), "{resize}");
    }

    #[test]
    fn what_is_missing_and_what_is_no_toml_is_told_in_one_line() {
        assert_eq!(line_about("rate = 2"), "expected the key epochs, found none");
        assert_eq!(line_about(""), "expected the key epochs, found none");
        for text in ["epochs = [\n", "epochs 3", "epochs = 1\nepochs = 2", "\u{202e}"] {
            let line = line_about(text);
            assert!(line.starts_with("line ") && line.lines().count() == 1, "{line}");
            assert!(line.contains(": no TOML: "), "{line}");
        }
    }
}

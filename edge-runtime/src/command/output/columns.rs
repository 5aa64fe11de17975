//! The lines of reports in words: a name and its value, broken for a terminal of 80 columns.

use edge_runtime::{Precision, Processor, printable};

/// The column in which values begin.
const VALUES: usize = 14;

/// Where a long value is broken.
const COLUMNS: usize = 80;

/// Appends a name and its value to `text`; a long value is broken between words.
pub(super) fn line(text: &mut String, name: &str, value: &str) {
    let mut current = format!("{name:VALUES$}");
    let mut empty = true;
    for word in printable(value).split(' ') {
        if !empty && current.chars().count() + 1 + word.chars().count() > COLUMNS {
            text.push_str(current.trim_end());
            text.push('\n');
            current = " ".repeat(VALUES);
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    text.push_str(current.trim_end());
    text.push('\n');
}

/// Appends the lines about the processor, and about tract's kernels for a model on it.
pub(super) fn processor_lines(text: &mut String, processor: &Processor, kernels: &[String]) {
    let name = processor.name.as_deref().unwrap_or("unknown");
    let board = processor.board.as_ref().map(|board| format!("{board}, ")).unwrap_or_default();
    let cores = processor.cores;
    let cores = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    line(text, "processor", &format!("{board}{name}, {cores}, {}", processor.architecture));
    line(text, "it offers", &or_none(&processor.features));
    line(text, "tract uses", &or_none(&processor.used_by_tract));
    line(text, "kernels", &or_none(kernels));
}

/// The types of a model's weights in words: `f32`, or `f16 and f32`.
pub(super) fn precisions(precisions: &[Precision]) -> String {
    precisions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn or_none(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_long_values_between_words() {
        let mut text = String::new();
        line(&mut text, "labels", &["label"; 40].join(" "));
        assert!(
            text.lines().count() > 2 && text.lines().all(|line| line.chars().count() <= COLUMNS),
            "{text}"
        );
    }
}

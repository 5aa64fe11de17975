//! The findings about a set for people: what is here, what is wrong, and what to do next, on lines that fit a terminal of 80
//! columns.

use models::storage::printable::printable;

use super::class_table;
use super::problems::problems;
use crate::inspection::findings::{Duplicates, Findings, Sides};
use crate::inspection::shell_word::shell_word;

/// The columns of a terminal.
const COLUMNS: usize = 80;

/// The columns before a value.
const LABEL: usize = 19;

/// Returns the text; `is_written` where a `dataset.toml` is written at the same time.
pub(super) fn text(findings: &Findings, is_written: bool) -> String {
    let mut lines = vec![heading(findings), String::new()];
    lines.extend(class_table::lines(findings));
    lines.extend(split(findings));
    lines.extend(["".to_owned(), "pictures".to_owned()]);
    lines.extend(pictures(findings));
    lines.extend(["".to_owned(), "what is wrong".to_owned()]);
    let problems = problems(findings);
    for problem in &problems {
        lines.extend(wrapped("  ! ", "    ", &problem.sentence));
        lines.extend(problem.lines.iter().map(|line| format!("      {line}")));
    }
    if problems.is_empty() {
        lines.push("  nothing was found".to_owned());
    }
    lines.extend(["".to_owned(), "what a training does unless told otherwise".to_owned()]);
    for proposal in &findings.proposals {
        let option = format!("  {:<12} {:<17} ", proposal.option, proposal.value);
        lines.extend(wrapped(&option, &" ".repeat(33), &proposal.reason));
    }
    lines.extend(["".to_owned(), "next".to_owned()]);
    lines.extend(next(findings, is_written));
    lines.join("\n") + "\n"
}

fn heading(findings: &Findings) -> String {
    let place = match findings.source {
        "folders" => "in a folder for each class",
        "manifest" => "named by a manifest",
        "idx" => "in IDX files",
        _ => "in CIFAR-10's files",
    };
    let (pictures, classes) = (findings.pictures, findings.classes.len());
    let data = printable(&findings.data);
    format!("{data}: {pictures} pictures of {classes} classes, {place}")
}

fn split(findings: &Findings) -> Vec<String> {
    let drawn = findings.classes.iter().any(|class| class.train > 0) && !findings.is_divided;
    match (drawn && findings.source != "idx", findings.sample) {
        (true, _) => wrapped(
            "  ",
            "  ",
            "The parts are drawn, the same in every command; pictures that show the same are in one part.",
        ),
        (false, Some(sample)) => wrapped(
            "  ",
            "  ",
            &format!("A quick look: the heads of all files, and {sample} pictures decoded."),
        ),
        _ => Vec::new(),
    }
}

/// Returns lines with a label and a value each; what there is nothing to say of has none.
fn pictures(findings: &Findings) -> Vec<String> {
    let formats: Vec<String> =
        findings.formats.iter().map(|(format, count)| format!("{count} {format}")).collect();
    let [sizes, shapes] = findings.sides.as_ref().map(sizes_and_shapes).unwrap_or_default();
    let numbers =
        |values: &[f32]| values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join("  ");
    let labelled = [
        ("formats", formats.join(", ")),
        ("sizes", sizes),
        ("shapes", shapes),
        ("colours", colours(findings)),
        ("mean", numbers(&findings.mean)),
        ("deviation", numbers(&findings.standard_deviation)),
        ("near-duplicates", findings.duplicates.as_ref().map(near_duplicates).unwrap_or_default()),
        ("left out", findings.left_out.clone().unwrap_or_default()),
    ];
    let line = |(label, value): (&str, String)| {
        wrapped(&format!("  {label:<width$}", width = LABEL - 2), &" ".repeat(LABEL), &value)
    };
    labelled.into_iter().filter(|(_, value)| !value.is_empty()).flat_map(line).collect()
}

/// Returns the sizes of the pictures in words, and their shapes where they differ.
fn sizes_and_shapes(sides: &Sides) -> [String; 2] {
    let of = |[width, height]: [u32; 2]| format!("{width}x{height}");
    if sides.smallest == sides.largest {
        return [format!("all {}", of(sides.median)), String::new()];
    }
    let (smallest, largest, median) = (of(sides.smallest), of(sides.largest), of(sides.median));
    let shapes = [(sides.landscape, "landscape"), (sides.portrait, "portrait"), (sides.square, "square")];
    let there = shapes.iter().filter(|(share, _)| *share > 0.0);
    let shapes: Vec<String> = there.map(|(share, name)| format!("{} {name}", percent(*share))).collect();
    [format!("{smallest} to {largest}, half of them from {median}"), shapes.join(", ")]
}

fn colours(findings: &Findings) -> String {
    match (findings.coloured, findings.grey) {
        (0, 0) => String::new(),
        (_, 0) => "all have colours".to_owned(),
        (0, _) => "all are grey".to_owned(),
        (coloured, grey) => format!("{coloured} have colours, {grey} are grey"),
    }
}

fn near_duplicates(duplicates: &Duplicates) -> String {
    let Duplicates { pictures, groups, exact, .. } = duplicates;
    let groups = if *groups == 1 { "1 group".to_owned() } else { format!("{groups} groups") };
    match pictures {
        0 => "none".to_owned(),
        _ => format!("{pictures} pictures in {groups} that show the same, {exact} of them equal to another"),
    }
}

/// Returns a share in percent; the few of many are not called none.
fn percent(share: f64) -> String {
    if share < 0.01 { "under 1 %".to_owned() } else { format!("{:.0} %", share * 100.0) }
}

fn next(findings: &Findings, is_written: bool) -> Vec<String> {
    let data = shell_word(&findings.data);
    let grouping = findings
        .grouping
        .as_ref()
        .map(|it| format!(" --group-by {}", shell_word(&it.group_by)))
        .unwrap_or_default();
    let mut commands = Vec::new();
    let is_folder = matches!(findings.source, "folders" | "manifest");
    if findings.sample.is_some() {
        commands.push((format!("trainer inspect {data}"), "looks at every picture"));
    }
    if is_folder && !is_written {
        commands.push((format!("trainer inspect {data}{grouping} --write"), "keeps this in a dataset.toml"));
    }
    commands.push((format!("trainer teacher --data {data} --out runs/teacher"), ""));
    commands.push((format!("trainer distill --data {data} --teacher runs/teacher --out runs/student"), ""));
    let line = |(command, about): (String, &str)| match about {
        "" => format!("  {command}"),
        about if command.chars().count() + about.chars().count() + 4 > COLUMNS => format!("  {command}"),
        about => format!("  {command:<46}  {about}"),
    };
    commands.into_iter().map(line).collect()
}

/// Returns `text` on lines that fit a terminal, the first after `first` and the others after `other`.
fn wrapped(first: &str, other: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_begun = false;
    for word in text.split_whitespace() {
        if is_begun && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            is_begun = false;
        }
        if is_begun {
            line.push(' ');
        }
        line.push_str(word);
        is_begun = true;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_long_ones_stay_whole() {
        let lines = wrapped("  ! ", "    ", &format!("{} {}", "word ".repeat(30), "x".repeat(100)));
        assert!(lines[0].starts_with("  ! word") && lines[0].len() <= COLUMNS);
        assert!(lines[1].starts_with("    word"));
        assert_eq!(lines.last().unwrap().trim().len(), 100);
    }

    #[test]
    fn few_of_many_are_not_none() {
        assert_eq!([0.001, 0.254, 1.0].map(percent), ["under 1 %", "25 %", "100 %"]);
    }
}

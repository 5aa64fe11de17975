//! What is wrong with a set, each with what to do about it: findings in, sentences out.

use crate::inspection::findings::{Across, Duplicates, Findings};
use crate::inspection::shell_word::shell_word;

/// The most columns of two paths on one line.
const PAIR: usize = 70;

/// The number of broken pictures that are named.
const NAMED: usize = 5;

/// A problem in a sentence, with lines of examples or commands that are shown as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) sentence: String,
    pub(super) lines: Vec<String>,
}

/// Returns what is wrong with the set, the worst first.
pub(super) fn problems(findings: &Findings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let plain = |sentence: String| Problem { sentence, lines: Vec::new() };
    problems.extend(findings.split_problem.clone().map(plain));
    problems.extend(broken(findings));
    problems.extend(unsupported(findings));
    problems.extend(misnamed(findings));
    if let Some(duplicates) = &findings.duplicates {
        problems.extend(several_classes(duplicates));
        problems.extend(duplicates.across.iter().map(across));
    }
    problems.extend(findings.grouping.iter().map(|grouping| {
        plain(format!(
            "{}; --group-by {} keeps them on one side of the split.",
            grouping.reason,
            shell_word(&grouping.group_by)
        ))
    }));
    problems.extend(imbalance(findings).map(plain));
    problems.extend(small(findings).map(plain));
    problems.extend(findings.warnings.iter().map(|warning| plain(format!("{warning}."))));
    problems
}

fn count(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn broken(findings: &Findings) -> Option<Problem> {
    let found = findings.broken_count;
    let of_sample =
        findings.sample.map(|sample| format!(" of the {sample} that were decoded")).unwrap_or_default();
    let sentence = format!(
        "{}{of_sample} can't be read and {} left out; more than 2 % of them need --max-skipped.",
        count(found, "picture", "pictures"),
        if found == 1 { "is" } else { "are" }
    );
    let named = findings.broken.iter().take(NAMED);
    let mut lines: Vec<String> = named.map(|it| format!("{}: {}", it.path, it.reason)).collect();
    if found > lines.len() {
        lines.push(format!("… and {} more; --format json names all", found - lines.len()));
    }
    (found > 0).then_some(Problem { sentence, lines })
}

fn unsupported(findings: &Findings) -> Option<Problem> {
    let kinds: Vec<String> =
        findings.unsupported.iter().map(|(format, count)| format!("{count} {format}")).collect();
    let sentence = format!(
        "Pictures of formats that are not read: {}. These commands convert a copy of the whole folder; the original \
         stays as it is:",
        kinds.join(", ")
    );
    let lines = findings.conversion.iter().flat_map(|command| command.lines()).map(str::to_owned).collect();
    (!kinds.is_empty()).then_some(Problem { sentence, lines })
}

fn misnamed(findings: &Findings) -> Option<Problem> {
    let first = findings.misnamed.first()?;
    let found = findings.misnamed.len();
    let sentence = format!(
        "{} of them {} of such a format by content and not by name, and the commands find files by their names: in the copy, \
         add the ending of the format first, as in {first}.heic:",
        found,
        if found == 1 { "is" } else { "are" }
    );
    let mut lines: Vec<String> = findings.misnamed.iter().take(NAMED).cloned().collect();
    if found > lines.len() {
        lines.push(format!("… and {} more; --format json names all", found - lines.len()));
    }
    Some(Problem { sentence, lines })
}

fn pairs(pairs: &[[String; 2]]) -> Vec<String> {
    let is_short = pairs.iter().all(|[one, other]| one.chars().count() + other.chars().count() <= PAIR);
    match is_short {
        true => pairs.iter().map(|[one, other]| format!("{one}  {other}")).collect(),
        false => pairs.iter().flat_map(|[one, other]| [one.clone(), format!("  {other}")]).collect(),
    }
}

fn several_classes(duplicates: &Duplicates) -> Option<Problem> {
    let found = duplicates.groups_of_several_classes;
    let sentence = format!(
        "{} the same picture in different classes, which no network can learn; keep each in one class:",
        if found == 1 {
            "1 group of pictures shows".to_owned()
        } else {
            format!("{found} groups of pictures show")
        }
    );
    (found > 0).then(|| Problem { sentence, lines: pairs(&duplicates.of_several_classes) })
}

fn across(found: &Across) -> Problem {
    let Across { part, other, pictures, .. } = found;
    let sentence = format!(
        "{} of {other} {} the same as pictures of {part}: the network has seen {}, and looks better than it is.",
        count(*pictures, "picture", "pictures"),
        if *pictures == 1 { "shows" } else { "show" },
        if *pictures == 1 { "it" } else { "them" },
    );
    Problem { sentence, lines: pairs(&found.pairs) }
}

fn imbalance(findings: &Findings) -> Option<String> {
    let (largest, smallest, ratio) = findings.imbalance()?;
    let label = |label: &str| models::storage::printable::printable(label);
    Some(format!(
        "Class {} has {ratio:.0} times as many pictures as {}: a network can neglect the rare one unpunished. Add pictures \
         of it, and look at the balanced accuracy and the errors by class of `trainer evaluate`.",
        label(&largest.label),
        label(&smallest.label)
    ))
}

fn small(findings: &Findings) -> Option<String> {
    let found = findings.smaller_than_input;
    (found > 0).then(|| {
        format!(
            "{} smaller than the input, {}, and {} enlarged, which adds pixels and no detail.",
            count(found, "picture is", "pictures are"),
            findings.input,
            if found == 1 { "is" } else { "are" }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::findings::{Broken, ClassCount};

    #[test]
    fn a_sound_set_has_no_problems() {
        assert_eq!(
            problems(&Findings { duplicates: Some(Duplicates::default()), ..Findings::default() }),
            []
        );
    }

    #[test]
    fn each_problem_says_how_many_and_names_some() {
        let class =
            |label: &str, train| ClassCount { label: label.to_owned(), train, ..ClassCount::default() };
        let findings = Findings {
            broken_count: 7,
            broken: vec![Broken { path: "a/b.jpg".to_owned(), reason: "ends early".to_owned() }; 7],
            unsupported: [("HEIC", 8)].into(),
            misnamed: vec!["a/c.jpg".to_owned(); 6],
            classes: vec![class("cat", 10), class("dog", 95)],
            smaller_than_input: 1,
            input: "3x96x96".to_owned(),
            ..Findings::default()
        };
        let found = problems(&findings);
        let sentences: Vec<&str> = found.iter().map(|problem| problem.sentence.as_str()).collect();
        assert!(sentences[0].starts_with("7 pictures can't be read"), "{sentences:#?}");
        assert_eq!(found[0].lines[0], "a/b.jpg: ends early");
        assert_eq!(found[0].lines[5], "… and 2 more; --format json names all");
        assert!(sentences[1].starts_with("Pictures of formats that are not read: 8 HEIC"), "{sentences:#?}");
        assert!(sentences[2].starts_with("6 of them are of such a format by content"), "{sentences:#?}");
        assert!(sentences[2].ends_with("as in a/c.jpg.heic:"), "{sentences:#?}");
        assert_eq!((found[2].lines.len(), found[2].lines[0].as_str()), (6, "a/c.jpg"));
        assert!(sentences[3].starts_with("Class dog has 10 times as many pictures as cat"), "{sentences:#?}");
        assert!(sentences[4].starts_with("1 picture is smaller than the input, 3x96x96"), "{sentences:#?}");
    }
}

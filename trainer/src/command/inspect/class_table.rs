//! The table of classes: names with the number of pictures in each part in, lines of at most 80 columns out.

use models::storage::printable::printable;

use crate::inspection::findings::{ClassCount, Findings};

/// The most classes that are listed one by one.
const LISTED: usize = 24;

/// Of more classes, so many of the largest and of the smallest are listed.
const OF_EACH_END: usize = 8;

/// The columns of a name.
const LONGEST_NAME: usize = 38;

/// Returns the lines of the table.
pub(super) fn lines(findings: &Findings) -> Vec<String> {
    let columns = Columns::of(findings);
    let mut lines = vec![columns.heading()];
    let rows = |classes: &[&ClassCount]| classes.iter().map(|class| columns.row(class)).collect::<Vec<_>>();
    let all: Vec<&ClassCount> = findings.classes.iter().collect();
    if all.len() <= LISTED {
        lines.extend(rows(&all));
    } else {
        let mut by_size = all.clone();
        by_size.sort_by_key(|class| std::cmp::Reverse(class.pictures));
        let (large, small) = (&by_size[..OF_EACH_END], &by_size[by_size.len() - OF_EACH_END..]);
        let between = &by_size[OF_EACH_END..by_size.len() - OF_EACH_END];
        lines.extend(rows(large));
        lines.push(format!(
            "  … {} classes more, of {} to {} pictures",
            between.len(),
            between[between.len() - 1].pictures,
            between[0].pictures
        ));
        lines.extend(rows(small));
    }
    let sum = |count: fn(&ClassCount) -> usize| all.iter().map(|class| count(class)).sum();
    lines.push(columns.row(&ClassCount {
        label: format!("all {}", all.len()),
        pictures: sum(|it| it.pictures),
        train: sum(|it| it.train),
        validation: sum(|it| it.validation),
        test: sum(|it| it.test),
    }));
    lines
}

/// The columns that there is something to say in.
struct Columns {
    name: usize,
    has_parts: bool,
}

impl Columns {
    fn of(findings: &Findings) -> Self {
        let name = |class: &ClassCount| printable(&class.label).chars().count();
        let longest = findings.classes.iter().map(name).max().unwrap_or(0);
        let has_parts = findings.classes.iter().any(|class| class.train > 0);
        Self { name: longest.clamp(14, LONGEST_NAME), has_parts }
    }

    fn heading(&self) -> String {
        let parts = if self.has_parts {
            format!("{:>9}{:>12}{:>9}", "train", "validation", "test")
        } else {
            String::new()
        };
        format!("{:<width$}{:>10}{parts}", "classes", "pictures", width = self.name + 2)
    }

    fn row(&self, class: &ClassCount) -> String {
        let ClassCount { pictures, train, validation, test, .. } = class;
        let parts =
            if self.has_parts { format!("{train:>9}{validation:>12}{test:>9}") } else { String::new() };
        format!("  {:<width$}{pictures:>10}{parts}", self.shortened(&class.label), width = self.name)
    }

    fn shortened(&self, label: &str) -> String {
        let label = printable(label);
        match label.chars().count() > self.name {
            true => label.chars().take(self.name - 1).chain(['…']).collect(),
            false => label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(classes: usize) -> Findings {
        let class = |class: usize| ClassCount {
            label: format!("class {class} {}", "x".repeat(class % 60)),
            pictures: 10 * class + 10,
            train: 8 * class + 8,
            validation: class + 1,
            test: class + 1,
        };
        Findings { classes: (0..classes).map(class).collect(), ..Findings::default() }
    }

    #[test]
    fn no_line_is_longer_than_a_terminal_and_thousands_of_classes_are_shortened() {
        for classes in [2, 24, 25, 4096] {
            let lines = lines(&findings(classes));
            assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
            assert!(lines.len() <= LISTED + 2, "{classes}: {}", lines.len());
        }
        let lines = lines(&findings(4096));
        assert_eq!(lines[9], "  … 4080 classes more, of 90 to 40880 pictures");
        assert!(lines[17].ends_with("  10        8           1        1"), "{}", lines[17]);
    }

    #[test]
    fn a_quick_look_at_what_is_not_divided_has_no_parts() {
        let mut findings = findings(2);
        findings.classes.iter_mut().for_each(|class| class.train = 0);
        assert_eq!(lines(&findings)[0].split_whitespace().collect::<Vec<_>>(), ["classes", "pictures"]);
    }
}

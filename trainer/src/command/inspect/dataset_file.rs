//! A `dataset.toml` to start from: what a set is in, a commented file out. It says what a training would choose, so that it
//! can be read, changed and kept with the pictures.

use std::path::Path;

use models::storage::atomic_file::{self, WriteError};

use crate::data::data_directory::{DataDirectory, Source};
use crate::data::description::DatasetDescription;
use crate::inspection::findings::Findings;

/// Writes the description of the set in `directory` to `path`, whole or not at all.
pub(super) fn write(
    path: &Path,
    directory: &DataDirectory,
    description: &DatasetDescription,
    findings: &Findings,
) -> Result<(), WriteError> {
    let manifest = match directory.source() {
        Ok(Source::Manifest(path)) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        _ => None,
    };
    let description =
        DatasetDescription { manifest: manifest.or(description.manifest.clone()), ..description.clone() };
    atomic_file::write(path, commented(&description, findings).as_bytes())
}

/// Returns the text of the file.
fn commented(description: &DatasetDescription, findings: &Findings) -> String {
    let described = Described(description.to_toml().parse().unwrap_or_default());
    let mut entries = vec![
        entry(
            "The classes, in the order of the labels of every network trained on the set.",
            described.line("classes"),
        ),
        entry("The file beside this one that says what the pictures show.", described.line("manifest")),
    ];
    entries.extend(input_entries(&described, findings));
    if !findings.is_divided {
        entries.extend(split_entries(&described, findings));
    }
    let heading =
        "# What this data set is; every command of trainer reads it. Lines without # count.\n".to_owned();
    std::iter::once(heading).chain(entries.into_iter().flatten()).collect()
}

/// What the description of a set says, by key.
struct Described(toml::Table);

impl Described {
    /// Returns the line of a key; `None` where the description says nothing of it.
    fn line(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|value| format!("{key} = {value}\n"))
    }
}

/// Returns a line below its comment; `None` where there is no line.
fn entry(comment: &str, line: Option<String>) -> Option<String> {
    line.map(|line| format!("\n# {comment}\n{line}"))
}

/// Returns what the file says of the way from a picture to a network's input.
fn input_entries(described: &Described, findings: &Findings) -> [Option<String>; 3] {
    let input = findings.proposals.iter().find(|proposal| proposal.option == "--input");
    let reason = input.map(|it| it.reason.clone()).unwrap_or_default();
    let numbers =
        |values: &[f32]| values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(", ");
    let is_known =
        !findings.mean.is_empty() && findings.sample.is_none() && described.line("input").is_some();
    let (mean, deviation) = (numbers(&findings.mean), numbers(&findings.standard_deviation));
    let statistics = is_known.then(|| format!("mean = [{mean}]\nstandard_deviation = [{deviation}]\n"));
    [
        entry(
            &format!("Channels, height and width that pictures are brought to: {reason}."),
            described.line("input"),
        ),
        entry(
            "How: fit (the whole picture, with padding), fill (cropped to the middle), stretch, or ink (drawings).",
            described.line("resize"),
        ),
        entry(
            "Mean and deviation of each channel of the training pictures at that size; remove both where the pictures \
             change.",
            statistics,
        ),
    ]
}

/// Returns what the file says of the parts, which are drawn.
fn split_entries(described: &Described, findings: &Findings) -> [Option<String>; 2] {
    let share = |key| described.line(key).unwrap_or_else(|| format!("# {key} = 0.1\n"));
    let seed = described.line("split_seed").unwrap_or_else(|| "split_seed = 0\n".to_owned());
    let comment = match &findings.grouping {
        Some(grouping) => format!("Pictures that stay on one side: {}.", grouping.reason),
        None => {
            "Pictures that stay on one side: column, prefix:_, pattern:EXPRESSION or time:SECONDS.".to_owned()
        }
    };
    let proposed = findings.grouping.as_ref().map_or("time:30", |grouping| &grouping.group_by);
    let proposed = || format!("# group_by = {}\n", toml::Value::from(proposed));
    [
        entry(
            "The shares of the pictures that choose the epoch and that measure at the end, and the seed by which they \
             are drawn.",
            Some(share("validation_share") + &share("test_share") + &seed),
        ),
        entry(&comment, Some(described.line("group_by").unwrap_or_else(proposed))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_means_what_was_described() {
        let classes = ["a \"quoted\" one", "b"].map(str::to_owned).to_vec();
        let input = Some("3x64x48".parse().unwrap());
        let description = DatasetDescription { classes, input, ..DatasetDescription::default() };
        let findings = Findings {
            mean: vec![0.5, 0.4, 0.3],
            standard_deviation: vec![0.2, 0.25, 0.3],
            ..Findings::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dataset.toml");
        std::fs::write(&path, commented(&description, &findings)).unwrap();
        let read = DatasetDescription::read(&path).unwrap().unwrap();
        let expected = DatasetDescription {
            mean: Some(findings.mean),
            standard_deviation: Some(findings.standard_deviation),
            split_seed: Some(0),
            ..description
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_proposal_is_a_text_of_toml_whatever_characters_it_has() {
        use crate::inspection::findings::Grouping;
        for group_by in ["prefix:\u{301}", "prefix:\"", "time:5"] {
            let grouping = Grouping { group_by: group_by.to_owned(), reason: "bursts".to_owned() };
            let findings = Findings { grouping: Some(grouping), ..Findings::default() };
            let text = commented(&DatasetDescription::default(), &findings);
            let line = text.lines().find_map(|line| line.strip_prefix("# group_by")).unwrap();
            let table: toml::Table = format!("group_by{line}").parse().unwrap();
            assert_eq!(table["group_by"].as_str(), Some(group_by));
        }
    }
}

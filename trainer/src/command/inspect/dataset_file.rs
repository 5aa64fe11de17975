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
    let value = |key: &str, described: &DatasetDescription| {
        let text = described.to_toml();
        let table: toml::Table = text.parse().unwrap_or_default();
        table.get(key).map(|value| format!("{key} = {value}\n"))
    };
    let mut text =
        String::from("# What this data set is; every command of trainer reads it. Lines without # count.\n");
    let mut entry = |comment: &str, line: Option<String>| {
        if let Some(line) = line {
            text.push_str(&format!("\n# {comment}\n{line}"));
        }
    };
    entry(
        "The classes, in the order of the labels of every network trained on the set.",
        value("classes", description),
    );
    entry("The file beside this one that says what the pictures show.", value("manifest", description));
    let input = findings.proposals.iter().find(|proposal| proposal.option == "--input");
    let reason = input.map(|it| it.reason.clone()).unwrap_or_default();
    entry(
        &format!("Channels, height and width that pictures are brought to: {reason}."),
        value("input", description),
    );
    entry(
        "How: fit (the whole picture, with padding), fill (cropped to the middle), stretch, or ink (drawings).",
        value("resize", description),
    );
    let numbers =
        |values: &[f32]| values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(", ");
    if !findings.mean.is_empty() && findings.sample.is_none() && description.input.is_some() {
        entry(
            "Mean and deviation of each channel of the training pictures at that size; remove both where the pictures \
             change.",
            Some(format!(
                "mean = [{}]\nstandard_deviation = [{}]\n",
                numbers(&findings.mean),
                numbers(&findings.standard_deviation)
            )),
        );
    }
    if !findings.is_divided {
        let share = |key, share: Option<String>| share.unwrap_or_else(|| format!("# {key} = 0.1\n"));
        entry(
            "The shares of the pictures that choose the epoch and that measure at the end, and the seed by which they \
             are drawn.",
            Some(
                share("validation_share", value("validation_share", description))
                    + &share("test_share", value("test_share", description))
                    + &value("split_seed", description).unwrap_or_else(|| "split_seed = 0\n".to_owned()),
            ),
        );
        let proposed = findings.grouping.as_ref().map(|it| format!("# group_by = {:?}\n", it.group_by));
        let comment = match &findings.grouping {
            Some(grouping) => format!("Pictures that stay on one side: {}.", grouping.reason),
            None => "Pictures that stay on one side: column, prefix:_, pattern:EXPRESSION or time:SECONDS."
                .to_owned(),
        };
        let line = value("group_by", description).or(proposed);
        entry(&comment, Some(line.unwrap_or_else(|| "# group_by = \"time:30\"\n".to_owned())));
    }
    text
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
}

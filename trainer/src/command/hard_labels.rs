//! Whether a distillation pays: a finished distilled student in, a line out that compares it with the same network on hard
//! labels alone, trained on the same images for as many epochs.

use std::io::Write;
use std::path::{Path, PathBuf};

use models::storage::printable::PrintablePath;

use crate::process::console::say;
use crate::run::config::RunConfig;
use crate::run::difference::difference;
use crate::run::directory::{RunDirectory, is_run, load_weights};

/// What the directory of the network on hard labels is called behind the name of the student's.
const SUFFIX: &str = "-hard-labels";

/// Returns the directory in which `distill --baseline` trains the network on hard labels, beside the student's.
pub(super) fn directory(student: &Path) -> PathBuf {
    let mut name = student.file_name().unwrap_or_default().to_owned();
    name.push(SUFFIX);
    student.with_file_name(name)
}

/// Returns the configuration of the same training on hard labels alone.
pub(super) fn config(student: &RunConfig) -> RunConfig {
    RunConfig { command: "student".to_owned(), distillation: None, correct_bias: None, ..student.clone() }
}

/// Writes whether a distilled student is ahead of the same network on hard labels, where a finished run of that lies
/// beside it; else says how to know. Nothing is said of other trainings.
pub(super) fn compare(
    run: &RunDirectory,
    student: &RunConfig,
    validation_images: usize,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if student.distillation.is_none() {
        return Ok(());
    }
    let path = run.path();
    let own = accuracy(path);
    let other = beside(path, &config(student)).and_then(|other| Some((accuracy(&other)?, other)));
    match (own, other) {
        (Some(own), Some((accuracy, other))) => {
            let sentence = sentence([own, accuracy], validation_images);
            writeln!(out, "{}: {sentence} ({})", path.printable(), other.printable())?;
        }
        _ => say(format_args!(
            "whether the student is ahead of the same network on hard labels: the same command with --baseline trains \
             that too"
        )),
    }
    Ok(())
}

/// Returns what the accuracies of student and baseline on so many validation images say.
fn sentence([student, baseline]: [f64; 2], images: usize) -> String {
    let right = |accuracy: f64| (accuracy * images as f64).round() as i64;
    let figures = format!("{:.2} % against {:.2} %", 100.0 * student, 100.0 * baseline);
    match right(student) - right(baseline) {
        more @ 1.. => {
            format!(
                "ahead of the same network on hard labels by {more} of {images} validation images: {figures}"
            )
        }
        0 => format!("not ahead of the same network on hard labels: {figures} of {images} validation images"),
        fewer => format!(
            "not ahead of the same network on hard labels, but behind by {} of {images} validation images: {figures}",
            -fewer
        ),
    }
}

/// Returns a finished run of the configuration `asked` in the folder of the run `student`: first where `--baseline` puts it.
fn beside(student: &Path, asked: &RunConfig) -> Option<PathBuf> {
    let folder = match student.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let entries = std::fs::read_dir(folder).ok()?;
    let mut others: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .map(|name| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) })
        .collect();
    others.sort();
    let is_one = |path: &PathBuf| {
        is_run(path)
            && RunDirectory::open(path)
                .is_ok_and(|(run, config)| run.has_finished() && difference(asked, &config).is_none())
    };
    std::iter::once(directory(student)).chain(others).find(is_one)
}

/// Returns the accuracy on the validation images that the weights of a finished run say.
fn accuracy(run: &Path) -> Option<f64> {
    load_weights(run).ok()?.contract.provenance.validation_accuracy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_the_baseline_lies_beside_the_students() {
        assert_eq!(directory(Path::new("runs/student")), Path::new("runs/student-hard-labels"));
        assert_eq!(directory(Path::new("student/")), Path::new("student-hard-labels"));
    }

    /// By hand: 467 and 456 of 500 images are 93.4 and 91.2 %.
    #[test]
    fn the_sentence_says_which_of_both_is_ahead_and_by_how_many_images() {
        assert_eq!(
            sentence([0.934, 0.912], 500),
            "ahead of the same network on hard labels by 11 of 500 validation images: 93.40 % against 91.20 %"
        );
        assert!(
            sentence([0.9, 0.9], 500).starts_with("not ahead of the same network on hard labels: 90.00 % ")
        );
        assert!(sentence([0.9, 0.902], 500).contains("but behind by 1 of 500 validation images"));
    }
}

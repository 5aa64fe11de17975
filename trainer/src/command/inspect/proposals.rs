//! What a training on the set does unless told otherwise: a described set in, options with values and reasons out. The
//! functions that choose for a training are asked, so that the two cannot disagree.

use clap::ValueEnum;

use crate::arguments::training_arguments::{DescribedSet, resize_in_words};
use crate::data::data_directory::DataDirectory;
use crate::data::data_error::DataError;
use crate::data::description::DatasetDescription;
use crate::inspection::findings::{Findings, Proposal};
use crate::run::training_defaults::{Purpose, training_defaults};

/// Returns what a training on the set in `directory` does unless told otherwise.
pub(super) fn proposals(
    directory: &DataDirectory,
    description: &DatasetDescription,
    findings: &Findings,
) -> Result<Vec<Proposal>, DataError> {
    let facts = DescribedSet::of(directory, description.clone())?.facts();
    let of_teacher = training_defaults(Purpose::Teacher, facts);
    let of_student = training_defaults(Purpose::DistilledStudent, facts);
    let proposal =
        |option, value: String, reason: &str| Proposal { option, value, reason: reason.to_owned() };
    let preset = of_teacher.augmentation.value.to_possible_value();
    let augmentation = preset.map(|it| it.get_name().to_owned()).unwrap_or_default();
    Ok(vec![
        proposal("--input", findings.input.clone(), &input_reason(findings)),
        proposal("--resize", description.resize.to_string(), resize_in_words(description.resize)),
        proposal(
            "--network",
            of_teacher.network.value.to_string(),
            &format!("teacher: {}", of_teacher.network.reason),
        ),
        proposal(
            "--network",
            of_student.network.value.to_string(),
            &format!("student: {}", of_student.network.reason),
        ),
        proposal("--augment", augmentation, &of_teacher.augmentation.reason),
        proposal(
            "--epochs",
            of_teacher.epochs.value.to_string(),
            &format!("teacher: {}", of_teacher.epochs.reason),
        ),
        proposal(
            "--epochs",
            of_student.epochs.value.to_string(),
            &format!("student: {}", of_student.epochs.reason),
        ),
        proposal("--batch-size", of_teacher.batch_size.value.to_string(), &of_teacher.batch_size.reason),
    ])
}

/// Returns the reason for the shape of the input, in a few words.
fn input_reason(findings: &Findings) -> String {
    let colours = match (findings.coloured, findings.grey) {
        (0, _) => "the pictures are grey",
        (_, 0) => "the pictures have colours",
        _ => "some of the pictures have colours",
    };
    match &findings.sides {
        Some(sides) => {
            format!("{colours}, and the shorter side of most has {} pixels", sides.median_shorter_side)
        }
        None => colours.to_owned(),
    }
}

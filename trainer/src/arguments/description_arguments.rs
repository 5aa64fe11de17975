//! The arguments that say what a data set does not say of itself: a set's directory in, its description out, with a
//! line on standard error about what had to be assumed.

use anyhow::anyhow;
use clap::Args;
use models::Resize;
use models::mismatch::{Mismatch, expect};
use models::storage::printable::PrintablePath;

use crate::arguments::words::resize;
use crate::data::data_directory::{DataDirectory, MOST_IDX_CLASSES};
use crate::data::data_error::DataError;
use crate::data::description::{DATASET_FILE, DatasetDescription};
use crate::process::console::say;

/// The arguments that say what a data set is about. They go before the set's own `dataset.toml`.
#[derive(Debug, Clone, Default, Args)]
pub struct DescriptionArguments {
    /// Names of the classes, in the order of the labels [default: those of the set's dataset.toml, else 0,1,...]
    #[arg(long = "classes", id = "class_names", value_name = "NAME,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// How pictures are brought to the size of the set's images: `fit` scales them whole, `ink` frames drawn light or
    /// dark ink as MNIST does, in 20 pixels, `ink:N` in N [default: that of the set's dataset.toml, else fit]
    #[arg(long, value_name = "HOW", value_parser = resize)]
    pub resize: Option<Resize>,
}

/// Returns what `arguments` and the set in `directory` say, and says what neither of them does. Where neither says how
/// pictures are brought to size, it is as a teacher has it, whose answers are about such pictures.
pub(crate) fn described(
    directory: &DataDirectory,
    arguments: &DescriptionArguments,
    of_teacher: Option<Resize>,
) -> anyhow::Result<DatasetDescription> {
    let DescriptionArguments { classes, resize } = arguments;
    let own = directory.own_description()?;
    let resize = if own.is_none() { resize.or(of_teacher) } else { *resize };
    let is_described = own.is_some();
    let mut description = match own {
        Some(own) => own,
        None if classes.is_empty() => directory.description()?,
        None => DatasetDescription::numbered(classes.len()),
    };
    if !classes.is_empty() {
        description.classes.clone_from(classes);
        check_count(classes.len()).map_err(|mismatch| anyhow!("--{mismatch}"))?;
    }
    if description.classes.len() == 1 {
        return Err(DataError::OneLabel { file: directory.labels_file()?.printable() }.into());
    }
    description.resize = resize.unwrap_or(description.resize);
    description.validate().map_err(|mismatch| anyhow!("--{mismatch}"))?;
    let taken_for = directory
        .name()
        .filter(|_| directory.says_nothing())
        .map(|name| format!("taken for {name}, as fetch brings it (`trainer fetch {name}` writes one)"));
    if taken_for.is_some() {
        // Of a set that is not there, nothing is said but that.
        directory.labels_file()?;
    }
    let assumed = || if is_described { None } else { assumed(&description, arguments) };
    if let Some(words) = taken_for.or_else(assumed) {
        say(format_args!("{}: no {DATASET_FILE}: {words}", directory.path().printable()));
    }
    Ok(description)
}

/// Says by which images a set in `directory` judges, where neither it nor who asks for it does.
pub(crate) fn say_assumed_split(directory: &DataDirectory) {
    if directory.says_nothing() && directory.name().is_none() {
        let place = directory.path().printable();
        say(format_args!(
            "{place}: no {DATASET_FILE}: the validation images are those of a stratified split"
        ));
    }
}

/// Checks that IDX files, whose labels are bytes, tell so many classes apart.
fn check_count(classes: usize) -> Result<(), Mismatch> {
    let expected = format!("2 to {MOST_IDX_CLASSES} names");
    expect((2..=MOST_IDX_CLASSES).contains(&classes), "classes", expected, classes)
}

/// Returns what has been assumed about a set that does not describe itself, in words; `None` where all was said.
fn assumed(description: &DatasetDescription, arguments: &DescriptionArguments) -> Option<String> {
    let last = description.classes.len() - 1;
    let (pictures, other) = match description.resize {
        Resize::Fit => ("pictures are fitted whole".to_owned(), "--resize ink"),
        other => (format!("pictures are framed as the teacher's, {other}"), "--resize"),
    };
    match (arguments.classes.is_empty(), arguments.resize) {
        (true, None) => Some(format!("classes 0 to {last}, {pictures} (--classes, {other} say otherwise)")),
        (true, Some(_)) => Some(format!("classes 0 to {last} (--classes says otherwise)")),
        (false, None) => Some(format!("{pictures} ({other} says otherwise)")),
        (false, Some(_)) => None,
    }
}

//! The arguments that say what a data set does not say of itself: the place of a set in, its description out, with lines on
//! standard error about what had to be assumed.

use anyhow::anyhow;
use clap::Args;
use models::Resize;
use models::mismatch::{Mismatch, expect};
use models::storage::printable::PrintablePath;

use crate::arguments::values::{part_share, percentage, seed};
use crate::arguments::words::{group_by, input_shape, resize};
use crate::data::data_directory::{DataDirectory, Source};
use crate::data::data_error::DataError;
use crate::data::description::{DATASET_FILE, DatasetDescription};
use crate::data::folder_report::{SkippingRules, Unreadable};
use crate::data::group_by::GroupBy;
use crate::data::idx_set::MOST_IDX_CLASSES;
use crate::data::input_shape::InputShape;
use crate::data::picture_split::PartShare;
use crate::process::console::say;

/// The arguments that say what a data set is about. They go before the set's own `dataset.toml`.
#[derive(Debug, Clone, Args)]
pub struct DescriptionArguments {
    /// Names of the classes, in the order of the labels [default: those of the set's dataset.toml, else the names of the
    /// folders, the labels of the manifest, or 0,1,...]
    #[arg(long = "classes", id = "class_names", value_name = "NAME,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Shape that images are brought to, such as 3x96x96 [default: that of dataset.toml, else chosen by size, colour and
    /// number of the images]
    #[arg(long, value_name = "CxHxW", value_parser = input_shape)]
    pub input: Option<InputShape>,
    /// How pictures are brought to size: `fit` shows the whole of them with padding, `fill` crops them, `stretch` changes
    /// their proportions, `ink` frames drawn light or dark ink as MNIST does, in 20 pixels, `ink:N` in N [default: that of
    /// dataset.toml, else fit]
    #[arg(long, value_name = "HOW", value_parser = resize)]
    pub resize: Option<Resize>,
    /// Pictures that belong together stay on one side of the split: `column` of a manifest, `prefix:_` of file names,
    /// `pattern:EXPRESSION` with a group, or `time:SECONDS` between shots [default: that of dataset.toml, else near-duplicates
    /// alone]
    #[arg(long, value_name = "WHAT", value_parser = group_by)]
    pub group_by: Option<GroupBy>,
    /// Share of the pictures that choose the epoch, where the set has no validation part [default: 10%]
    #[arg(long, value_name = "SHARE", value_parser = part_share, allow_negative_numbers = true)]
    pub validation_share: Option<PartShare>,
    /// Share of the pictures that measure at the end, where the set has no test part [default: 10%]
    #[arg(long, value_name = "SHARE", value_parser = part_share, allow_negative_numbers = true)]
    pub test_share: Option<PartShare>,
    /// Seed of the split; teacher and student must share it [default: that of dataset.toml, else 0]
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub split_seed: Option<u64>,
    /// Share of the pictures that may be skipped because they can't be read; above it nothing is trained
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = percentage, allow_negative_numbers = true)]
    pub max_skipped: f64,
    /// Train nothing if a picture can't be read
    #[arg(long, conflicts_with = "max_skipped")]
    pub strict: bool,
    /// Leave out pictures of formats that are not read (HEIC, AVIF, JPEG XL), however many
    #[arg(long)]
    pub allow_unsupported: bool,
}

impl Default for DescriptionArguments {
    fn default() -> Self {
        Self {
            classes: Vec::new(),
            input: None,
            resize: None,
            group_by: None,
            validation_share: None,
            test_share: None,
            split_seed: None,
            max_skipped: 0.02,
            strict: false,
            allow_unsupported: false,
        }
    }
}

impl DescriptionArguments {
    /// Returns what is done with pictures that can't be read, or are of a format that is not.
    pub(crate) fn skipping(&self) -> SkippingRules {
        let skip = Unreadable::SkipUpTo(self.max_skipped);
        let unreadable = if self.strict { Unreadable::Refuse } else { skip };
        SkippingRules { unreadable, allows_unsupported: self.allow_unsupported }
    }

    /// Returns `own`, what a set says of itself, with what was asked for in its place.
    fn over(&self, own: DatasetDescription) -> DatasetDescription {
        let classes = if self.classes.is_empty() { own.classes } else { self.classes.clone() };
        DatasetDescription {
            classes,
            input: self.input.or(own.input),
            resize: self.resize.unwrap_or(own.resize),
            group_by: self.group_by.clone().or(own.group_by),
            validation_share: self.validation_share.or(own.validation_share),
            test_share: self.test_share.or(own.test_share),
            split_seed: self.split_seed.or(own.split_seed),
            ..own
        }
    }
}

/// Returns what `arguments` and the set in `directory` say, and says what neither of them does. Where neither says how
/// pictures are brought to size, it is as a teacher has it, whose answers are about such pictures.
pub(crate) fn described(
    directory: &DataDirectory,
    arguments: &DescriptionArguments,
    of_teacher: Option<Resize>,
) -> anyhow::Result<DatasetDescription> {
    let own = directory.own_description()?;
    let is_described = own.is_some();
    let mut wanted = arguments.over(own.unwrap_or_default());
    if !is_described && let Some(resize) = arguments.resize.or(of_teacher) {
        wanted.resize = resize;
    }
    let source = directory.source()?;
    if !arguments.classes.is_empty() && source == Source::Idx {
        check_count(arguments.classes.len()).map_err(|mismatch| anyhow!("--{mismatch}"))?;
    }
    // Numbers of another shape are about other images.
    if arguments.input.is_some() && wanted.mean.as_ref().map(Vec::len) != arguments.input.map(|it| it.0[0]) {
        (wanted.mean, wanted.standard_deviation) = (None, None);
    }
    let description = directory.clone().described_as(wanted).description()?;
    if description.classes.len() == 1 {
        return Err(DataError::OneLabel { file: directory.labels_file()?.printable() }.into());
    }
    description.validate().map_err(|mismatch| anyhow!("--{mismatch}"))?;
    let taken_for = directory
        .name()
        .filter(|_| directory.says_nothing())
        .map(|name| format!("taken for {name}, as fetch brings it (`trainer fetch {name}` writes one)"));
    if taken_for.is_some() {
        // Of a set that is not there, nothing is said but that.
        directory.labels_file()?;
    }
    let assumed = || match is_described || source != Source::Idx {
        true => None,
        false => assumed(&description, arguments),
    };
    if let Some(words) = taken_for.or_else(assumed) {
        say(format_args!("{}: no {DATASET_FILE}: {words}", directory.path().printable()));
    }
    Ok(description)
}

/// Says by which images a set in `directory` judges, where neither it nor who asks for it does.
pub(crate) fn say_assumed_split(directory: &DataDirectory) {
    let is_idx = directory.source().is_ok_and(|source| source == Source::Idx);
    if directory.says_nothing() && directory.name().is_none() && is_idx {
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
        other => (format!("pictures are brought to size as the teacher's, {other}"), "--resize"),
    };
    match (arguments.classes.is_empty(), arguments.resize) {
        (true, None) => Some(format!("classes 0 to {last}, {pictures} (--classes, {other} say otherwise)")),
        (true, Some(_)) => Some(format!("classes 0 to {last} (--classes says otherwise)")),
        (false, None) => Some(format!("{pictures} ({other} says otherwise)")),
        (false, Some(_)) => None,
    }
}

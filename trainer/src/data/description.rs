//! What a data set says of itself: the names of its classes, how a picture is brought to its images, and which of its
//! training images judge.
//!
//! In comes the `dataset.toml` in a set's folder, out goes a checked [`DatasetDescription`], and from it the contract
//! of the networks that are trained on the set. Nothing is derived from the name or the place of the folder: a copy
//! under another name means the same. The file may come from anywhere, so each way in which it can be wrong has an
//! error.

use std::collections::HashSet;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path};

use models::mismatch::{Mismatch, expect};
use models::storage::printable::PrintablePath;
use models::storage::printable::{is_invisible, printable};
use models::storage::{atomic_file, regular_file};
use models::{ImageInput, ModelContract, Polarity, Provenance, Resize};
use serde::{Deserialize, Serialize};

use crate::data::data_set::NETWORK_INPUT;
use crate::data::group_by::GroupBy;
use crate::data::input_shape::InputShape;
use crate::data::listing::class_names::{LONGEST_CLASS_NAME, MOST_CLASSES};
use crate::data::picture_split::PartShare;
use crate::data::toml_problem;
use crate::data::validation_split::ValidationRule;

/// The name of the file in a set's folder that describes the set.
pub const DATASET_FILE: &str = "dataset.toml";

/// The largest `dataset.toml`, in bytes: 4,096 names of a hundred characters, four times over.
const LARGEST_FILE: u64 = 2 << 20;

/// What a data set means: `dataset.toml` holds it, and the configuration of every run that is trained on the set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetDescription {
    /// The names of the classes, in the order of the labels: printable, no two of them equal. Empty where they come from the
    /// data: the names of folders, the labels of a manifest, or numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// The manifest beside the description that says what the pictures show; `None` where folders do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The shape that images are brought to; `None` where it is chosen by what the images are. Runs of versions before
    /// contract version 2 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputShape>,
    /// How a picture of another size is brought to the set's images.
    #[serde(default)]
    pub resize: Resize,
    /// The mean of each channel of the training images, in [0, 1], which a network's input has subtracted; `None` where it
    /// is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Vec<f32>>,
    /// The standard deviation of each channel of the training images, by which a network's input is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<Vec<f32>>,
    /// Which of the training images are kept for validation.
    #[serde(default)]
    pub validation: ValidationRule,
    /// The share of the pictures that judges, where the source has no such part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_share: Option<PartShare>,
    /// The share of the pictures that measures at the end, where the source has no such part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<PartShare>,
    /// What pictures belong together and stay on one side of the split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_by: Option<GroupBy>,
    /// The seed by which a stratified split is drawn. It belongs to the data: teacher and student must share a split,
    /// whatever their own seeds are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_seed: Option<u64>,
}

/// The reason for which a `dataset.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DescriptionError {
    /// The path of the file.
    pub file: String,
    /// The problem that was found in the file.
    pub problem: DescriptionProblem,
}

/// The reason for which a `dataset.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionProblem {
    /// The file cannot be read, or is no UTF-8.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file is larger than any list of classes.
    #[error("expected at most {LARGEST_FILE} bytes, found more")]
    Length,
    /// The file is no TOML, or has keys that no description has; what is wrong, on one line.
    #[error("{0}")]
    Malformed(String),
    /// A value is out of its range.
    #[error(transparent)]
    Value(#[from] Mismatch),
}

impl DatasetDescription {
    /// Returns the description of MNIST and of sets made like it: ten digits, framed by their ink in 20 of 28 pixels.
    #[must_use]
    pub fn mnist() -> Self {
        Self::published(&ModelContract::mnist(Provenance::default()))
    }

    /// Returns the description of Fashion-MNIST: ten kinds of garments, shoes and bags, framed by themselves in all 28
    /// pixels.
    #[must_use]
    pub fn fashion_mnist() -> Self {
        Self::published(&ModelContract::fashion_mnist(Provenance::default()))
    }

    /// Returns the description of the set that `trainer fetch` brings under this name; `None` for any other name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "mnist" => Some(Self::mnist()),
            "fashion-mnist" => Some(Self::fashion_mnist()),
            _ => None,
        }
    }

    /// The validation images of these sets are those that the cards of the shipped networks name.
    fn published(contract: &ModelContract) -> Self {
        let (classes, validation) = (contract.labels.clone(), ValidationRule::LastTwelfth);
        Self { classes, resize: contract.input.resize(), validation, ..Self::default() }
    }

    /// Returns the description of a set that does not describe itself and whose labels are below `classes`: classes
    /// `0`, `1`, …, pictures fitted whole, a stratified split.
    #[must_use]
    pub fn numbered(classes: usize) -> Self {
        let classes = (0..classes).map(|class| class.to_string()).collect();
        Self { classes, ..Self::default() }
    }

    /// Returns what versions before this file took the set `data` for: garments where the set or its directory was
    /// called `fashion-mnist`, digits for any other. It is for the runs of those versions alone, whose networks were
    /// trained on that.
    #[must_use]
    pub(crate) fn of_earlier_version(data: &str) -> Self {
        match Path::new(data).file_name().is_some_and(|name| name == "fashion-mnist") {
            true => Self::fashion_mnist(),
            false => Self::mnist(),
        }
    }

    /// Reads the description at `path`; `None` where there is no such file.
    ///
    /// # Errors
    /// [`DescriptionError`] for a file that cannot be read or that describes no set.
    pub fn read(path: &Path) -> Result<Option<Self>, DescriptionError> {
        let error = |problem| DescriptionError { file: path.printable(), problem };
        match path.symlink_metadata() {
            // A file in the place of the folder is none of this file's business either.
            Err(missing) if matches!(missing.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(None)
            }
            _ => Self::parse(&text(path).map_err(error)?).map(Some).map_err(error),
        }
    }

    fn parse(text: &str) -> Result<Self, DescriptionProblem> {
        let description: Self = toml::from_str(text)
            .map_err(|error| DescriptionProblem::Malformed(toml_problem::problem(text, &error)))?;
        description.validate()?;
        Ok(description)
    }

    /// Writes the description to `path`, whole or not at all.
    ///
    /// # Errors
    /// [`atomic_file::WriteError`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), atomic_file::WriteError> {
        atomic_file::write(path, self.to_toml().as_bytes())
    }

    /// Returns the text of a `dataset.toml` with this description.
    ///
    /// # Panics
    /// Never: the type has strings and numbers only.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a description has strings and numbers only")
    }

    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// [`Mismatch`] for the first value that is not, with what was expected and what was found.
    pub fn validate(&self) -> Result<(), Mismatch> {
        self.check_classes()?;
        let [channels, height, width] = self.image_shape();
        if let Resize::Ink { longest_side } = self.resize {
            let most = height.min(width);
            let expected = format!("a side of 1 to {most} pixels");
            expect((1..=most).contains(&longest_side), "resize", expected, longest_side)?;
            expect(channels == 1, "resize", "1 channel in input for ink", channels)?;
        }
        if let Some(manifest) = &self.manifest {
            let inside = Path::new(manifest).components().all(|part| matches!(part, Component::Normal(_)));
            let found = printable(manifest);
            expect(
                inside && !manifest.is_empty(),
                "manifest",
                "the name of a file beside dataset.toml",
                found,
            )?;
        }
        self.check_statistics(channels)?;
        let drawn = self.validation == ValidationRule::Stratified;
        let (place, expected) = ("split_seed", "validation = \"stratified\"");
        expect(self.split_seed.is_none() || drawn, place, expected, self.validation)
    }

    fn check_classes(&self) -> Result<(), Mismatch> {
        let count = self.classes.len();
        let expected = format!("2 to {MOST_CLASSES} names");
        expect(count == 0 || (2..=MOST_CLASSES).contains(&count), "classes", expected, count)?;
        let mut names = HashSet::new();
        for (class, name) in self.classes.iter().enumerate() {
            let place = || format!("classes, name {class}");
            let is_printable = !name.trim().is_empty() && !name.contains(is_invisible);
            let found = || format!("'{}'", printable(name));
            expect(is_printable, place(), "a printable name", found())?;
            let expected = format!("at most {LONGEST_CLASS_NAME} bytes");
            expect(name.len() <= LONGEST_CLASS_NAME, place(), expected, name.len())?;
            expect(names.insert(name), place(), "a name that no other class has", found())?;
        }
        Ok(())
    }

    fn check_statistics(&self, channels: usize) -> Result<(), Mismatch> {
        let lists = [("mean", &self.mean), ("standard_deviation", &self.standard_deviation)];
        for (place, values) in lists {
            let Some(values) = values else { continue };
            let expected = format!("{channels} numbers, as input has channels");
            expect(self.input.is_none() || values.len() == channels, place, expected, values.len())?;
            let lowest = if place == "mean" { 0.0 } else { f32::MIN_POSITIVE };
            let is_unit = |value: &f32| (lowest..=1.0).contains(value);
            let (expected, found) = ("numbers from 0 to 1, deviations over 0", format!("{values:?}"));
            expect(values.iter().all(is_unit), place, expected, found)?;
        }
        let both = self.mean.is_some() == self.standard_deviation.is_some();
        expect(both, "standard_deviation", "mean and standard_deviation, or neither", "one of them")
    }

    /// Returns the shape of the images of the set, `[channels, height, width]`.
    #[must_use]
    pub fn image_shape(&self) -> [usize; 3] {
        self.input.map_or(NETWORK_INPUT, |shape| shape.0)
    }

    /// Returns the contract of a network that is trained on the set: what it expects of a picture and how it names its
    /// answers. Runs of versions before contract version 2, which name no input, have version 1.
    #[must_use]
    pub fn contract(&self, provenance: Provenance) -> ModelContract {
        ModelContract::new(self.image_input(), self.classes.clone(), provenance)
    }

    /// Returns how a picture becomes the input of a network that is trained on the set.
    #[must_use]
    pub fn image_input(&self) -> ImageInput {
        let version_1 = |polarity| ImageInput::version_1(NETWORK_INPUT, polarity, self.resize);
        let mut input = match (self.input, self.resize) {
            (Some(shape), resize) => ImageInput::version_2(shape.0, resize),
            (None, Resize::Ink { .. }) => version_1(Polarity::LightOnDark),
            (None, Resize::Fit) => version_1(Polarity::Natural),
            (None, resize) => ImageInput::version_2(NETWORK_INPUT, resize),
        };
        if let (Some(mean), Some(deviation)) = (&self.mean, &self.standard_deviation) {
            (input.mean, input.standard_deviation) = (mean.clone(), deviation.clone());
        }
        input
    }
}

/// Returns the text of a file of at most [`LARGEST_FILE`] bytes.
fn text(path: &Path) -> Result<String, DescriptionProblem> {
    let (file, _) = regular_file::open(path)?;
    let mut text = String::new();
    let read = file.take(LARGEST_FILE + 1).read_to_string(&mut text)?;
    if read as u64 > LARGEST_FILE { Err(DescriptionProblem::Length) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATASET_FILE);
        std::fs::write(&path, text).unwrap();
        let message = DatasetDescription::read(&path).unwrap_err().to_string();
        let name = path.display().to_string();
        assert!(message.starts_with(&name) && message.lines().count() == 1, "{message}");
        message[name.len()..].to_owned()
    }

    #[test]
    fn a_description_survives_its_file_and_is_none_where_there_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATASET_FILE);
        assert_eq!(DatasetDescription::read(&path).unwrap(), None);
        let seeded = DatasetDescription { split_seed: Some(9), ..DatasetDescription::numbered(3) };
        for written in [DatasetDescription::mnist(), DatasetDescription::fashion_mnist(), seeded] {
            written.write(&path).unwrap();
            assert_eq!(DatasetDescription::read(&path).unwrap(), Some(written));
        }
    }

    #[test]
    fn the_published_sets_have_the_contracts_of_their_networks() {
        let provenance = Provenance::default();
        let (mnist, fashion) = (DatasetDescription::mnist(), DatasetDescription::fashion_mnist());
        assert_eq!(mnist.contract(provenance.clone()), ModelContract::mnist(provenance.clone()));
        assert_eq!(fashion.contract(provenance.clone()), ModelContract::fashion_mnist(provenance));
    }

    #[test]
    fn classes_alone_are_a_description_of_pictures_that_are_fitted_whole() {
        let description = DatasetDescription::parse("classes = [\"cat\", \"dog\"]").unwrap();
        let input = description.contract(Provenance::default()).input;
        assert_eq!((input.polarity, input.resize()), (Polarity::Natural, Resize::Fit));
        assert_eq!(description.validation, ValidationRule::Stratified);
    }

    #[test]
    fn every_key_may_be_left_out_and_each_is_kept() {
        assert_eq!(DatasetDescription::parse("").unwrap(), DatasetDescription::default());
        assert!(DatasetDescription::default().classes.is_empty(), "they come from the data");
        let text = "manifest = \"labels.csv\"\ninput = \"3x64x96\"\nresize = \"fill\"\nmean = [0.5, 0.25, 0.75]\n\
                    standard_deviation = [0.25, 0.5, 0.125]\nvalidation = \"stratified\"\nvalidation_share = 0.2\n\
                    test_share = 0.25\ngroup_by = \"time:10\"\nsplit_seed = 3\n";
        let description = DatasetDescription::parse(text).unwrap();
        assert_eq!(description.to_toml(), text);
        let input = description.image_input();
        assert_eq!((input.shape(), input.resize()), ([3, 64, 96], Resize::Fill));
        assert_eq!((input.mean, input.standard_deviation), (vec![0.5, 0.25, 0.75], vec![0.25, 0.5, 0.125]));
    }

    #[test]
    fn every_broken_description_names_what_is_wrong_with_it() {
        let two = "classes = [\"a\", \"b\"]\n";
        for (text, expected) in [
            ("classes = [".to_owned(), ": line 1: no TOML: "),
            (
                format!("{two}colours = 3"),
                ": line 2: unknown key colours: expected classes, manifest, input, resize, mean, standard_deviation, \
                 validation, validation_share, test_share, group_by or split_seed",
            ),
            (format!("{two}resize = \"crop\""), "expected fit, fill, stretch, ink or ink:N"),
            (format!("{two}resize = \"ink:29\""), ": resize: expected a side of 1 to 28 pixels, found 29"),
            (
                "input = \"96x96\"".to_owned(),
                ": line 1: input: expected CHANNELSxHEIGHTxWIDTH, 1 or 3 channels",
            ),
            (
                "input = \"3x28x28\"\nresize = \"ink:20\"".to_owned(),
                ": resize: expected 1 channel in input for ink, found 3",
            ),
            (
                "input = \"3x8x8\"\nmean = [0.5]\nstandard_deviation = [0.2]".to_owned(),
                ": mean: expected 3 numbers, as input has channels, found 1",
            ),
            (
                "mean = [0.5]\nstandard_deviation = [0.0]".to_owned(),
                ": standard_deviation: expected numbers from 0 to 1, deviations over 0, found [0.0]",
            ),
            (
                "mean = [0.5]".to_owned(),
                ": standard_deviation: expected mean and standard_deviation, or neither, found one of them",
            ),
            (
                "test_share = 0.6".to_owned(),
                ": line 1: test_share: expected a share over 0 and at most 0.5, found 0.6",
            ),
            ("group_by = \"day\"".to_owned(), ": line 1: group_by: expected column, prefix:CHARACTER, "),
            (format!("{two}resize = \"ink:0\""), ": resize: expected a side of 1 to 28 pixels, found 0"),
            (
                format!("{two}validation = \"first\""),
                ": line 2: validation: expected stratified or last-twelfth, found 'first'",
            ),
            (
                format!("{two}validation = \"last-twelfth\"\nsplit_seed = 3"),
                ": split_seed: expected validation = \"stratified\", found last-twelfth",
            ),
            (
                format!("{two}split_seed = -1"),
                ": line 2: split_seed: expected a whole number from 0 on, found -1",
            ),
            ("classes = [\"a\"]".to_owned(), ": classes: expected 2 to 4096 names, found 1"),
            (
                "classes = [\"a\", \" \"]".to_owned(),
                ": classes, name 1: expected a printable name, found ' '",
            ),
            (
                "classes = [\"a\\n\", \"b\"]".to_owned(),
                ": classes, name 0: expected a printable name, found 'a\\n'",
            ),
            (
                "classes = [\"a\", \"b\", \"a\"]".to_owned(),
                ": classes, name 2: expected a name that no other class has, found 'a'",
            ),
            (
                format!("{two}# {}", "x".repeat(LARGEST_FILE as usize)),
                ": expected at most 2097152 bytes, found more",
            ),
        ] {
            let found = problem(&text);
            assert!(found.contains(expected), "{found}, expected {expected}");
        }
        let many: Vec<String> = (0..4097).map(|class| format!("\"{class}\"")).collect();
        assert!(problem(&format!("classes = [{}]", many.join(","))).ends_with("2 to 4096 names, found 4097"));
    }

    #[test]
    fn what_is_no_text_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATASET_FILE);
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(DatasetDescription::read(&path).unwrap_err().to_string().contains("cannot be read"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(DatasetDescription::read(&path).unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn runs_of_earlier_versions_keep_what_a_name_meant_to_them() {
        for data in ["fashion-mnist", "data/fashion-mnist", "data/fashion-mnist/"] {
            assert_eq!(DatasetDescription::of_earlier_version(data), DatasetDescription::fashion_mnist());
        }
        for data in ["mnist", "data", "fashion-mnist/digits", ""] {
            assert_eq!(DatasetDescription::of_earlier_version(data), DatasetDescription::mnist());
        }
    }
}

//! Finds and reads the files of a data set.
//!
//! In comes a set's name or a directory with its four IDX files, out go labelled images `[count, height, width]`, split
//! into those that train and those that judge, and what the set says of itself. Only here are training and test files
//! told apart, so that no stage reads the wrong ones.

use std::path::{Path, PathBuf};

use models::storage::printable::{PrintablePath, printable};
use models::{ModelContract, Provenance};

use crate::data::data_error::DataError;
use crate::data::data_set::{DataSet, NETWORK_INPUT};
use crate::data::description::{DATASET_FILE, DatasetDescription};
use crate::data::idx;
use crate::data::idx::IdxImages;
use crate::data::missing_files::{Found, found_at};
use crate::data::training_data::TrainingData;
use crate::data::validation_split::{
    LEAST_OF_A_CLASS, TooFewOfClass, VALIDATION_SHARE, ValidationRule, judges,
};

/// The environment variable that says where `trainer fetch` puts data sets and where their names are looked up.
pub const DATA_VARIABLE: &str = "IMAGO_DATA";

/// The names of the sets that `trainer fetch` brings.
pub(crate) const SET_NAMES: [&str; 2] = ["mnist", "fashion-mnist"];

/// The largest number of classes that the labels of an IDX file, bytes, tell apart.
pub(crate) const MOST_IDX_CLASSES: usize = 256;

const TRAINING_IMAGES: &str = "train-images-idx3-ubyte";
const TRAINING_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

/// The directory of a data set.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    /// The name of the set, where it was given by name.
    name: Option<String>,
    /// What was said about the set instead of what it says of itself.
    description: Option<DatasetDescription>,
}

impl DataDirectory {
    /// Returns the directory of `data`, which is a path or the name of a set that `trainer fetch` has brought.
    #[must_use]
    pub fn find(data: &str) -> Self {
        match SET_NAMES.contains(&data) && !Path::new(data).is_dir() {
            true => Self { path: data_home(None).join(data), name: Some(data.to_owned()), description: None },
            false => Self { path: PathBuf::from(data), name: None, description: None },
        }
    }

    /// Returns the same directory, read as `description` says, whatever the set says of itself.
    #[must_use]
    pub fn described_as(self, description: DatasetDescription) -> Self {
        Self { description: Some(description), ..self }
    }

    /// Returns what is known of the set: what was said about it, else its `dataset.toml`, else, of a set that was given by
    /// name, what `trainer fetch` would write, else classes `0`, `1`, … up to the largest label of the training files (of
    /// the test files where there are no others), pictures fitted whole and a stratified split.
    ///
    /// # Errors
    /// [`DataError`] where `dataset.toml` is broken or names too many classes, or where there is none and no labels can
    /// be read.
    pub fn description(&self) -> Result<DatasetDescription, DataError> {
        let description = match self.own_description()? {
            Some(description) => description,
            None => DatasetDescription::numbered(self.largest_label()? + 1),
        };
        let found = description.classes.len();
        if found > MOST_IDX_CLASSES {
            return Err(DataError::Classes { directory: self.in_words(), found });
        }
        Ok(description)
    }

    /// Returns what was said about the set, else what its `dataset.toml` says, else what a set of its name is, where it was
    /// given by name: versions before `dataset.toml` brought such sets without one. `None` where there is none of these.
    ///
    /// # Errors
    /// [`DataError`] where `dataset.toml` is broken.
    pub fn own_description(&self) -> Result<Option<DatasetDescription>, DataError> {
        if let Some(description) = &self.description {
            return Ok(Some(description.clone()));
        }
        let read = DatasetDescription::read(&self.path.join(DATASET_FILE))?;
        Ok(read.or_else(|| self.name.as_deref().and_then(DatasetDescription::of_name)))
    }

    /// Returns whether nothing says what the set means: no one who asks for it, and no `dataset.toml` in it.
    #[cfg(feature = "cli")]
    pub(crate) fn says_nothing(&self) -> bool {
        self.description.is_none() && self.path.join(DATASET_FILE).symlink_metadata().is_err()
    }

    /// Returns the names of the set's classes, in the order of the labels.
    ///
    /// # Errors
    /// As [`DataDirectory::description`].
    pub fn classes(&self) -> Result<Vec<String>, DataError> {
        Ok(self.description()?.classes)
    }

    /// Returns the contract of a network that is trained on the set.
    ///
    /// # Errors
    /// As [`DataDirectory::description`].
    pub fn contract(&self, provenance: Provenance) -> Result<ModelContract, DataError> {
        Ok(self.description()?.contract(provenance))
    }

    fn largest_label(&self) -> Result<usize, DataError> {
        let labels = idx::read_labels(&self.labels_file()?)?;
        Ok(labels.into_iter().max().map_or(0, usize::from))
    }

    /// Returns the file whose labels say how many classes a set has that does not describe itself.
    ///
    /// # Errors
    /// [`DataError`] where the set has no labels.
    pub(crate) fn labels_file(&self) -> Result<PathBuf, DataError> {
        let found = self.existing(TRAINING_LABELS).or_else(|| self.existing(TEST_LABELS));
        found.ok_or_else(|| self.missing(TRAINING_LABELS))
    }

    /// Reads the training files and splits them into training and validation images, as the set's description says.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken, or where the set is too small to be split.
    pub fn training_data(&self) -> Result<TrainingData, DataError> {
        let description = self.description()?;
        let classes = &description.classes;
        let images = self.read(TRAINING_IMAGES, TRAINING_LABELS, classes.len())?;
        let (expected, found) = (VALIDATION_SHARE, images.len());
        if found < expected && description.validation == ValidationRule::LastTwelfth {
            return Err(DataError::TooFew { directory: self.in_words(), expected, found });
        }
        let judges = judges(description.validation, images.labels(), classes.len(), description.split_seed);
        let judges = judges.map_err(|TooFewOfClass { class, found }| {
            let (directory, class) = (self.in_words(), printable(&classes[class]));
            DataError::TooFewOfClass { directory, class, expected: 2 * LEAST_OF_A_CLASS, found }
        })?;
        Ok(TrainingData::parted(&images, &judges))
    }

    /// Checks that a training on `data`, which was read from this directory, can learn something and be judged: there are
    /// several classes, some images of each train and some judge, and the images are not all the same.
    ///
    /// # Errors
    /// [`DataError`] for the first of these that does not hold.
    pub fn check_for_training(&self, data: &TrainingData) -> Result<(), DataError> {
        data.check(&self.in_words(), &self.classes()?)
    }

    /// Reads the training files without splitting them.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn all_training(&self) -> Result<DataSet, DataError> {
        self.read(TRAINING_IMAGES, TRAINING_LABELS, self.description()?.classes.len())
    }

    /// Reads the training images for a run of so many `classes` and, where there are any, their labels, which are below the
    /// number of classes that the set names, where it does; returns `None` where there are no images.
    ///
    /// # Errors
    /// [`DataError`] where a file is broken.
    pub(crate) fn transfer_images(&self, classes: usize) -> Result<Option<DataSet>, DataError> {
        let Some(images) = self.existing(TRAINING_IMAGES) else { return Ok(None) };
        match self.existing(TRAINING_LABELS) {
            Some(_) => {
                let classes = self.transfer_classes(classes)?.len();
                self.read(TRAINING_IMAGES, TRAINING_LABELS, classes).map(Some)
            }
            None => {
                let images = self.check_size(idx::read_images(&images)?)?;
                Ok(Some(DataSet::unlabelled(images.pixels, [1, images.height, images.width])))
            }
        }
    }

    /// Returns the names of the classes of a transfer set for a run of so many `classes`: its own ones, else `0`, `1`, … up
    /// to the run's last class or the set's largest label. A transfer set may lack classes, the last ones too.
    ///
    /// # Errors
    /// As [`DataDirectory::description`].
    pub(crate) fn transfer_classes(&self, classes: usize) -> Result<Vec<String>, DataError> {
        let found = self.description()?.classes;
        let is_described = self.own_description()?.is_some();
        Ok(if is_described || found.len() >= classes {
            found
        } else {
            DatasetDescription::numbered(classes).classes
        })
    }

    /// Returns the name of the set, where it was given by name.
    #[cfg(feature = "cli")]
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the path of the directory that the data set is read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the test files. They are for measuring alone: whoever chooses by them measures nothing.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn test(&self) -> Result<DataSet, DataError> {
        // What is missing is a test file, whatever else is.
        self.file(TEST_LABELS)?;
        self.read(TEST_IMAGES, TEST_LABELS, self.description()?.classes.len())
    }

    fn read(&self, images: &'static str, labels: &'static str, classes: usize) -> Result<DataSet, DataError> {
        let labels_file = self.file(labels)?;
        let images = idx::read_images(&self.file(images)?)?;
        let labels = idx::read_labels(&labels_file)?;
        if images.count != labels.len() {
            let (images, labels) = (images.count, labels.len());
            return Err(DataError::Count { directory: self.in_words(), images, labels });
        }
        if let Some(position) = labels.iter().position(|&label| usize::from(label) >= classes) {
            let (file, found) = (labels_file.printable(), labels[position]);
            return Err(DataError::Label { file, position, largest: classes - 1, found });
        }
        let images = self.check_size(images)?;
        let labels = labels.into_iter().map(u16::from).collect();
        Ok(DataSet::new(images.pixels, labels, classes, [1, images.height, images.width]))
    }

    fn in_words(&self) -> String {
        self.path.printable()
    }

    fn check_size(&self, images: IdxImages) -> Result<IdxImages, DataError> {
        if [1, images.height, images.width] == NETWORK_INPUT {
            return Ok(images);
        }
        let directory = self.in_words();
        let found = format!("{}x{}", images.height, images.width);
        Err(DataError::Size { directory, expected: "28x28".to_owned(), found })
    }

    fn file(&self, name: &'static str) -> Result<PathBuf, DataError> {
        self.existing(name).ok_or_else(|| self.missing(name))
    }

    /// Returns the path of a file of the set, under any of its names, where it is there.
    fn existing(&self, name: &str) -> Option<PathBuf> {
        let dotted = name.replace("-idx", ".idx");
        let candidates =
            [name, &dotted].map(|name| [self.path.join(name), self.path.join(format!("{name}.gz"))]);
        candidates.into_iter().flatten().find(|path| path.is_file())
    }

    /// Returns the error about a file that is not there, with what is there instead and what to do about it.
    fn missing(&self, file: &'static str) -> DataError {
        let directory = self.in_words();
        if let Some(name) = &self.name {
            let hint = format!("; `trainer fetch {name}` brings the set");
            return DataError::Missing { directory, file, hint };
        }
        match found_at(&self.path) {
            Found::Nothing => {
                let hint = did_you_mean(&directory);
                DataError::NoDirectory { directory, found: "nothing there", hint }
            }
            Found::File => DataError::NoDirectory { directory, found: "a file", hint: String::new() },
            Found::Pictures(found) => DataError::Pictures {
                directory,
                files: format!("{TRAINING_IMAGES} and {TRAINING_LABELS}"),
                test_files: format!("{TEST_IMAGES} and {TEST_LABELS}"),
                found,
            },
            Found::Directory => DataError::Missing { directory, file, hint: String::new() },
        }
    }
}

/// Returns the name of a set that may have been meant, as the end of a sentence.
#[cfg(feature = "cli")]
fn did_you_mean(found: &str) -> String {
    crate::process::suggestion::did_you_mean(found, &SET_NAMES)
}

/// Without the program, nobody has typed a name.
#[cfg(not(feature = "cli"))]
fn did_you_mean(_: &str) -> String {
    String::new()
}

/// Returns the directory that holds a sub-directory for each set: the one `asked` for, else what [`DATA_VARIABLE`]
/// says, where it is set and not empty, else `data`.
#[must_use]
pub fn data_home(asked: Option<&Path>) -> PathBuf {
    let is_set = |value: &std::ffi::OsString| !value.is_empty();
    let from_environment = || std::env::var_os(DATA_VARIABLE).filter(is_set).map(PathBuf::from);
    asked.map(Path::to_owned).or_else(from_environment).unwrap_or_else(|| PathBuf::from("data"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::idx::{images_to_idx, labels_to_idx};

    /// Training files whose images are filled with their own number, with classes in turn.
    fn numbered(folder: &Path, count: usize, side: usize) {
        let pixels = (0..count).flat_map(|index| vec![index as u8; side * side]).collect();
        let images = images_to_idx(&IdxImages { count, height: side, width: side, pixels });
        std::fs::write(folder.join("train-images.idx3-ubyte"), images).unwrap();
        label(folder, "train", &(0..count).map(|index| (index % 10) as u8).collect::<Vec<u8>>());
    }

    fn label(folder: &Path, part: &str, labels: &[u8]) {
        std::fs::write(folder.join(format!("{part}-labels.idx1-ubyte")), labels_to_idx(labels)).unwrap();
    }

    fn describe(folder: &Path, description: &DatasetDescription) {
        description.write(&folder.join(DATASET_FILE)).unwrap();
    }

    fn directory(folder: &Path) -> DataDirectory {
        DataDirectory::find(folder.to_str().unwrap())
    }

    /// The refusal of a set, without the name of its folder.
    fn refusal<T: std::fmt::Debug>(folder: &Path, result: Result<T, DataError>) -> String {
        let message = result.unwrap_err().to_string();
        message.strip_prefix(folder.to_str().unwrap()).unwrap_or(&message).to_owned()
    }

    #[test]
    fn the_last_twelfth_is_kept_for_validation_where_the_set_says_so() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 40, 28);
        describe(folder.path(), &DatasetDescription::mnist());
        let data = directory(folder.path()).training_data().unwrap();
        assert_eq!((data.training.len(), data.validation.len()), (37, 3));
        assert_eq!((data.training.image(36)[0], data.validation.image(0)[0]), (36, 37));
        assert_eq!(data.validation.labels(), [7, 8, 9]);
        assert_eq!(data.validation_positions, [37, 38, 39]);
    }

    #[test]
    fn every_class_is_on_both_sides_of_a_set_that_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 240, 28);
        let data = directory(folder.path()).training_data().unwrap();
        assert_eq!((data.training.len(), data.validation.len()), (220, 20));
        for class in 0..10 {
            let of_class = data.validation.labels().iter().filter(|&&label| label == class).count();
            assert_eq!(of_class, 2, "{class}");
        }
        let sides =
            [(&data.training, &data.training_positions), (&data.validation, &data.validation_positions)];
        for (images, positions) in sides {
            // The image at a position of the files is filled with that position, and they keep their order.
            assert!(
                positions.iter().enumerate().all(|(index, &at)| usize::from(images.image(index)[0]) == at)
            );
            assert!(positions.is_sorted());
        }
    }

    #[test]
    fn a_set_that_cannot_be_split_or_is_of_another_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = || refusal(folder.path(), directory(folder.path()).training_data());
        numbered(folder.path(), 39, 28);
        assert_eq!(
            refusal(),
            ": class 9: expected at least 4 training images, so that some train and some judge, found 3"
        );
        numbered(folder.path(), 40, 27);
        assert_eq!(refusal(), ": expected images of 28x28, found 27x27");
        numbered(folder.path(), 11, 28);
        describe(folder.path(), &DatasetDescription::mnist());
        assert_eq!(refusal(), ": expected at least 12 training images, found 11");
    }

    #[test]
    fn a_training_needs_classes_on_both_sides_and_images_that_differ() {
        let folder = tempfile::tempdir().unwrap();
        let check = || {
            let directory = directory(folder.path());
            let data = directory.training_data().unwrap();
            directory.check_for_training(&data)
        };
        numbered(folder.path(), 60, 28);
        assert!(check().is_ok());
        describe(folder.path(), &DatasetDescription::mnist());
        assert!(refusal(folder.path(), check()).starts_with(
            ": class 0: expected at least 2 images that train and 2 that judge, found 6 and 0; "
        ));
        std::fs::remove_file(folder.path().join(DATASET_FILE)).unwrap();
        label(folder.path(), "train", &[0; 60]);
        assert_eq!(
            refusal(folder.path(), check()),
            ": expected images of at least 2 classes, found class 0 alone"
        );
        let same = IdxImages { count: 60, height: 28, width: 28, pixels: vec![7; 60 * 784] };
        std::fs::write(folder.path().join("train-images.idx3-ubyte"), images_to_idx(&same)).unwrap();
        label(folder.path(), "train", &[[0; 30], [1; 30]].concat());
        let constant = ": expected training images that differ, found the same one over and over";
        assert_eq!(refusal(folder.path(), check()), constant);
    }

    #[test]
    fn classes_come_from_the_description_else_from_the_training_labels() {
        let folder = tempfile::tempdir().unwrap();
        let classes = || directory(folder.path()).classes().unwrap();
        label(folder.path(), "t10k", &[0, 6]);
        assert_eq!(classes(), ["0", "1", "2", "3", "4", "5", "6"]);
        label(folder.path(), "train", &[0, 2, 1]);
        assert_eq!(classes(), ["0", "1", "2"]);
        describe(folder.path(), &DatasetDescription::fashion_mnist());
        assert_eq!(classes()[9], "Ankle boot");
        let said = DatasetDescription::numbered(4);
        assert_eq!(directory(folder.path()).described_as(said).classes().unwrap().len(), 4);
        describe(folder.path(), &DatasetDescription::numbered(257));
        assert!(refusal(folder.path(), directory(folder.path()).classes()).contains("at most 256 classes"));
    }

    #[test]
    fn a_label_beyond_the_classes_is_refused_with_their_range() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = vec![0; 3 * 784];
        let images = images_to_idx(&IdxImages { count: 3, height: 28, width: 28, pixels });
        std::fs::write(folder.path().join("t10k-images.idx3-ubyte"), images).unwrap();
        label(folder.path(), "train", &[0, 4]);
        label(folder.path(), "t10k", &[0, 4, 5]);
        let message = refusal(folder.path(), directory(folder.path()).test());
        assert!(message.ends_with("t10k-labels.idx1-ubyte: label 2: expected 0 to 4, found 5"), "{message}");
    }

    #[test]
    fn all_256_labels_of_a_byte_are_classes() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = (0..1024usize).flat_map(|image| vec![(image / 4) as u8; 784]).collect();
        let images = images_to_idx(&IdxImages { count: 1024, height: 28, width: 28, pixels });
        std::fs::write(folder.path().join("train-images.idx3-ubyte"), images).unwrap();
        label(folder.path(), "train", &(0..1024).map(|image| (image / 4) as u8).collect::<Vec<u8>>());
        let data = directory(folder.path()).training_data().unwrap();
        assert_eq!((data.training.classes(), data.validation.len()), (256, 512));
        assert!(data.training.is_labelled());
    }

    #[test]
    fn the_hash_sees_every_pixel_and_label() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 40, 28);
        let hash = || directory(folder.path()).training_data().unwrap().sha256();
        let before = hash();
        assert_eq!(hash(), before);
        let labels: Vec<u8> = (0..40).map(|index| ((index + 1) % 10) as u8).collect();
        label(folder.path(), "train", &labels);
        assert_ne!(hash(), before);
    }
}

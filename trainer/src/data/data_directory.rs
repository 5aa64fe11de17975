//! Finds and reads the files of a data set.
//!
//! In comes a set's name or a directory with its four IDX files, out go labelled images `[count, height, width]`, split
//! into those that train and those that judge, and what the set says of itself. Only here are training and test files
//! told apart, so that no stage reads the wrong ones.

use std::path::{Path, PathBuf};

use models::{ModelContract, Provenance};

use crate::data::data_error::DataError;
use crate::data::data_set::{DataSet, NETWORK_INPUT};
use crate::data::description::{DATASET_FILE, DatasetDescription};
use crate::data::idx;
use crate::data::idx::IdxImages;
use crate::data::training_data::TrainingData;

/// The environment variable that says where `trainer fetch` puts data sets and where their names are looked up.
pub const DATA_VARIABLE: &str = "IMAGO_DATA";

/// The names of the sets that `trainer fetch` brings.
pub(crate) const SET_NAMES: [&str; 2] = ["mnist", "fashion-mnist"];

/// The validation split is one in so many of the training files' images: 5,000 of MNIST's 60,000.
const VALIDATION_SHARE: usize = 12;

/// The largest number of classes that the labels of an IDX file, bytes, tell apart.
const MOST_IDX_CLASSES: usize = 256;

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

    /// Returns what is known of the set: what was said about it, else its `dataset.toml`, else classes `0`, `1`, … up
    /// to the largest label of the training files (of the test files where there are no others), pictures fitted whole
    /// and a stratified split.
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
            return Err(DataError::Classes { directory: self.path.display().to_string(), found });
        }
        Ok(description)
    }

    /// Returns what was said about the set, else what its `dataset.toml` says; `None` where there is neither.
    ///
    /// # Errors
    /// [`DataError`] where `dataset.toml` is broken.
    pub fn own_description(&self) -> Result<Option<DatasetDescription>, DataError> {
        match &self.description {
            Some(description) => Ok(Some(description.clone())),
            None => Ok(DatasetDescription::read(&self.path.join(DATASET_FILE))?),
        }
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
        let of_test = |missing| self.file(TEST_LABELS).map_err(|_| missing);
        let labels = idx::read_labels(&self.file(TRAINING_LABELS).or_else(of_test)?)?;
        Ok(labels.into_iter().max().map_or(0, usize::from))
    }

    /// Reads the training files and splits them into training and validation images.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken, or where the set is too small to be split.
    pub fn training_data(&self) -> Result<TrainingData, DataError> {
        let images = self.all_training()?;
        let (expected, found) = (VALIDATION_SHARE, images.len());
        if found < expected {
            let directory = self.path.display().to_string();
            return Err(DataError::TooFew { directory, expected, found });
        }
        let first = found - found / VALIDATION_SHARE;
        let (training, validation) = (images.filtered(|at| at < first), images.filtered(|at| at >= first));
        Ok(TrainingData { training, transfer: None, validation })
    }

    /// Reads the training files without splitting them.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn all_training(&self) -> Result<DataSet, DataError> {
        self.read(TRAINING_IMAGES, TRAINING_LABELS, self.description()?.classes.len())
    }

    /// Reads the training images and, where there are any, their labels below `classes`; returns `None` where there are
    /// no images.
    ///
    /// # Errors
    /// [`DataError`] where a file is broken.
    pub(crate) fn transfer_images(&self, classes: usize) -> Result<Option<DataSet>, DataError> {
        let Ok(images) = self.file(TRAINING_IMAGES) else { return Ok(None) };
        match self.file(TRAINING_LABELS) {
            Ok(_) => self.read(TRAINING_IMAGES, TRAINING_LABELS, classes).map(Some),
            Err(_) => {
                let images = self.check_size(idx::read_images(&images)?)?;
                Ok(Some(DataSet::unlabelled(images.pixels, [images.height, images.width])))
            }
        }
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
        self.read(TEST_IMAGES, TEST_LABELS, self.description()?.classes.len())
    }

    fn read(&self, images: &'static str, labels: &'static str, classes: usize) -> Result<DataSet, DataError> {
        let labels_file = self.file(labels)?;
        let images = idx::read_images(&self.file(images)?)?;
        let labels = idx::read_labels(&labels_file)?;
        let directory = || self.path.display().to_string();
        if images.count != labels.len() {
            let (images, labels) = (images.count, labels.len());
            return Err(DataError::Count { directory: directory(), images, labels });
        }
        if let Some(position) = labels.iter().position(|&label| usize::from(label) >= classes) {
            let (file, found) = (labels_file.display().to_string(), labels[position]);
            return Err(DataError::Label { file, position, largest: classes - 1, found });
        }
        let images = self.check_size(images)?;
        Ok(DataSet::new(images.pixels, labels, classes, [images.height, images.width]))
    }

    fn check_size(&self, images: IdxImages) -> Result<IdxImages, DataError> {
        if [1, images.height, images.width] == NETWORK_INPUT {
            return Ok(images);
        }
        let directory = self.path.display().to_string();
        let found = format!("{}x{}", images.height, images.width);
        Err(DataError::Size { directory, expected: "28x28".to_owned(), found })
    }

    fn file(&self, name: &'static str) -> Result<PathBuf, DataError> {
        let dotted = name.replace("-idx", ".idx");
        let candidates =
            [name, &dotted].map(|name| [self.path.join(name), self.path.join(format!("{name}.gz"))]);
        candidates.into_iter().flatten().find(|path| path.is_file()).ok_or_else(|| {
            let hint = self.name.as_ref().map(|name| format!("; `trainer fetch {name}` brings the set"));
            let directory = self.path.display().to_string();
            DataError::Missing { directory, file: name, hint: hint.unwrap_or_default() }
        })
    }
}

/// Returns the directory that holds a sub-directory for each set: the one `asked` for, else what [`DATA_VARIABLE`]
/// says, else `data`.
#[must_use]
pub fn data_home(asked: Option<&Path>) -> PathBuf {
    let from_environment = || std::env::var_os(DATA_VARIABLE).map(PathBuf::from);
    asked.map(Path::to_owned).or_else(from_environment).unwrap_or_else(|| PathBuf::from("data"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::idx::{IdxImages, images_to_idx, labels_to_idx};

    /// Training files whose images are filled with their own number.
    fn numbered(folder: &Path, count: usize, side: usize) {
        let pixels = (0..count).flat_map(|index| vec![index as u8; side * side]).collect();
        let images = images_to_idx(&IdxImages { count, height: side, width: side, pixels });
        std::fs::write(folder.join("train-images.idx3-ubyte"), images).unwrap();
        let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
        std::fs::write(folder.join("train-labels.idx1-ubyte"), labels_to_idx(&labels)).unwrap();
    }

    fn directory(folder: &Path) -> DataDirectory {
        DataDirectory::find(folder.to_str().unwrap())
    }

    #[test]
    fn the_last_twelfth_is_kept_for_validation() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 40, 28);
        let data = directory(folder.path()).training_data().unwrap();
        assert_eq!((data.training.len(), data.validation.len()), (37, 3));
        assert_eq!((data.training.image(36)[0], data.validation.image(0)[0]), (36, 37));
        assert_eq!(data.validation.labels(), [7, 8, 9]);
    }

    #[test]
    fn a_set_that_cannot_be_split_or_is_of_another_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 11, 28);
        let message = directory(folder.path()).training_data().unwrap_err().to_string();
        assert!(message.ends_with("expected at least 12 training images, found 11"), "{message}");
        numbered(folder.path(), 12, 27);
        let message = directory(folder.path()).training_data().unwrap_err().to_string();
        assert!(message.ends_with("expected images of 28x28, found 27x27"), "{message}");
    }

    #[test]
    fn the_hash_sees_every_pixel_and_label() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 24, 28);
        let hash = || directory(folder.path()).training_data().unwrap().sha256();
        let before = hash();
        assert_eq!(hash(), before);
        std::fs::write(folder.path().join("train-labels.idx1-ubyte"), labels_to_idx(&[1; 24])).unwrap();
        assert_ne!(hash(), before);
    }
}

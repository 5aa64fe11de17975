//! Labelled images in memory, and where they are on disk: a set's name or a directory with its four IDX files.

use std::path::{Path, PathBuf};

use models::picture::preprocessing;
use models::storage::sha256;
use models::{ImageInput, ModelContract, Provenance};

use crate::idx::{self, IdxError, IdxImages};

/// The environment variable that says where `trainer fetch` puts data sets and where their names are looked up.
pub const DATA_VARIABLE: &str = "IMAGO_DATA";

/// Labels are digits or, for sets made like MNIST, ten kinds.
pub const CLASSES: usize = 10;

/// The images that the networks of this trainer see, `[channels, height, width]`.
pub const NETWORK_INPUT: [usize; 3] = [1, 28, 28];

/// One image in so many is held back from training: 5,000 of MNIST's 60,000, the last ones.
const VALIDATION_SHARE: usize = 12;

const TRAINING_IMAGES: &str = "train-images-idx3-ubyte";
const TRAINING_LABELS: &str = "train-labels-idx1-ubyte";

/// The name of the set of garments, on the command line and of its directory.
const FASHION_MNIST: &str = "fashion-mnist";

/// Stands where an image has no label.
pub(crate) const NO_LABEL: u8 = u8::MAX;

/// Images, one byte a pixel, light ink on dark, and their labels where they have some.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// `[count, height, width]`.
    pixels: Vec<u8>,
    /// One an image, [`NO_LABEL`] for one without.
    labels: Vec<u8>,
    height: usize,
    width: usize,
}

/// Data that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is no IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// A directory lacks a file.
    #[error("{directory}: expected {file} or {file}.gz, found neither{hint}")]
    Missing {
        /// The directory in question.
        directory: String,
        /// The file that is not there.
        file: &'static str,
        /// What to do, where it is known.
        hint: String,
    },
    /// Images and labels are of different sets.
    #[error("{directory}: {images} images but {labels} labels")]
    Count {
        /// The directory in question.
        directory: String,
        /// How many images.
        images: usize,
        /// How many labels.
        labels: usize,
    },
    /// A label is of no class.
    #[error("{file}: label {position}: expected 0 to 9, found {found}")]
    Label {
        /// The file in question.
        file: String,
        /// Counted from 0.
        position: usize,
        /// The label.
        found: u8,
    },
    /// The images are no input of the network.
    #[error("{directory}: expected images of {expected}, found {found}")]
    Size {
        /// The directory in question.
        directory: String,
        /// Height × width.
        expected: String,
        /// Height × width.
        found: String,
    },
    /// Training needs something to learn from and something to choose by.
    #[error("{directory}: expected at least {expected} training images, found {found}")]
    TooFew {
        /// The directory in question.
        directory: String,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

/// Where a set's files are.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    /// The set's name where it was given by name.
    name: Option<String>,
}

/// The two halves of the training files.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// What weights are fitted to, unless there is a transfer set.
    pub training: DataSet,
    /// What weights are fitted to instead of `training`.
    pub transfer: Option<DataSet>,
    /// What steers: the choice of the epoch, of the recipe.
    pub validation: DataSet,
}

impl TrainingData {
    /// What weights are fitted to.
    #[must_use]
    pub fn fitted_to(&self) -> &DataSet {
        self.transfer.as_ref().unwrap_or(&self.training)
    }

    /// SHA-256 over both halves, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.training.sha256(), self.validation.sha256()])
    }
}

impl DataDirectory {
    /// A directory, or the name of a set that `trainer fetch` has brought.
    #[must_use]
    pub fn find(data: &str) -> Self {
        match data {
            "mnist" | FASHION_MNIST if !Path::new(data).is_dir() => {
                Self { path: data_home(None).join(data), name: Some(data.to_owned()) }
            }
            _ => Self { path: PathBuf::from(data), name: None },
        }
    }

    /// The training files, split.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken, or where the set is too small to be split.
    pub fn training_data(&self) -> Result<TrainingData, DataError> {
        let mut training = self.all_training()?;
        let expected = VALIDATION_SHARE;
        if training.len() < expected {
            let directory = self.path.display().to_string();
            return Err(DataError::TooFew { directory, expected, found: training.len() });
        }
        let validation = training.split_off(training.len() - training.len() / VALIDATION_SHARE);
        Ok(TrainingData { training, transfer: None, validation })
    }

    /// The training files, whole.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn all_training(&self) -> Result<DataSet, DataError> {
        self.read(TRAINING_IMAGES, TRAINING_LABELS)
    }

    /// The training images and, where there are any, their labels; nothing where there are no images.
    ///
    /// # Errors
    /// [`DataError`] where a file is broken.
    pub(crate) fn transfer_images(&self) -> Result<Option<DataSet>, DataError> {
        let Ok(images) = self.file(TRAINING_IMAGES) else { return Ok(None) };
        match self.file(TRAINING_LABELS) {
            Ok(_) => self.all_training().map(Some),
            Err(_) => {
                let images = self.check_size(idx::read_images(&images)?)?;
                Ok(Some(DataSet::unlabelled(images.pixels, [images.height, images.width])))
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The test files. For `evaluate` alone: whoever chooses by them measures nothing.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn test(&self) -> Result<DataSet, DataError> {
        self.read("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    }

    fn read(&self, images: &'static str, labels: &'static str) -> Result<DataSet, DataError> {
        let labels_file = self.file(labels)?;
        let images = idx::read_images(&self.file(images)?)?;
        let labels = idx::read_labels(&labels_file)?;
        let directory = || self.path.display().to_string();
        if images.count != labels.len() {
            let (images, labels) = (images.count, labels.len());
            return Err(DataError::Count { directory: directory(), images, labels });
        }
        if let Some(position) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
            let (file, found) = (labels_file.display().to_string(), labels[position]);
            return Err(DataError::Label { file, position, found });
        }
        let images = self.check_size(images)?;
        Ok(DataSet { pixels: images.pixels, labels, height: images.height, width: images.width })
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

/// What a network trained on `data` expects of a picture and calls its answers: garments where the set or the directory
/// is called `fashion-mnist`, as the one that `trainer fetch` makes is; digits for any other.
#[must_use]
pub fn contract_of(data: &str, provenance: Provenance) -> ModelContract {
    match Path::new(data).file_name().is_some_and(|name| name == FASHION_MNIST) {
        true => ModelContract::fashion_mnist(provenance),
        false => ModelContract::mnist(provenance),
    }
}

/// The directory with a sub-directory for each set: the one asked for, else what [`DATA_VARIABLE`] says, else `data`.
#[must_use]
pub fn data_home(asked: Option<&Path>) -> PathBuf {
    let from_environment = || std::env::var_os(DATA_VARIABLE).map(PathBuf::from);
    asked.map(Path::to_owned).or_else(from_environment).unwrap_or_else(|| PathBuf::from("data"))
}

impl DataSet {
    /// Images of `[height, width]`, one after another, and a label of each.
    pub(crate) fn new(pixels: Vec<u8>, labels: Vec<u8>, [height, width]: [usize; 2]) -> Self {
        Self { pixels, labels, height, width }
    }

    /// Images of `[height, width]`, one after another, without labels.
    pub(crate) fn unlabelled(pixels: Vec<u8>, [height, width]: [usize; 2]) -> Self {
        let count = pixels.len() / (height * width).max(1);
        Self { pixels, labels: vec![NO_LABEL; count], height, width }
    }

    /// Whether every image has a label.
    pub(crate) fn is_labelled(&self) -> bool {
        !self.labels.contains(&NO_LABEL)
    }

    /// The images of which `keep` holds, given the position of each.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = || (0..self.len()).filter(|index| keep(*index));
        let pixels = kept().flat_map(|index| self.image(index)).copied().collect();
        let labels = kept().map(|index| self.labels[index]).collect();
        Self { pixels, labels, ..*self }
    }

    /// How many images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The classes of all images, in order.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of one image, `[height, width]`. `index` is under [`DataSet::len`].
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.height * self.width;
        &self.pixels[index * len..(index + 1) * len]
    }

    /// Rows and columns of an image.
    #[must_use]
    pub fn side(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    fn split_off(&mut self, at: usize) -> Self {
        let pixels = self.pixels.split_off(at * self.height * self.width);
        Self { pixels, labels: self.labels.split_off(at), height: self.height, width: self.width }
    }

    /// SHA-256 of all pixels and labels, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.pixels.as_slice(), self.labels.as_slice()])
    }

    /// The network's input for a range of images, `[count, 1, height, width]`.
    pub(crate) fn inputs(&self, range: std::ops::Range<usize>, input: &ImageInput) -> Vec<f32> {
        let len = self.height * self.width;
        preprocessing::from_bytes(&self.pixels[range.start * len..range.end * len], input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx::{IdxImages, images_to_idx, labels_to_idx};

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
    fn garments_are_named_where_the_set_or_its_directory_is() {
        let labels = |data: &str| contract_of(data, Provenance::default()).labels;
        for data in ["fashion-mnist", "data/fashion-mnist", "data/fashion-mnist/"] {
            assert_eq!(labels(data)[9], "Ankle boot", "{data}");
        }
        for data in ["mnist", "data", "fashion-mnist/digits", ""] {
            assert_eq!(labels(data)[9], "9", "{data}");
        }
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

//! Finds a data set, wherever its images lie, and reads it.
//!
//! In comes a set's name, a directory or a manifest; out go labelled images `[count, channels, height, width]` of one byte a
//! value at the size that a network wants, split into those that train, those that judge and those that measure, and what
//! the set says of itself. Every command reads its images here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use models::storage::printable::{PrintablePath, printable};
use models::{ImageInput, ModelContract, Provenance, Resize};

use crate::data::cache::cache_folder::CacheOptions;
use crate::data::cifar;
use crate::data::data_error::DataError;
use crate::data::data_set::{DataSet, NETWORK_INPUT};
use crate::data::defaults::input::chosen_shape;
use crate::data::description::{DATASET_FILE, DatasetDescription};
#[cfg(feature = "cli")]
use crate::data::folder_report::FolderReport;
use crate::data::idx_set::{IdxPart, IdxSet, MOST_IDX_CLASSES};
use crate::data::input_shape::InputShape;
use crate::data::label_order::listed;
use crate::data::listing::listing::{Listing, Part};
use crate::data::listing::listing_error::ListingError;
use crate::data::listing::manifest::is_manifest_name;
use crate::data::listing::{class_folders, manifest};
use crate::data::missing_files::{Found, found_at};
use crate::data::network_view::shown;
use crate::data::picture_set::PictureSet;
#[cfg(feature = "cli")]
use crate::data::picture_split::PartShare;
use crate::data::resized::brought_to;
use crate::data::training_data::TrainingData;
use crate::data::validation_split::{
    LEAST_OF_A_CLASS, TooFewOfClass, VALIDATION_SHARE, ValidationRule, judges,
};

/// The environment variable that says where `trainer fetch` puts data sets and where their names are looked up.
pub const DATA_VARIABLE: &str = "IMAGO_DATA";

/// The names of the sets that `trainer fetch` brings.
pub(crate) const SET_NAMES: [&str; 3] = ["mnist", "fashion-mnist", "cifar-10"];

/// What the images of a set lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// IDX files.
    Idx,
    /// CIFAR-10's binary files.
    Cifar,
    /// A folder for each class.
    Folders,
    /// Picture files that a manifest names.
    Manifest(PathBuf),
}

/// The place of a data set: a directory, or a manifest.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    /// The name of the set, where it was given by name.
    name: Option<String>,
    /// What was said about the set instead of what it says of itself.
    description: Option<DatasetDescription>,
    /// What its images are brought to, where that is not what the set says.
    input: Option<ImageInput>,
    known: Arc<Known>,
}

/// What was found out about a set and is not looked for again.
#[derive(Debug, Default)]
struct Known {
    listing: OnceLock<Arc<Listing>>,
    shape: OnceLock<InputShape>,
    /// By the input that the pictures were brought to.
    pictures: Mutex<HashMap<String, Arc<PictureSet>>>,
}

impl DataDirectory {
    /// Returns the place of `data`, which is a path or the name of a set that `trainer fetch` has brought.
    #[must_use]
    pub fn find(data: &str) -> Self {
        let (path, name) = match SET_NAMES.contains(&data) && !Path::new(data).is_dir() {
            true => (data_home(None).join(data), Some(data.to_owned())),
            false => (PathBuf::from(data), None),
        };
        Self { path, name, description: None, input: None, known: Arc::default() }
    }

    /// Returns the same set, read as `description` says, whatever the set says of itself.
    #[must_use]
    pub fn described_as(self, description: DatasetDescription) -> Self {
        Self { description: Some(description), known: Arc::default(), ..self }
    }

    /// Returns the same set with its images brought to `input`, whatever the set says.
    #[must_use]
    pub fn seen_by(&self, input: &ImageInput) -> Self {
        Self { input: Some(input.clone()), ..self.clone() }
    }

    /// Returns what the images of the set lie in.
    ///
    /// # Errors
    /// [`DataError`] where there is no set, or where its `dataset.toml` is broken.
    pub(crate) fn source(&self) -> Result<Source, DataError> {
        if self.path.is_file() {
            return match is_manifest_name(&self.path) {
                true => Ok(Source::Manifest(self.path.clone())),
                false => Err(self.missing(IdxPart::Training.images())),
            };
        }
        if let Some(manifest) = self.own_description()?.and_then(|own| own.manifest)
            && self.path.is_dir()
        {
            return Ok(Source::Manifest(self.path.join(manifest)));
        }
        if IdxSet(&self.path).is_there() {
            return Ok(Source::Idx);
        }
        if cifar::is_cifar(&self.path) {
            return Ok(Source::Cifar);
        }
        match self.path.is_dir() && self.name.is_none() {
            true => Ok(Source::Folders),
            false => Err(self.missing(IdxPart::Training.images())),
        }
    }

    /// Returns what is known of the set: what was said about it, else its `dataset.toml`, else, of a set that was given by
    /// name, what `trainer fetch` would write; and what these leave open, as the images say it: the names of folders and
    /// the labels of a manifest, or classes `0`, `1`, … up to the largest label of the training files (of the test files
    /// where there are no others), and the shape that the images are brought to.
    ///
    /// # Errors
    /// [`DataError`] where `dataset.toml` is broken or names other classes than there are, or where there is none and no
    /// labels can be read.
    pub fn description(&self) -> Result<DatasetDescription, DataError> {
        let own = self.own_description()?.unwrap_or_default();
        let mut description = DatasetDescription { classes: self.classes()?, ..own };
        if description.input.is_none() {
            let InputShape([channels, height, width]) = self.shape_of_source()?;
            // Ink is framed in grey pictures.
            let channels = if matches!(description.resize, Resize::Ink { .. }) { 1 } else { channels };
            description.input = Some(InputShape([channels, height, width]));
        }
        self.check_split_options(&description)?;
        Ok(description)
    }

    /// Checks that what is said of the split is about sets of this kind: nothing is passed over without a word.
    fn check_split_options(&self, description: &DatasetDescription) -> Result<(), DataError> {
        let DatasetDescription { validation_share, test_share, group_by, validation, .. } = description;
        let directory = self.in_words();
        let asked = [
            ("validation_share", validation_share.is_some()),
            ("test_share", test_share.is_some()),
            ("group_by", group_by.is_some()),
        ];
        let asked = asked.iter().find(|(_, is_asked)| *is_asked).map(|(option, _)| *option);
        let is_last = *validation == ValidationRule::LastTwelfth;
        match (self.source()?, asked) {
            (Source::Idx | Source::Cifar, Some(option)) => {
                let (found, whose) =
                    ("numbered images", "of which a twelfth judges and whose test files measure");
                Err(DataError::NotForThisSet { directory, option, found, whose })
            }
            (Source::Folders | Source::Manifest(_), _) if is_last => {
                let (option, found) = ("validation = \"last-twelfth\"", "picture files");
                let whose = "which have no order: leave it out, and pictures of each class are drawn";
                Err(DataError::NotForThisSet { directory, option, found, whose })
            }
            _ => Ok(()),
        }
    }

    fn classes_of_source(&self) -> Result<Vec<String>, DataError> {
        Ok(match self.source()? {
            Source::Idx => {
                let largest = IdxSet(&self.path).largest_label()?;
                let largest = largest.ok_or_else(|| self.missing(IdxPart::Training.labels()))?;
                DatasetDescription::numbered(largest + 1).classes
            }
            Source::Cifar => cifar::class_names(&self.path)?,
            Source::Folders | Source::Manifest(_) => self.listing()?.classes.clone(),
        })
    }

    fn shape_of_source(&self) -> Result<InputShape, DataError> {
        Ok(match self.source()? {
            Source::Idx => {
                let shape = IdxSet(&self.path).shape()?;
                let shape = shape.ok_or_else(|| self.missing(IdxPart::Training.images()))?;
                InputShape::checked(shape).ok_or_else(|| {
                    let found = shape.map(|side| side.to_string()).join("x");
                    let expected = "sides of 1 to 1024 pixels, or --input with such".to_owned();
                    DataError::Size { directory: self.in_words(), expected, found }
                })?
            }
            Source::Cifar => InputShape(cifar::CIFAR_SHAPE),
            Source::Folders | Source::Manifest(_) => match self.known.shape.get() {
                Some(shape) => *shape,
                None => {
                    let shape = InputShape(chosen_shape(&*self.listing()?));
                    *self.known.shape.get_or_init(|| shape)
                }
            },
        })
    }

    /// Returns the pictures of a set of picture files, with the classes in the order of the description where it names them.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be listed, or where the set is none of picture files.
    pub(crate) fn listing(&self) -> Result<Arc<Listing>, DataError> {
        if let Some(listing) = self.known.listing.get() {
            return Ok(Arc::clone(listing));
        }
        let mut listing = match self.source()? {
            Source::Manifest(path) => manifest::list(&path)?,
            _ => class_folders::list(&self.path).map_err(|error| self.of_folder(error))?,
        };
        if let Some(DatasetDescription { classes, .. }) = self.own_description()?
            && !classes.is_empty()
            && !listing.reorder(&classes)
        {
            let is_own =
                DatasetDescription::read(&self.description_file())?.is_some_and(|own| own.classes == classes);
            let described_by = if is_own { DATASET_FILE } else { "--classes or of the run" };
            let (expected, found) = (listed(&classes, &listing.classes), listed(&listing.classes, &classes));
            let directory = self.in_words();
            return Err(ListingError::OtherClasses { directory, described_by, expected, found }.into());
        }
        Ok(Arc::clone(self.known.listing.get_or_init(|| Arc::new(listing))))
    }

    /// Says of a folder with pictures that nothing says the class of that a student may learn from them all the same.
    fn of_folder(&self, error: ListingError) -> DataError {
        match error {
            ListingError::Flat { directory, found } => DataError::Flat { directory, found },
            error => error.into(),
        }
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
        let read = DatasetDescription::read(&self.description_file())?;
        Ok(read.or_else(|| self.name.as_deref().and_then(DatasetDescription::of_name)))
    }

    /// Returns the path of the set's description: in the directory, or beside the manifest.
    pub(crate) fn description_file(&self) -> PathBuf {
        let folder =
            if self.path.is_file() { self.path.parent().unwrap_or(Path::new("")) } else { &self.path };
        folder.join(DATASET_FILE)
    }

    /// Returns whether nothing says what the set means: no one who asks for it, and no `dataset.toml` in it.
    #[cfg(feature = "cli")]
    pub(crate) fn says_nothing(&self) -> bool {
        self.description.is_none() && self.description_file().symlink_metadata().is_err()
    }

    /// Returns the names of the set's classes, in the order of the labels.
    ///
    /// # Errors
    /// As [`DataDirectory::description`], and [`DataError::Classes`] for more than the labels of IDX files tell apart.
    pub fn classes(&self) -> Result<Vec<String>, DataError> {
        let own = self.own_description()?.map(|own| own.classes).filter(|classes| !classes.is_empty());
        let Some(classes) = own else { return self.classes_of_source() };
        let found = classes.len();
        match found > MOST_IDX_CLASSES && self.source()? == Source::Idx {
            true => Err(DataError::Classes { directory: self.in_words(), found }),
            false => Ok(classes),
        }
    }

    /// Returns the contract of a network that is trained on the set.
    ///
    /// # Errors
    /// As [`DataDirectory::description`].
    pub fn contract(&self, provenance: Provenance) -> Result<ModelContract, DataError> {
        Ok(self.description()?.contract(provenance))
    }

    /// Returns what the images are brought to.
    pub(crate) fn image_input(&self) -> Result<ImageInput, DataError> {
        match &self.input {
            Some(input) => Ok(input.clone()),
            None => Ok(self.description()?.image_input()),
        }
    }

    /// Returns the file whose labels say how many classes a set has that does not describe itself.
    ///
    /// # Errors
    /// [`DataError`] where the set has no labels.
    #[cfg(feature = "cli")]
    pub(crate) fn labels_file(&self) -> Result<PathBuf, DataError> {
        let set = IdxSet(&self.path);
        let found = set.labels_file(IdxPart::Training).or_else(|| set.labels_file(IdxPart::Test));
        match self.source()? {
            Source::Idx => found.ok_or_else(|| self.missing(IdxPart::Training.labels())),
            _ => Ok(self.path.clone()),
        }
    }

    /// Returns the pictures of a set of picture files, split, at the size that is wanted.
    pub(crate) fn picture_set(&self) -> Result<Arc<PictureSet>, DataError> {
        let (input, listing) = (self.image_input()?, self.listing()?);
        let key = shown(&input);
        let mut known = self.known.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = known.get(&key) {
            return Ok(Arc::clone(set));
        }
        let description = self.own_description()?.unwrap_or_default();
        let set = Arc::new(PictureSet::read(&listing, &description, &input, &CacheOptions::of_process())?);
        known.insert(key, Arc::clone(&set));
        Ok(set)
    }

    /// Returns what was left out of a set of picture files; `None` for any other set.
    ///
    /// # Errors
    /// As [`DataDirectory::training_data`].
    #[cfg(feature = "cli")]
    pub(crate) fn folder_report(&self) -> Result<Option<FolderReport>, DataError> {
        match self.source()? {
            Source::Folders | Source::Manifest(_) => Ok(Some(self.picture_set()?.report.clone())),
            Source::Idx | Source::Cifar => Ok(None),
        }
    }

    /// Reads the training images and splits them into those that train and those that judge, as the set's description
    /// says.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken, or where the set is too small to be split.
    pub fn training_data(&self) -> Result<TrainingData, DataError> {
        if let Source::Folders | Source::Manifest(_) = self.source()? {
            let set = self.picture_set()?;
            let data = TrainingData::parted(&set.all_training, &set.judges);
            return Ok(TrainingData { folder: Some(set.report.clone()), ..data });
        }
        let description = self.description()?;
        let classes = &description.classes;
        let images = self.all_training()?;
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

    /// Reads the images that train and those that judge, without splitting them.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken.
    pub fn all_training(&self) -> Result<DataSet, DataError> {
        match self.source()? {
            Source::Idx => self.idx(IdxPart::Training),
            Source::Cifar => self.cifar(cifar::read_training),
            Source::Folders | Source::Manifest(_) => Ok(self.picture_set()?.all_training.clone()),
        }
    }

    /// Reads the training images for a run of so many `classes` and, where there are any, their labels, which are below the
    /// number of classes that the set names, where it does; returns `None` where the set is none of IDX files or of
    /// CIFAR-10's.
    ///
    /// # Errors
    /// [`DataError`] where a file is broken.
    pub(crate) fn transfer_images(&self, classes: usize) -> Result<Option<DataSet>, DataError> {
        if !IdxSet(&self.path).is_there() && cifar::is_cifar(&self.path) {
            return self.cifar(cifar::read_training).map(Some);
        }
        let set = IdxSet(&self.path);
        let Some(images) = set.images_file(IdxPart::Training) else { return Ok(None) };
        let images = match set.labels_file(IdxPart::Training) {
            Some(labels) => set.labelled(&images, &labels, self.transfer_classes(classes)?.len())?,
            None => set.unlabelled(&images)?,
        };
        self.at_size(images).map(Some)
    }

    /// Returns the names of the classes of a transfer set for a run of so many `classes`: its own ones, else `0`, `1`, … up
    /// to the run's last class or the set's largest label. A transfer set may lack classes, the last ones too.
    ///
    /// # Errors
    /// As [`DataDirectory::description`].
    pub(crate) fn transfer_classes(&self, classes: usize) -> Result<Vec<String>, DataError> {
        let found = self.classes()?;
        let is_described = self.own_description()?.is_some_and(|own| !own.classes.is_empty());
        let has_names = is_described || self.source()? != Source::Idx;
        Ok(if has_names || found.len() >= classes {
            found
        } else {
            DatasetDescription::numbered(classes).classes
        })
    }

    /// Returns about how many images train, without reading any.
    ///
    /// # Errors
    /// [`DataError`] where there is no set.
    #[cfg(feature = "cli")]
    pub(crate) fn about_so_many_train(&self) -> Result<usize, DataError> {
        Ok(match self.source()? {
            Source::Idx => {
                IdxSet(&self.path).count()?.unwrap_or(0) * (VALIDATION_SHARE - 1) / VALIDATION_SHARE
            }
            Source::Cifar => cifar::TRAINING_PICTURES * (VALIDATION_SHARE - 1) / VALIDATION_SHARE,
            Source::Folders | Source::Manifest(_) => {
                let (listing, own) = (self.listing()?, self.own_description()?.unwrap_or_default());
                let candidates = if listing.has(Part::Training) { Part::Training } else { Part::Undivided };
                let count: usize = listing.counts(candidates).into_iter().sum();
                let drawn = |part, share: Option<PartShare>| {
                    if listing.has(part) { 0.0 } else { share.unwrap_or_default().value() }
                };
                let kept =
                    1.0 - drawn(Part::Validation, own.validation_share) - drawn(Part::Test, own.test_share);
                (count as f64 * kept).round() as usize
            }
        })
    }

    /// Returns whether nothing says how the values of the images are distributed, and their network should be told.
    pub(crate) fn wants_statistics(&self) -> Result<bool, DataError> {
        let description = self.description()?;
        let is_digits = self.source()? == Source::Idx && description.image_shape() == NETWORK_INPUT;
        Ok(!is_digits && description.mean.is_none())
    }

    /// Returns the name of the set, where it was given by name.
    #[cfg(feature = "cli")]
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the path of the directory or the manifest that the data set is read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the test images. They are for measuring alone: whoever chooses by them measures nothing.
    ///
    /// # Errors
    /// [`DataError`] where a file is missing or broken, or where no picture measures.
    pub fn test(&self) -> Result<DataSet, DataError> {
        match self.source() {
            Ok(Source::Cifar) => self.cifar(cifar::read_test),
            Ok(Source::Folders | Source::Manifest(_)) => {
                let test = self.picture_set()?.test.clone();
                if test.is_empty() {
                    return Err(DataError::NoTest { directory: self.in_words(), part: Part::Test.name() });
                }
                Ok(test)
            }
            Ok(Source::Idx) => self.idx(IdxPart::Test),
            // Of a set that is not there, what is missing is a test file.
            Err(error @ DataError::Description(_)) => Err(error),
            Err(_) => Err(self.missing(IdxPart::Test.labels())),
        }
    }

    fn idx(&self, part: IdxPart) -> Result<DataSet, DataError> {
        let set = IdxSet(&self.path);
        let labels = set.labels_file(part).ok_or_else(|| self.missing(part.labels()))?;
        let images = set.images_file(part).ok_or_else(|| self.missing(part.images()))?;
        self.at_size(set.labelled(&images, &labels, self.classes()?.len())?)
    }

    fn cifar(
        &self,
        read: impl Fn(&Path) -> Result<cifar::CifarImages, cifar::CifarError>,
    ) -> Result<DataSet, DataError> {
        let cifar::CifarImages { pixels, labels } = read(&self.path)?;
        let classes = self.classes()?.len();
        if let Some(position) = labels.iter().position(|&label| usize::from(label) >= classes) {
            let (file, found) = (self.in_words(), labels[position] as u8);
            return Err(DataError::Label { file, position, largest: classes - 1, found });
        }
        self.at_size(DataSet::new(pixels, labels, classes, cifar::CIFAR_SHAPE))
    }

    /// Brings images to the size that is wanted, where they have another one.
    fn at_size(&self, images: DataSet) -> Result<DataSet, DataError> {
        let input = match (&self.input, &self.description) {
            (Some(input), _) => input.clone(),
            // A description that names no size wants the images as they are.
            (None, Some(description)) if description.input.is_none() => return Ok(images),
            _ => self.description()?.image_input(),
        };
        Ok(brought_to(images, &input))
    }

    pub(crate) fn in_words(&self) -> String {
        self.path.printable()
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
    use crate::data::idx::{IdxImages, images_to_idx, labels_to_idx};

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
    fn a_set_that_cannot_be_split_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = || refusal(folder.path(), directory(folder.path()).training_data());
        numbered(folder.path(), 39, 28);
        assert_eq!(
            refusal(),
            ": class 9: expected at least 4 training images, so that some train and some judge, found 3"
        );
        numbered(folder.path(), 11, 28);
        describe(folder.path(), &DatasetDescription::mnist());
        assert_eq!(refusal(), ": expected at least 12 training images, found 11");
    }

    #[test]
    fn images_of_any_size_are_taken_as_they_are_unless_another_size_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 40, 27);
        let own = directory(folder.path());
        assert_eq!(own.description().unwrap().image_shape(), [1, 27, 27]);
        let data = own.training_data().unwrap();
        assert_eq!((data.training.shape(), data.validation.shape()), ([1, 27, 27], [1, 27, 27]));
        let smaller = ImageInput::version_2([1, 9, 14], models::Resize::Stretch);
        let seen = own.seen_by(&smaller).training_data().unwrap();
        assert_eq!((seen.training.shape(), seen.validation.shape()), ([1, 9, 14], [1, 9, 14]));
        // An image is filled with its own number, at any size.
        let first = data.training_positions[5];
        assert_eq!(seen.training.image(5), [first as u8; 9 * 14]);
        assert_eq!(
            (seen.training_positions, seen.validation_positions),
            (data.training_positions, data.validation_positions)
        );
        describe(
            folder.path(),
            &DatasetDescription { input: Some(InputShape([1, 20, 20])), ..DatasetDescription::default() },
        );
        assert_eq!(directory(folder.path()).training_data().unwrap().training.shape(), [1, 20, 20]);
    }

    #[test]
    fn a_broken_description_is_told_whatever_is_read() {
        let folder = tempfile::tempdir().unwrap();
        numbered(folder.path(), 40, 28);
        std::fs::write(folder.path().join(DATASET_FILE), "colours = 3").unwrap();
        let directory = directory(folder.path());
        for refused in
            [directory.training_data().map(drop), directory.test().map(drop), directory.classes().map(drop)]
        {
            assert!(
                refusal(folder.path(), refused).starts_with("/dataset.toml: line 1: unknown key colours: ")
            );
        }
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

//! The reasons for which a data set cannot be used.
//!
//! In comes what a reader of a set found, out goes a message that names the file or directory, what was expected and
//! what was found. A set may come from anywhere, so there is one variant for each way in which it can be wrong.

use crate::data::cache::cache_error::DecodedCacheError;
use crate::data::cifar::CifarError;
use crate::data::description::DescriptionError;
use crate::data::folder_report::FolderError;
use crate::data::idx::IdxError;
use crate::data::listing::listing_error::ListingError;

/// The reason for which a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is no IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// The set's `dataset.toml` cannot be used.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The set has more classes than IDX files can tell apart.
    #[error("{directory}: expected at most 256 classes for IDX files, whose labels are bytes, found {found}")]
    Classes {
        /// The directory of the set.
        directory: String,
        /// The number of classes that the set's description names.
        found: usize,
    },
    /// A directory lacks a file of the set.
    #[error("{directory}: expected {file} or {file}.gz, found neither{hint}")]
    Missing {
        /// The directory of the set.
        directory: String,
        /// The name of the file that is not there.
        file: &'static str,
        /// The command that would bring the file, where there is one; else empty.
        hint: String,
    },
    /// There is no such set: nothing, or a file that is no manifest, is in the place of its directory.
    #[error(
        "{directory}: expected a directory with a folder of pictures for each class or with IDX files, a CSV file with path \
         and label, or mnist, fashion-mnist or cifar-10, found {found}{hint}"
    )]
    NoDirectory {
        /// The name or directory of the set, as it was given.
        directory: String,
        /// What is in its place, in words.
        found: &'static str,
        /// The name that may have been meant, as the end of a sentence; else empty.
        hint: String,
    },
    /// The directory of a set holds pictures, and nothing says what they show.
    #[error(
        "{directory}: expected a folder for each class, found {found}; put the pictures of each class into a folder of its \
         own, or name a CSV file with the columns path and label; pictures without labels are for `trainer distill \
         --transfer {directory}`"
    )]
    Flat {
        /// The directory of the set.
        directory: String,
        /// The pictures that were found, in words.
        found: String,
    },
    /// The pictures of a set cannot be listed.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The pictures of a set cannot be decoded into the cache.
    #[error(transparent)]
    Cache(#[from] DecodedCacheError),
    /// The files of CIFAR-10 cannot be read.
    #[error(transparent)]
    Cifar(#[from] CifarError),
    /// No picture of the set is in a part.
    #[error(
        "{directory}: expected pictures in {part}, found none: the set is too small for a part that measures"
    )]
    NoTest {
        /// The directory or the manifest of the set.
        directory: String,
        /// The part.
        part: &'static str,
    },
    /// A class has too few groups for some to train and some to judge.
    #[error(
        "{directory}: class {class}: expected groups that can be divided, so that some train and some judge, found its \
         {found} pictures in too few: group_by says what belongs together, and near-duplicates stay together"
    )]
    TooFewGroups {
        /// The directory or the manifest of the set.
        directory: String,
        /// The name of the class.
        class: String,
        /// The number of pictures of the class.
        found: usize,
    },
    /// The pictures of a folder break the rules of the user.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The number of images and the number of labels differ.
    #[error("{directory}: {images} images but {labels} labels")]
    Count {
        /// The directory of the set.
        directory: String,
        /// The number of images.
        images: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A label names no class.
    #[error("{file}: label {position}: expected 0 to {largest}, found {found}")]
    Label {
        /// The file of the labels.
        file: String,
        /// The position of the label in its file, counted from 0.
        position: usize,
        /// The label of the last class.
        largest: usize,
        /// The label that names no class.
        found: u8,
    },
    /// The images have sides that no network can have.
    #[error("{directory}: expected images with {expected}, found {found}")]
    Size {
        /// The directory of the set.
        directory: String,
        /// The sides that a network may have, and what to do.
        expected: String,
        /// Channels × height × width of the images.
        found: String,
    },
    /// A class has too few training images for some to train and some to judge.
    #[error(
        "{directory}: class {class}: expected at least {expected} training images, so that some train and some judge, \
         found {found}"
    )]
    TooFewOfClass {
        /// The directory of the set.
        directory: String,
        /// The name of the class.
        class: String,
        /// The smallest number of training images of a class.
        expected: usize,
        /// The number of training images of the class.
        found: usize,
    },
    /// A class has too few pictures that can be read for some to train and some to judge.
    #[error(
        "{directory}: class {class}: expected at least {expected} pictures that can be read, so that some train and some \
         judge, found {found}; {unreadable} pictures of the set can't be read, first {first}"
    )]
    TooFewReadable {
        /// The directory or the manifest of the set.
        directory: String,
        /// The name of the class.
        class: String,
        /// The smallest number of pictures of a class.
        expected: usize,
        /// The number of pictures of the class that can be read.
        found: usize,
        /// The number of pictures of the whole set that cannot.
        unreadable: usize,
        /// The path of the first of them, with the reason.
        first: String,
    },
    /// The set's own split leaves a class without images that train or without images that judge.
    #[error(
        "{directory}: class {class}: expected at least {expected} images that train and {expected} that judge, found \
         {training} and {validation}; validation = \"stratified\" in dataset.toml draws some of each class"
    )]
    OneSided {
        /// The directory of the set.
        directory: String,
        /// The name of the class.
        class: String,
        /// The smallest number of images of a class on either side.
        expected: usize,
        /// The number of training images of the class.
        training: usize,
        /// The number of validation images of the class.
        validation: usize,
    },
    /// All images are of one class.
    #[error("{directory}: expected images of at least 2 classes, found class {class} alone")]
    OneClass {
        /// The directory of the set.
        directory: String,
        /// The name of the class.
        class: String,
    },
    /// All labels of a set that does not describe itself are 0.
    #[error(
        "{file}: expected labels of at least 2 classes, found 0 alone; a network learns to tell one class from others: \
         add images of a second one, with the label 1"
    )]
    OneLabel {
        /// The file of the labels.
        file: String,
    },
    /// All training images are the same.
    #[error("{directory}: expected training images that differ, found the same one over and over")]
    Constant {
        /// The directory of the set.
        directory: String,
    },
    /// The set is too small to be split: training needs images to learn from and images to choose by.
    #[error("{directory}: expected at least {expected} training images, found {found}")]
    TooFew {
        /// The directory of the set.
        directory: String,
        /// The smallest number of training images.
        expected: usize,
        /// The number of training images in the set.
        found: usize,
    },
}

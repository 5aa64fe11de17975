//! The reasons for which a folder or a manifest of pictures is no data set.

use super::class_names::ClassNameProblem;

/// The reason for which a folder or a manifest of pictures is no data set.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// A folder or the manifest cannot be read.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// The path of the folder or file.
        path: String,
        /// The error of the operating system.
        reason: String,
    },
    /// A name is no name of a class, or two names are one.
    #[error("{path}: {problem}")]
    ClassName {
        /// The path of the folder of the class, or of the manifest with the line.
        path: String,
        /// What is wrong with the name.
        problem: ClassNameProblem,
    },
    /// There are pictures, and nothing says what they show.
    #[error(
        "{directory}: expected a folder for each class, found {found}; put the pictures of each class into a folder of its \
         own, as in {directory}/CLASS/, or name a CSV file with the columns path and label"
    )]
    Flat {
        /// The directory.
        directory: String,
        /// What is there, in words.
        found: String,
    },
    /// A part has pictures, and nothing says what they show.
    #[error(
        "{path}: expected folders of classes in it, found {found}; put the pictures of each class into a folder of its own, \
         as in {path}/CLASS/, or move what has no labels out of the set"
    )]
    FlatPart {
        /// The folder of the part.
        path: String,
        /// What is there, in words.
        found: String,
    },
    /// There is no picture at all.
    #[error("{directory}: expected pictures in a folder for each class, found {found}")]
    NoPictures {
        /// The directory.
        directory: String,
        /// What is there, in words.
        found: String,
    },
    /// A folder of a class has folders with pictures.
    #[error(
        "{path}: expected the pictures of one class, found a folder in it, {folder}, with pictures of its own; each \
         class is one folder: move them up, or name {hint} where that holds the folders of the classes"
    )]
    Nested {
        /// The folder of the class.
        path: String,
        /// The name of the folder in it.
        folder: String,
        /// The folder that may have been meant.
        hint: String,
    },
    /// All pictures are of one class.
    #[error(
        "{directory}: expected pictures of at least 2 classes, found class {class} alone; a network learns to tell one \
         class from others: add a folder with pictures of a second one"
    )]
    OneClass {
        /// The directory or the manifest.
        directory: String,
        /// The name of the class.
        class: String,
    },
    /// There are more classes than a network may have.
    #[error("{directory}: expected at most {most} classes, found {found}")]
    TooManyClasses {
        /// The directory or the manifest.
        directory: String,
        /// The largest number of classes.
        most: usize,
        /// The number of classes.
        found: usize,
    },
    /// A part lacks a class that another part has.
    #[error(
        "{directory}: class {class}: expected pictures in {lacking} as in {having}, found none; labels would be counted \
         otherwise there: add some, or remove the class"
    )]
    MissingClass {
        /// The directory or the manifest.
        directory: String,
        /// The name of the class.
        class: String,
        /// The part that has no picture of it.
        lacking: &'static str,
        /// The part that has some.
        having: &'static str,
    },
    /// The classes of the folders are others than those of the description.
    #[error("{directory}: expected the classes of {described_by}: {expected}; found {found}")]
    OtherClasses {
        /// The directory or the manifest.
        directory: String,
        /// What names the classes: `dataset.toml`, or `--classes`.
        described_by: &'static str,
        /// The classes that it names, or those of many that were not found.
        expected: String,
        /// The classes that were found, or those of many that it does not name.
        found: String,
    },
    /// A line of a manifest cannot be used.
    #[error("{file}: line {line}: {problem}")]
    Line {
        /// The path of the manifest.
        file: String,
        /// The number of the line, counted from 1.
        line: u64,
        /// What was expected and what was found.
        problem: String,
    },
    /// A manifest cannot be used as a whole.
    #[error("{file}: {problem}")]
    Manifest {
        /// The path of the manifest.
        file: String,
        /// What was expected and what was found.
        problem: String,
    },
}

//! The binary files of CIFAR-10 (Krizhevsky 2009): batches of records of one label byte and 3,072 bytes of picture.
//!
//! In comes a folder with the batches, or one that holds their folder, out go pictures `[count, 3, 32, 32]` of one byte a
//! value, their labels `[count]` and the names of the classes. The files are hostile input: each way in which they can be
//! broken has an error.

use std::io::Read;
use std::path::{Path, PathBuf};

use models::storage::printable::PrintablePath;
use models::storage::{file_kind, regular_file};

/// The shape of a picture, `[channels, height, width]`: the red, the green and the blue plane, row by row.
pub(crate) const CIFAR_SHAPE: [usize; 3] = [3, 32, 32];

/// The number of training pictures that the set has.
#[cfg(feature = "cli")]
pub(crate) const TRAINING_PICTURES: usize = 50_000;

/// The number of bytes of a picture.
const PICTURE_BYTES: usize = 3 * 32 * 32;

/// The number of bytes of a record: a label, then a picture.
const RECORD_BYTES: usize = 1 + PICTURE_BYTES;

/// The number of classes.
const CLASSES: usize = 10;

/// The folder that the authors' archive unpacks to.
pub(crate) const CIFAR_FOLDER: &str = "cifar-10-batches-bin";

/// The files of the training pictures, in their order.
const TRAINING_FILES: [&str; 5] =
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];

/// The file of the test pictures.
const TEST_FILE: &str = "test_batch.bin";

/// The file with the name of each class, one a line.
const NAMES_FILE: &str = "batches.meta.txt";

/// The most bytes of a batch that are read; the authors' have an eighth of it.
const LARGEST_BATCH: u64 = 256 << 20;

/// The most bytes of a file of names that are read.
const LARGEST_NAMES: u64 = 1 << 16;

/// Pictures `[count, 3, 32, 32]` with their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CifarImages {
    /// The values of all pictures, one after another: red, green and blue planes of 32 × 32.
    pub(crate) pixels: Vec<u8>,
    /// The label of each picture, under 10.
    pub(crate) labels: Vec<u16>,
}

/// The reason for which a file of CIFAR-10 cannot be used, with the name of the file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct CifarError {
    /// The path of the file.
    pub file: String,
    /// The problem that was found in the file.
    pub problem: CifarProblem,
}

/// The reason for which a file of CIFAR-10 cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CifarProblem {
    /// One of the files is not there.
    #[error(
        "expected one of the files of CIFAR-10 beside the others, found none; `trainer fetch cifar-10` brings all"
    )]
    Missing,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file has no byte.
    #[error("expected records of {RECORD_BYTES} bytes, found an empty file")]
    Empty,
    /// The file is of another kind, as it says itself.
    #[error("expected records of {RECORD_BYTES} bytes, found {found}{remedy}")]
    OtherFile {
        /// What the file is.
        found: &'static str,
        /// What to do, as the end of a sentence; else empty.
        remedy: String,
    },
    /// The file does not end with a record.
    #[error(
        "expected records of {RECORD_BYTES} bytes, found {found} bytes, {rest} behind the last whole record"
    )]
    Length {
        /// The number of bytes.
        found: usize,
        /// The number of bytes behind the last whole record.
        rest: usize,
    },
    /// The file is larger than any batch.
    #[error("expected at most {most} bytes, found more")]
    TooLarge {
        /// The most bytes that are read.
        most: u64,
    },
    /// A label is none of the ten.
    #[error("label of picture {picture}: expected 0 to 9, found {found}")]
    Label {
        /// The position of the picture in the file, counted from 0.
        picture: usize,
        /// The label that was found.
        found: u8,
    },
    /// The names are no text or not ten.
    #[error("expected {CLASSES} names of classes, one a line, found {found}")]
    Names {
        /// What was found, in words.
        found: String,
    },
}

/// Returns whether `directory`, or the folder of the authors' archive in it, holds a batch of CIFAR-10.
pub(crate) fn is_cifar(directory: &Path) -> bool {
    place_of(directory).is_some()
}

/// Reads the training pictures, in the order of their files.
///
/// # Errors
/// [`CifarError`] for the first file that is missing or broken.
pub(crate) fn read_training(directory: &Path) -> Result<CifarImages, CifarError> {
    let mut images = CifarImages::default();
    TRAINING_FILES.iter().try_for_each(|file| read_batch(&path_of(directory, file), &mut images))?;
    Ok(images)
}

/// Reads the test pictures.
///
/// # Errors
/// [`CifarError`] where their file is missing or broken.
pub(crate) fn read_test(directory: &Path) -> Result<CifarImages, CifarError> {
    let mut images = CifarImages::default();
    read_batch(&path_of(directory, TEST_FILE), &mut images)?;
    Ok(images)
}

/// Reads the names of the classes, in the order of the labels. They are not checked to be printable or different.
///
/// # Errors
/// [`CifarError`] where their file is missing, is no text or has another number of names.
pub(crate) fn class_names(directory: &Path) -> Result<Vec<String>, CifarError> {
    let path = path_of(directory, NAMES_FILE);
    let bytes = content(&path, LARGEST_NAMES)?;
    let names = |found: String| CifarError::at(&path, CifarProblem::Names { found });
    let text = String::from_utf8(bytes).map_err(|_| names("no text".to_owned()))?;
    // The authors' file ends with an empty line.
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.len() == CLASSES { Ok(lines) } else { Err(names(lines.len().to_string())) }
}

/// Returns the folder in which the batches lie; `None` where neither place has one.
fn place_of(directory: &Path) -> Option<PathBuf> {
    let mut places = [directory.to_owned(), directory.join(CIFAR_FOLDER)].into_iter();
    places.find(|place| {
        TRAINING_FILES.iter().chain([&TEST_FILE]).any(|file| place.join(file).symlink_metadata().is_ok())
    })
}

fn path_of(directory: &Path, file: &str) -> PathBuf {
    place_of(directory).unwrap_or_else(|| directory.to_owned()).join(file)
}

/// Reads a batch and adds its pictures to `images`.
fn read_batch(path: &Path, images: &mut CifarImages) -> Result<(), CifarError> {
    let bytes = content(path, LARGEST_BATCH)?;
    check_length(&bytes).map_err(|problem| CifarError::at(path, problem))?;
    images.pixels.reserve(bytes.len());
    for (picture, record) in bytes.chunks_exact(RECORD_BYTES).enumerate() {
        let label = record[0];
        if usize::from(label) >= CLASSES {
            return Err(CifarError::at(path, CifarProblem::Label { picture, found: label }));
        }
        images.labels.push(u16::from(label));
        images.pixels.extend_from_slice(&record[1..]);
    }
    Ok(())
}

fn check_length(bytes: &[u8]) -> Result<(), CifarProblem> {
    let (found, rest) = (bytes.len(), bytes.len() % RECORD_BYTES);
    if found == 0 {
        return Err(CifarProblem::Empty);
    }
    if rest == 0 {
        return Ok(());
    }
    // A picture may begin like a file of any kind: only what has no right length is asked what it is.
    Err(match file_kind::name_of(bytes) {
        Some(found) => {
            let remedy = file_kind::remedy(found).map(|remedy| format!("; {remedy}")).unwrap_or_default();
            CifarProblem::OtherFile { found, remedy }
        }
        None => CifarProblem::Length { found, rest },
    })
}

/// Returns the bytes of a file of at most `most`.
fn content(path: &Path, most: u64) -> Result<Vec<u8>, CifarError> {
    let read = || -> Result<Vec<u8>, CifarProblem> {
        let missing = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => CifarProblem::Missing,
            _ => error.into(),
        };
        let (file, _) = regular_file::open(path).map_err(missing)?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most { Err(CifarProblem::TooLarge { most }) } else { Ok(bytes) }
    };
    read().map_err(|problem| CifarError::at(path, problem))
}

impl CifarError {
    fn at(path: &Path, problem: CifarProblem) -> Self {
        Self { file: path.printable(), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record whose planes are `label`, `label + 10` and `label + 20`, but for the second value of the first row.
    fn record(label: u8) -> Vec<u8> {
        let mut record = vec![label];
        (0..3).for_each(|plane| record.extend([label + 10 * plane; 1024]));
        record[2] = 200;
        record
    }

    /// A whole set: two pictures in each training batch, one in the test batch.
    fn set(directory: &Path) {
        std::fs::create_dir_all(directory).unwrap();
        for (batch, file) in TRAINING_FILES.iter().enumerate() {
            std::fs::write(directory.join(file), [record(batch as u8), record(9)].concat()).unwrap();
        }
        std::fs::write(directory.join(TEST_FILE), record(7)).unwrap();
        let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
        std::fs::write(directory.join(NAMES_FILE), names).unwrap();
    }

    /// Reads all of a set after `spoil` has changed it, and returns the error.
    fn error_after(spoil: impl Fn(&Path)) -> String {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path());
        spoil(folder.path());
        let read = || {
            read_training(folder.path())?;
            read_test(folder.path())?;
            class_names(folder.path())
        };
        read().unwrap_err().to_string()
    }

    #[test]
    fn pictures_come_in_the_order_of_the_batches_with_their_planes_and_labels() {
        let folder = tempfile::tempdir().unwrap();
        for place in [folder.path().join("beside"), folder.path().join("below").join(CIFAR_FOLDER)] {
            set(&place);
        }
        for directory in [folder.path().join("beside"), folder.path().join("below")] {
            assert!(is_cifar(&directory));
            let images = read_training(&directory).unwrap();
            assert_eq!(images.labels, [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]);
            assert_eq!(images.pixels.len(), 10 * PICTURE_BYTES);
            let third = &images.pixels[2 * PICTURE_BYTES..3 * PICTURE_BYTES];
            assert_eq!([third[0], third[1], third[2], third[1024], third[2048]], [1, 200, 1, 11, 21]);
            assert_eq!(read_test(&directory).unwrap().labels, [7]);
            assert_eq!(class_names(&directory).unwrap()[8..], ["ship", "truck"]);
        }
        assert!(!is_cifar(folder.path()));
    }

    #[test]
    fn a_batch_that_is_missing_is_named() {
        for file in ["data_batch_3.bin", TEST_FILE, NAMES_FILE] {
            let message = error_after(|folder| std::fs::remove_file(folder.join(file)).unwrap());
            assert!(message.contains(&format!("{file}: expected one of the files of CIFAR-10")), "{message}");
        }
    }

    #[test]
    fn a_batch_that_is_cut_or_empty_or_too_long_is_refused() {
        let cut = |bytes: usize| {
            error_after(|folder| {
                std::fs::write(folder.join(TRAINING_FILES[1]), vec![0; bytes]).unwrap();
            })
        };
        assert!(cut(0).ends_with("data_batch_2.bin: expected records of 3073 bytes, found an empty file"));
        assert!(cut(3072).ends_with("found 3072 bytes, 3072 behind the last whole record"));
        assert!(cut(2 * 3073 + 1).ends_with("found 6147 bytes, 1 behind the last whole record"));
    }

    #[test]
    fn a_file_of_another_kind_is_called_what_it_is() {
        let message = error_after(|folder| {
            std::fs::write(folder.join(TEST_FILE), "<!DOCTYPE html><title>404").unwrap();
        });
        assert!(
            message.contains("test_batch.bin: expected records of 3073 bytes, found an HTML page"),
            "{message}"
        );
    }

    #[test]
    fn a_label_over_nine_is_refused() {
        let message = error_after(|folder| {
            std::fs::write(folder.join(TRAINING_FILES[4]), [record(3), record(10)].concat()).unwrap();
        });
        assert!(
            message.ends_with("data_batch_5.bin: label of picture 1: expected 0 to 9, found 10"),
            "{message}"
        );
    }

    #[test]
    fn names_that_are_no_text_or_not_ten_are_refused() {
        let named =
            |names: &[u8]| error_after(|folder| std::fs::write(folder.join(NAMES_FILE), names).unwrap());
        assert!(named(b"cat\ndog\n").ends_with("expected 10 names of classes, one a line, found 2"));
        assert!(named(&[0xff; 20]).ends_with("found no text"));
        assert!(named(b"").ends_with("found 0"));
        assert!(named(&vec![b'a'; 70_000]).ends_with("expected at most 65536 bytes, found more"));
    }

    #[test]
    fn a_folder_in_the_place_of_a_batch_is_an_error() {
        let message = error_after(|folder| {
            std::fs::remove_file(folder.join(TEST_FILE)).unwrap();
            std::fs::create_dir(folder.join(TEST_FILE)).unwrap();
        });
        assert!(message.contains("test_batch.bin: cannot be read"), "{message}");
    }
}

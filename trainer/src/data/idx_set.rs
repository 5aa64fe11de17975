//! The IDX files of a set: which there are, and what they hold together.
//!
//! In comes a directory; out go labelled images `[count, channels, height, width]`. Only here are training and test files
//! told apart, so that no stage reads the wrong ones.

use std::path::{Path, PathBuf};

use models::storage::printable::PrintablePath;

use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::idx;

/// The largest number of classes that the labels of an IDX file, bytes, tell apart.
pub(crate) const MOST_IDX_CLASSES: usize = 256;

/// The files of one part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdxPart {
    /// `train-…`.
    Training,
    /// `t10k-…`.
    Test,
}

impl IdxPart {
    /// Returns the name of the file of images, as messages give it.
    pub(crate) fn images(self) -> &'static str {
        match self {
            Self::Training => "train-images-idx3-ubyte",
            Self::Test => "t10k-images-idx3-ubyte",
        }
    }

    /// Returns the name of the file of labels.
    pub(crate) fn labels(self) -> &'static str {
        match self {
            Self::Training => "train-labels-idx1-ubyte",
            Self::Test => "t10k-labels-idx1-ubyte",
        }
    }
}

/// The IDX files in a directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdxSet<'a>(pub(crate) &'a Path);

impl IdxSet<'_> {
    /// Returns whether any file of a set is there.
    pub(crate) fn is_there(self) -> bool {
        let parts = [IdxPart::Training, IdxPart::Test];
        parts.into_iter().any(|part| self.images_file(part).or_else(|| self.labels_file(part)).is_some())
    }

    /// Returns the file of a part's images, where it is there.
    pub(crate) fn images_file(self, part: IdxPart) -> Option<PathBuf> {
        let of_four_sides = part.images().replace("idx3", "idx4");
        self.existing(part.images()).or_else(|| self.existing(&of_four_sides))
    }

    /// Returns the file of a part's labels, where it is there.
    pub(crate) fn labels_file(self, part: IdxPart) -> Option<PathBuf> {
        self.existing(part.labels())
    }

    /// Returns the path of a file of the set, under any of its names, where it is there.
    fn existing(self, name: &str) -> Option<PathBuf> {
        let dotted = name.replace("-idx", ".idx");
        let candidates = [name, &dotted].map(|name| [self.0.join(name), self.0.join(format!("{name}.gz"))]);
        candidates.into_iter().flatten().find(|path| path.is_file())
    }

    /// Returns the largest label of the training files, or of the test files where there are no others; `None` where
    /// there are no labels.
    ///
    /// # Errors
    /// [`DataError`] where the file is broken.
    pub(crate) fn largest_label(self) -> Result<Option<usize>, DataError> {
        let file = self.labels_file(IdxPart::Training).or_else(|| self.labels_file(IdxPart::Test));
        let Some(file) = file else { return Ok(None) };
        Ok(Some(idx::read_labels(&file)?.into_iter().max().map_or(0, usize::from)))
    }

    /// Returns the shape of the images, `[channels, height, width]`; `None` where there are none.
    ///
    /// # Errors
    /// [`DataError`] where the file is broken.
    pub(crate) fn shape(self) -> Result<Option<[usize; 3]>, DataError> {
        let file = self.images_file(IdxPart::Training).or_else(|| self.images_file(IdxPart::Test));
        Ok(file.map(|file| idx::read_shape(&file)).transpose()?)
    }

    /// Returns the number of training labels; `None` where there are none.
    ///
    /// # Errors
    /// [`DataError`] where the file is broken.
    #[cfg(feature = "cli")]
    pub(crate) fn count(self) -> Result<Option<usize>, DataError> {
        let file = self.labels_file(IdxPart::Training);
        Ok(file.map(|file| idx::read_labels(&file)).transpose()?.map(|labels| labels.len()))
    }

    /// Reads the images and labels of a part from two files, labels being below `classes`.
    ///
    /// # Errors
    /// [`DataError`] where a file is broken, or where the two do not belong together.
    pub(crate) fn labelled(self, images: &Path, labels: &Path, classes: usize) -> Result<DataSet, DataError> {
        let images = idx::read_shaped_images(images)?;
        let found = idx::read_labels(labels)?;
        let count = images.values.len() / images.shape.iter().product::<usize>().max(1);
        if count != found.len() {
            let directory = self.0.printable();
            return Err(DataError::Count { directory, images: count, labels: found.len() });
        }
        if let Some(position) = found.iter().position(|&label| usize::from(label) >= classes) {
            let (file, found) = (labels.printable(), found[position]);
            return Err(DataError::Label { file, position, largest: classes - 1, found });
        }
        let labels = found.into_iter().map(u16::from).collect();
        Ok(DataSet::new(images.values, labels, classes, images.shape))
    }

    /// Reads the images of a file without labels.
    ///
    /// # Errors
    /// [`DataError`] where the file is broken.
    pub(crate) fn unlabelled(self, images: &Path) -> Result<DataSet, DataError> {
        let images = idx::read_shaped_images(images)?;
        Ok(DataSet::unlabelled(images.values, images.shape))
    }
}

//! Golden pictures from a folder of picture files, for those whose data are not to travel.
//!
//! In: a folder with pictures, in it or in folders by class. Out: up to 16 pictures as the network sees them, with the class
//! that their folder names; where it names none, the class that the network answers with.

use std::path::{Path, PathBuf};

use models::picture::{
    DEFAULT_MAX_PIXELS, PictureError, PreprocessingError, has_picture_name, is_litter, preprocessing,
    read_picture,
};
use models::probability::arg_max;
use models::reference;
use models::storage::printable::PrintablePath;
use models::weights::Weights;

use super::choice::MOST_GOLDEN;
use super::pictures::GoldenPicture;

/// The error of a folder whose pictures cannot become golden vectors.
#[derive(Debug, thiserror::Error)]
pub enum GoldenFolderError {
    /// The folder cannot be searched.
    #[error("{folder}: cannot be read: {source}")]
    Unreadable {
        /// The folder.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no picture in the folder.
    #[error("{0}: expected pictures, or folders of pictures by class, found none")]
    NoPictures(String),
    /// A picture cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A picture cannot become the network's input.
    #[error("{file}: {source}")]
    Preprocessing {
        /// The picture.
        file: String,
        /// What is wrong with it.
        source: PreprocessingError,
    },
}

/// Returns the first pictures of `folder` in the order of their names, at most [`MOST_GOLDEN`], each with its path.
///
/// # Errors
/// [`GoldenFolderError`] for a folder without pictures, and for a picture that cannot be read: who names pictures one by one
/// wants all of them.
pub fn of_folder(
    weights: &Weights,
    folder: &Path,
) -> Result<Vec<(PathBuf, GoldenPicture)>, GoldenFolderError> {
    let labels = &weights.contract.labels;
    let mut files: Vec<(Option<usize>, PathBuf)> =
        pictures(folder)?.into_iter().map(|file| (None, file)).collect();
    for (class, label) in labels.iter().enumerate() {
        let of_class = folder.join(label);
        // A name of a class may be a path that leads elsewhere.
        if of_class.parent() == Some(folder) && of_class.is_dir() {
            files.extend(pictures(&of_class)?.into_iter().map(|file| (Some(class), file)));
        }
    }
    files.truncate(MOST_GOLDEN);
    if files.is_empty() {
        return Err(GoldenFolderError::NoPictures(folder.printable()));
    }
    files.into_iter().map(|(class, file)| Ok((file.clone(), picture(weights, class, &file)?))).collect()
}

fn picture(weights: &Weights, class: Option<usize>, file: &Path) -> Result<GoldenPicture, GoldenFolderError> {
    let input = &weights.contract.input;
    let picture = read_picture(file, DEFAULT_MAX_PIXELS)?;
    let pixels = preprocessing::to_bytes(&picture, input)
        .map_err(|source| GoldenFolderError::Preprocessing { file: file.printable(), source })?;
    let answer = || {
        let probabilities = reference::probabilities(weights, &preprocessing::from_bytes(&pixels, input));
        arg_max(&probabilities.iter().map(|&probability| probability as f32).collect::<Vec<_>>())
    };
    Ok(GoldenPicture { class: class.unwrap_or_else(answer), pixels, jpeg: None })
}

/// The picture files of a folder, by their names.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, GoldenFolderError> {
    let unreadable = |source| GoldenFolderError::Unreadable { folder: folder.printable(), source };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_none_or(is_litter);
        if !is_hidden && has_picture_name(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

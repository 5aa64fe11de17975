//! Golden pictures from a folder of picture files, for those whose data are not to travel.
//!
//! In: a folder with pictures, in it or in folders by class. Out: up to 16 pictures as the network sees them, with the class
//! that their folder names; where it names none, the class that the network answers with.

use std::path::{Path, PathBuf};

use models::picture::{
    DEFAULT_MAX_PIXELS, PictureError, PreprocessingError, is_litter, is_picture_file, preprocessing,
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

/// Returns pictures of `folder` and of its folders by class in turn, each in the order of their names, at most [`MOST_GOLDEN`]
/// together, each with its path.
///
/// # Errors
/// [`GoldenFolderError`] for a folder without pictures, and for a picture that cannot be read: who names pictures one by one
/// wants all of them.
pub fn of_folder(
    weights: &Weights,
    folder: &Path,
) -> Result<Vec<(PathBuf, GoldenPicture)>, GoldenFolderError> {
    let labels = &weights.contract.labels;
    let mut folders = vec![(None, pictures(folder)?)];
    for (class, label) in labels.iter().enumerate() {
        let of_class = folder.join(label);
        // A name of a class may be a path that leads elsewhere.
        if of_class.parent() == Some(folder) && of_class.is_dir() {
            folders.push((Some(class), pictures(&of_class)?));
        }
    }
    let files = in_turn(folders);
    if files.is_empty() {
        return Err(GoldenFolderError::NoPictures(folder.printable()));
    }
    files.into_iter().map(|(class, file)| Ok((file.clone(), picture(weights, class, &file)?))).collect()
}

/// Up to [`MOST_GOLDEN`] pictures: one of each folder, then another of each, so that they are of as many classes as possible. Where
/// there are more folders, they are spread over all of them. Those of one folder stay together.
fn in_turn(mut folders: Vec<(Option<usize>, Vec<PathBuf>)>) -> Vec<(Option<usize>, PathBuf)> {
    folders.retain(|(_, files)| !files.is_empty());
    let count = folders.len();
    if count > MOST_GOLDEN {
        folders = (0..MOST_GOLDEN).map(|number| folders[number * count / MOST_GOLDEN].clone()).collect();
    }
    let (mut taken, mut left) = (vec![0; folders.len()], MOST_GOLDEN);
    for number in 0..MOST_GOLDEN {
        for (taken, (_, files)) in taken.iter_mut().zip(&folders) {
            if left > 0 && number < files.len() {
                (*taken, left) = (*taken + 1, left - 1);
            }
        }
    }
    let of_folder = |((class, files), taken): ((Option<usize>, Vec<PathBuf>), usize)| {
        files.into_iter().take(taken).map(move |file| (class, file))
    };
    folders.into_iter().zip(taken).flat_map(of_folder).collect()
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

/// The picture files of a folder in the order of their names. Where a name says nothing, the content does.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, GoldenFolderError> {
    let unreadable = |source| GoldenFolderError::Unreadable { folder: folder.printable(), source };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_none_or(is_litter);
        if !is_hidden && is_picture_file(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(class: usize, files: usize) -> (Option<usize>, Vec<PathBuf>) {
        (Some(class), (0..files).map(|file| format!("{class}/{file}").into()).collect())
    }

    fn counts(folders: Vec<(Option<usize>, Vec<PathBuf>)>) -> Vec<(usize, usize)> {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for (class, _) in in_turn(folders) {
            let class = class.unwrap();
            match counts.last_mut().filter(|last| last.0 == class) {
                Some(last) => last.1 += 1,
                None => counts.push((class, 1)),
            }
        }
        counts
    }

    #[test]
    fn classes_take_turns_and_many_are_spread() {
        assert_eq!(
            counts(vec![folder(0, 30), folder(1, 2), folder(2, 0), folder(3, 9)]),
            [(0, 7), (1, 2), (3, 7)]
        );
        assert_eq!(counts((0..3).map(|class| folder(class, 20)).collect()), [(0, 6), (1, 5), (2, 5)]);
        let many = counts((0..32).map(|class| folder(class, 3)).collect());
        assert_eq!(many, (0..16).map(|number| (2 * number, 1)).collect::<Vec<_>>());
    }
}

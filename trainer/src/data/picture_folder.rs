//! The pictures of a folder and of the folders in it, brought to a network's input.
//!
//! In comes a directory, out go images `[count, height, width]` of one byte a pixel in the order of their names, and a
//! report: which pictures can't be read, and what else the folder has that is not read. Litter, such as hidden files,
//! is passed over without a word. People's folders have a broken file among thousands; one of them must not end a
//! training, and none may be left out unsaid.

use std::path::{Path, PathBuf};

use models::ImageInput;
use models::picture::{
    DEFAULT_MAX_PIXELS, LeftOut, MemoryBudget, has_picture_name, is_litter, preprocessing,
    read_picture_within,
};
use models::storage::printable::PrintablePath;
use models::storage::printable::printable_path;
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::data::data_set::DataSet;

/// The number of pictures that are read at once, before the first of them that can't be read may end the search.
const CHUNK: usize = 512;

/// What is done with pictures that can't be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unreadable {
    /// The first one is an error.
    Refuse,
    /// They are skipped, as long as they are at most this share of all pictures, in [0, 1].
    SkipUpTo(f64),
}

/// A picture, or a folder of pictures, that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedPicture {
    /// The path, below the directory as it was given.
    pub path: PathBuf,
    /// The reason, in words and without the path.
    pub reason: String,
}

/// What a search for pictures found beside those that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderReport {
    /// The number of pictures that were found, those that can't be read included.
    pub pictures: usize,
    /// What can't be read, in the order of the paths.
    pub skipped: Vec<SkippedPicture>,
    /// The pictures of formats that are known and not read: HEIC, AVIF and JPEG XL.
    pub unsupported: Vec<PathBuf>,
    /// What is no picture.
    pub left_out: LeftOut,
    /// Sentences about what was found and may not have been meant.
    pub warnings: Vec<String>,
}

/// The reason for which a folder of pictures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The directory itself cannot be searched.
    #[error("{directory}: cannot be read: {reason}")]
    Unreadable {
        /// The directory.
        directory: String,
        /// The error of the operating system.
        reason: String,
    },
    /// A picture can't be read, and none is to be skipped.
    #[error("{path}: {reason}; without --strict such pictures are skipped")]
    Refused {
        /// The path of the picture.
        path: String,
        /// The reason for which it can't be read.
        reason: String,
    },
    /// No picture can be read, and nothing is left to learn from.
    #[error(
        "{directory}: expected pictures that can be read, found none among {pictures}, first {first}: {reason}"
    )]
    NoneReadable {
        /// The directory.
        directory: String,
        /// The number of all pictures.
        pictures: usize,
        /// The path of the first picture.
        first: String,
        /// The reason for which it can't be read.
        reason: String,
    },
    /// More pictures can't be read than may be skipped.
    #[error(
        "{directory}: expected at most {most} % of pictures that can't be read, found {skipped} of {pictures}, first \
         {first}: {reason}; --max-skipped allows more"
    )]
    TooMany {
        /// The directory.
        directory: String,
        /// The largest share of pictures that may be skipped, in percent.
        most: f64,
        /// The number of pictures that can't be read.
        skipped: usize,
        /// The number of all pictures.
        pictures: usize,
        /// The path of the first picture that can't be read.
        first: String,
        /// The reason for which it can't be read.
        reason: String,
    },
}

/// Reads the pictures in `directory` and in the folders below it; `None` where it has none.
///
/// # Errors
/// [`FolderError`] where the directory cannot be searched, or where more pictures can't be read than `unreadable` allows.
pub(crate) fn read(
    directory: &Path,
    input: &ImageInput,
    unreadable: Unreadable,
) -> Result<Option<(DataSet, FolderReport)>, FolderError> {
    let mut report = FolderReport::default();
    let paths = search(directory, &mut report)?;
    report.pictures = paths.len() + report.skipped.len();
    if report.pictures == 0 {
        return Ok(None);
    }
    refuse_first(&report, unreadable)?;
    let memory = MemoryBudget::half_of_what_is_free();
    let mut pixels = Vec::with_capacity(paths.len() * input.values());
    for chunk in paths.chunks(CHUNK) {
        let read: Vec<_> = chunk.par_iter().map(|path| picture(path, input, &memory)).collect();
        for (path, image) in chunk.iter().zip(read) {
            match image {
                Ok(image) => pixels.extend(image),
                Err(reason) => report.skipped.push(SkippedPicture { path: path.clone(), reason }),
            }
        }
        refuse_first(&report, unreadable)?;
    }
    report.skipped.sort_by(|one, other| one.path.cmp(&other.path));
    refuse_many(directory, &report, unreadable)?;
    Ok(Some((DataSet::unlabelled(pixels, input.shape()), report)))
}

/// Returns the paths of the pictures below `directory` in the order of their names; `report` is told what is none and
/// what cannot be searched.
fn search(directory: &Path, report: &mut FolderReport) -> Result<Vec<PathBuf>, FolderError> {
    let mut paths = Vec::new();
    let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter();
    // What the user has named is searched whatever its name is.
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_type().is_file() && has_picture_name(entry.path()) => {
                paths.push(entry.into_path());
            }
            Ok(entry) => report.left_out.file(entry.path()),
            Err(error) if error.depth() == 0 => {
                let directory = directory.printable();
                return Err(FolderError::Unreadable { directory, reason: reason_of(&error) });
            }
            Err(error) => report.unsearched(&error),
        }
    }
    Ok(paths)
}

impl FolderReport {
    /// Takes note of an entry that cannot be looked at: a link to nowhere, a loop of links, a folder without permission.
    fn unsearched(&mut self, error: &walkdir::Error) {
        let path = error.path().unwrap_or(Path::new(""));
        let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if is_litter(path.file_name().unwrap_or_default()) {
            return;
        }
        // A link to nowhere is as good as its name.
        if is_link && error.io_error().is_some() && !has_picture_name(path) {
            return self.left_out.file(path);
        }
        let reason = format!("cannot be read: {}", reason_of(error));
        self.skipped.push(SkippedPicture { path: path.to_owned(), reason });
    }
}

fn reason_of(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| "a loop of links".to_owned(), ToString::to_string)
}

/// Returns the picture at `path` as bytes `[height, width]`, or why it can't be read.
fn picture(path: &Path, input: &ImageInput, memory: &MemoryBudget) -> Result<Vec<u8>, String> {
    let picture =
        read_picture_within(path, DEFAULT_MAX_PIXELS, memory).map_err(|error| error.problem.to_string())?;
    preprocessing::to_bytes(&picture, input).map_err(|problem| problem.to_string())
}

fn refuse_first(report: &FolderReport, unreadable: Unreadable) -> Result<(), FolderError> {
    match report.skipped.first() {
        Some(SkippedPicture { path, reason }) if unreadable == Unreadable::Refuse => {
            Err(FolderError::Refused { path: printable_path(path), reason: reason.clone() })
        }
        _ => Ok(()),
    }
}

fn refuse_many(directory: &Path, report: &FolderReport, unreadable: Unreadable) -> Result<(), FolderError> {
    let FolderReport { pictures, skipped, .. } = report;
    let (Unreadable::SkipUpTo(most), Some(first)) = (unreadable, skipped.first()) else { return Ok(()) };
    if skipped.len() == *pictures {
        let (directory, pictures) = (directory.printable(), *pictures);
        let (first, reason) = (printable_path(&first.path), first.reason.clone());
        return Err(FolderError::NoneReadable { directory, pictures, first, reason });
    }
    if skipped.len() as f64 <= most * *pictures as f64 {
        return Ok(());
    }
    Err(FolderError::TooMany {
        directory: directory.printable(),
        // Two decimals, without those that are 0.
        most: (most * 1e4).round() / 1e2,
        skipped: skipped.len(),
        pictures: *pictures,
        first: printable_path(&first.path),
        reason: first.reason.clone(),
    })
}

#[cfg(test)]
mod tests {
    use image::GrayImage;
    use models::{Polarity, Resize};

    use super::*;

    const ALL: Unreadable = Unreadable::SkipUpTo(1.0);

    /// Writes a picture of 2×3 pixels, not square, that is filled with `tone`.
    fn write(path: PathBuf, tone: u8) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(3, 2, image::Luma([tone])).save(path).unwrap();
    }

    fn read_all(directory: &Path, unreadable: Unreadable) -> Result<(DataSet, FolderReport), FolderError> {
        let input = ImageInput::version_1([1, 2, 3], Polarity::Natural, Resize::Fit);
        read(directory, &input, unreadable).map(|found| found.expect("pictures"))
    }

    fn tones(images: &DataSet) -> Vec<u8> {
        (0..images.len()).map(|index| images.image(index)[5]).collect()
    }

    #[test]
    fn pictures_come_in_the_order_of_their_names_and_litter_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        // A folder that the user names is searched whatever it is called.
        let root = folder.path().join(".hidden");
        for (name, tone) in [("b.png", 3), ("a/z.PNG", 1), ("a/.thumbnails/t.png", 9), ("__MACOSX/m.png", 9)]
        {
            write(root.join(name), tone);
        }
        std::fs::rename(root.join("b.png"), root.join("b.jpeg")).unwrap();
        write(root.join("a/zz.bmp"), 2);
        for name in ["._b.jpeg", "Thumbs.db", "one.heic", "notes.txt"] {
            std::fs::write(root.join(name), "no picture").unwrap();
        }
        let (images, report) = read_all(&root, Unreadable::Refuse).unwrap();
        assert_eq!(tones(&images), [1, 2, 3]);
        assert_eq!((report.pictures, report.skipped.len()), (3, 0));
        assert_eq!(report.left_out.in_words().unwrap(), "1 HEIC, 1 other file");
    }

    #[test]
    fn what_cannot_be_read_is_skipped_up_to_a_share() {
        let folder = tempfile::tempdir().unwrap();
        (0..3).for_each(|index| write(folder.path().join(format!("{index}.png")), index));
        std::fs::write(folder.path().join("1a.png"), "no picture").unwrap();
        let (images, report) = read_all(folder.path(), Unreadable::SkipUpTo(0.25)).unwrap();
        assert_eq!(tones(&images), [0, 1, 2]);
        assert_eq!(report.pictures, 4);
        let [SkippedPicture { path, reason }] = report.skipped.as_slice() else { panic!("{report:?}") };
        assert_eq!(*path, folder.path().join("1a.png"));
        assert!(reason.starts_with("expected a PNG, JPEG, BMP, WebP, GIF or TIFF picture"), "{reason}");

        let refused = |unreadable| read_all(folder.path(), unreadable).unwrap_err().to_string();
        let (directory, message) = (folder.path().display().to_string(), refused(Unreadable::SkipUpTo(0.2)));
        let expected = format!(
            "{directory}: expected at most 20 % of pictures that can't be read, found 1 of 4, first {directory}/1a.png: \
             expected a PNG, JPEG, BMP, WebP, GIF or TIFF picture"
        );
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.ends_with("; --max-skipped allows more"), "{message}");
        let message = refused(Unreadable::Refuse);
        assert!(message.starts_with(&format!("{directory}/1a.png: expected a PNG")), "{message}");
        (0..3).for_each(|index| std::fs::write(folder.path().join(format!("{index}.png")), "").unwrap());
        assert!(refused(ALL).contains("found none among 4"), "nothing is left to train on");
    }

    #[test]
    fn a_folder_without_pictures_is_none_and_one_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
        let input = ImageInput::version_1([1, 2, 3], Polarity::Natural, Resize::Fit);
        assert!(read(folder.path(), &input, ALL).unwrap().is_none());
        let message = read(&folder.path().join("nowhere"), &input, ALL).unwrap_err().to_string();
        assert!(message.contains("nowhere: cannot be read: No such file"), "{message}");
        assert_eq!(message.matches("os error").count(), 1, "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_nowhere_and_in_a_circle_are_named_by_their_own_paths() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(at("a/1.png"), 1);
        symlink("nowhere.png", at("a/2.png")).unwrap();
        symlink(folder.path(), at("a/circle")).unwrap();
        symlink("nowhere", at("a/notes")).unwrap();
        symlink("a/1.png", at("b.png")).unwrap();
        let (images, report) = read_all(folder.path(), ALL).unwrap();
        assert_eq!(tones(&images), [1, 1]);
        let skipped: Vec<_> = report.skipped.iter().map(|it| (it.path.clone(), it.reason.as_str())).collect();
        assert_eq!(skipped[0].0, at("a/2.png"));
        assert!(skipped[0].1.starts_with("cannot be read: No such file"), "{skipped:?}");
        assert_eq!(skipped[1], (at("a/circle"), "cannot be read: a loop of links"));
        assert_eq!((report.pictures, skipped.len()), (4, 2));
        assert_eq!(report.left_out.in_words().unwrap(), "1 other file");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_without_permission_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("1.png"), 1);
        let closed = folder.path().join("closed");
        write(closed.join("2.png"), 2);
        let permit = |mode| std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(mode)).unwrap();
        permit(0o000);
        // The superuser reads it all the same.
        if std::fs::read_dir(&closed).is_err() {
            let (images, report) = read_all(folder.path(), ALL).unwrap();
            assert_eq!(tones(&images), [1]);
            assert_eq!(report.skipped[0].path, closed);
        }
        permit(0o700);
    }
}

//! The pictures of a folder and of the folders in it, without labels, brought to a network's input.
//!
//! In comes a directory, out go images `[count, channels, height, width]` of one byte a value in the order of their names, and
//! a report: which pictures can't be read, and what else the folder has that is not read. Litter, such as hidden files,
//! is passed over without a word.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use models::ImageInput;
use models::picture::{has_picture_name, is_litter};
use models::storage::printable::PrintablePath;
use walkdir::WalkDir;

use crate::data::cache::cache_folder::CacheOptions;
use crate::data::cache::decoded_pictures::decoded;
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::folder_report::{FolderError, FolderReport, SkippingRules};
use crate::data::listing::folder::FileKind;
use crate::data::listing::listing::{ListedPicture, Listing, Part, Stamp};
use crate::data::skipped_picture::SkippedPicture;

/// Reads the pictures in `directory` and in the folders below it; `None` where it has none.
///
/// # Errors
/// [`DataError`] where the directory cannot be searched, where more pictures can't be read than the rules allow, or where
/// they cannot be kept decoded.
pub(crate) fn read(
    directory: &Path,
    input: &ImageInput,
    rules: SkippingRules,
    options: &CacheOptions,
) -> Result<Option<(DataSet, FolderReport)>, DataError> {
    let listing = search(directory)?;
    if listing.pictures.is_empty() && listing.unreadable.is_empty() {
        return Ok(None);
    }
    let decoded = decoded(&listing, input, options)?;
    let report = FolderReport::of(&listing, decoded.skipped, &decoded.unsupported);
    report.check(directory, rules)?;
    let count = decoded.positions.len();
    let images = DataSet::of_pixels(decoded.pixels, vec![0; count], None, input.shape());
    Ok(Some((images.without_labels(), report)))
}

/// Lists the pictures below `directory` in the order of their names, what is none, and what cannot be searched.
fn search(directory: &Path) -> Result<Listing, FolderError> {
    let mut listing = Listing::empty(directory, directory);
    let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter();
    // What the user has named is searched whatever its name is.
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name())) {
        let entry = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => {
                let directory = directory.printable();
                return Err(FolderError::Unreadable { directory, reason: reason_of(&error) });
            }
            Err(error) => {
                unsearched(&mut listing, &error);
                continue;
            }
        };
        let path = entry.path();
        let relative = path.strip_prefix(directory).unwrap_or(path).to_owned();
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => add_file(&mut listing, path, relative, &metadata),
            _ => listing.left_out.file(path),
        }
    }
    Ok(listing)
}

fn add_file(listing: &mut Listing, path: &Path, relative: PathBuf, metadata: &Metadata) {
    match FileKind::of(path) {
        FileKind::Picture => listing.pictures.push(ListedPicture {
            path: relative,
            label: 0,
            part: Part::Undivided,
            group: None,
            stamp: Stamp::of(metadata),
        }),
        FileKind::Unsupported => {
            listing.left_out.file(path);
            listing.unsupported.push(relative);
        }
        FileKind::Other => listing.left_out.file(path),
    }
}

/// Takes note of an entry that cannot be looked at: a link to nowhere, a loop of links, a folder without permission.
fn unsearched(listing: &mut Listing, error: &walkdir::Error) {
    let path = error.path().unwrap_or(Path::new(""));
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    if is_litter(path.file_name().unwrap_or_default()) {
        return;
    }
    // A link to nowhere is as good as its name.
    if is_link && error.io_error().is_some() && !has_picture_name(path) {
        return listing.left_out.file(path);
    }
    let reason = format!("cannot be read: {}", reason_of(error));
    let path = path.strip_prefix(&listing.root).unwrap_or(path).to_owned();
    listing.unreadable.push(SkippedPicture { path, reason });
}

fn reason_of(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| "a loop of links".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use image::GrayImage;
    use models::{Polarity, Resize};

    use super::*;
    use crate::data::folder_report::Unreadable;

    const ALL: Unreadable = Unreadable::SkipUpTo(1.0);

    /// Writes a picture of 2×3 pixels, not square, that is filled with `tone`.
    fn write(path: PathBuf, tone: u8) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(3, 2, image::Luma([tone])).save(path).unwrap();
    }

    fn found(directory: &Path, unreadable: Unreadable) -> Result<Option<(DataSet, FolderReport)>, DataError> {
        let input = ImageInput::version_1([1, 2, 3], Polarity::Natural, Resize::Fit);
        let rules = SkippingRules { unreadable, allows_unsupported: true };
        let cache = tempfile::tempdir().unwrap();
        let options = CacheOptions { folder: Some(cache.path().to_owned()), ..CacheOptions::default() };
        read(directory, &input, rules, &options)
    }

    fn read_all(directory: &Path, unreadable: Unreadable) -> Result<(DataSet, FolderReport), DataError> {
        found(directory, unreadable).map(|found| found.expect("pictures"))
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
    fn a_picture_is_known_by_its_content_whatever_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, tone) in [("a.png", 1), ("b.png", 2)] {
            write(at(name), tone);
        }
        std::fs::rename(at("a.png"), at("a.heic")).unwrap();
        std::fs::rename(at("b.png"), at("b")).unwrap();
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        ["c", "d.jpg", "e.heic"].iter().for_each(|name| std::fs::write(at(name), heic).unwrap());
        let (images, report) = read_all(folder.path(), Unreadable::Refuse).unwrap();
        assert_eq!(tones(&images), [1, 2]);
        let mut unsupported = report.unsupported.clone();
        unsupported.sort();
        assert_eq!(unsupported, ["c", "d.jpg", "e.heic"].map(at));
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
        assert!(found(folder.path(), ALL).unwrap().is_none());
        let message = found(&folder.path().join("nowhere"), ALL).unwrap_err().to_string();
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

//! A folder with a folder for each class, and with folders for training, validation and test above them or without.
//!
//! In comes a directory; out goes its [`Listing`]. `DIR/<class>/…` is undivided, `DIR/train/<class>/…` with `val`,
//! `validation` and `test` beside it is divided already. A folder without a picture is no class, and is told; pictures
//! that nothing says the class of are an error, where there is nothing else.

use std::ffi::{OsStr, OsString};
use std::path::Path;
#[cfg(test)]
use std::path::PathBuf;

use models::picture::{has_picture_name, is_litter};
use models::storage::printable::{PrintablePath, printable_path};
use walkdir::WalkDir;

use super::class_list::{check_parts, classes};
use super::class_names::{self, ClassNameProblem};
use super::folder::Folder;
use super::listing::{ListedPicture, Listing, Part};
use super::listing_error::ListingError;
use crate::data::skipped_picture::SkippedPicture;

/// The names of the folders of parts, in lower case.
const PARTS: [(&str, Part); 8] = [
    ("train", Part::Training),
    ("training", Part::Training),
    ("val", Part::Validation),
    ("valid", Part::Validation),
    ("validation", Part::Validation),
    ("dev", Part::Validation),
    ("test", Part::Test),
    ("testing", Part::Test),
];

/// Lists the pictures of the class folders in `root`.
///
/// # Errors
/// [`ListingError`] where there are none, or where they can't be told apart.
pub(crate) fn list(root: &Path) -> Result<Listing, ListingError> {
    let mut listing = Listing::empty(root, root);
    let top = Folder::read(root)?;
    let parts = parts_in(root, &top);
    if let Some(error) = flat_part(root, &top, &parts) {
        return Err(error);
    }
    let mut found = Vec::new();
    if parts.iter().any(|it| it.part == Part::Training && it.has_folders()) {
        for PartFolder { name, part, folder } in parts {
            let folder = folder?;
            loose(&mut listing, Path::new(name), &folder);
            classes_in(&mut listing, Path::new(name), &folder.folders, part, &mut found)?;
        }
        beside_the_parts(&mut listing, &top);
    } else {
        loose(&mut listing, Path::new(""), &top);
        classes_in(&mut listing, Path::new(""), &top.folders, Part::Undivided, &mut found)?;
    }
    if found.is_empty() {
        return Err(without_classes(root, &top));
    }
    number(&mut listing, found)?;
    check_parts(&mut listing)?;
    Ok(listing)
}

/// The pictures of one folder of a class.
struct ClassFolder {
    name: String,
    part: Part,
    pictures: Vec<ListedPicture>,
}

/// A folder that is named as a part.
struct PartFolder<'a> {
    name: &'a OsString,
    part: Part,
    folder: Result<Folder, ListingError>,
}

impl PartFolder<'_> {
    fn has_folders(&self) -> bool {
        self.folder.as_ref().is_ok_and(|folder| !folder.folders.is_empty())
    }

    /// The number of pictures that are directly in it.
    fn pictures(&self) -> usize {
        self.folder.as_ref().map_or(0, |folder| folder.pictures.len() + folder.unsupported.len())
    }
}

fn parts_in<'a>(root: &Path, top: &'a Folder) -> Vec<PartFolder<'a>> {
    let part = |name: &'a OsString| {
        Some(PartFolder { name, part: part_named(name)?, folder: Folder::read(&root.join(name)) })
    };
    top.folders.iter().filter_map(part).collect()
}

/// Returns the error about a part whose pictures lie in it without folders of classes, beside another part that has such
/// folders, or where there is nothing but parts. A class that happens to be called `train` is none.
fn flat_part(root: &Path, top: &Folder, parts: &[PartFolder<'_>]) -> Option<ListingError> {
    let are_parts =
        parts.iter().any(PartFolder::has_folders) || (parts.len() > 1 && parts.len() == top.folders.len());
    let flat = parts.iter().find(|it| !it.has_folders() && it.pictures() > 0).filter(|_| are_parts)?;
    let found = in_it_directly(flat.pictures());
    Some(ListingError::FlatPart { path: root.join(flat.name).printable(), found })
}

fn in_it_directly(count: usize) -> String {
    format!("{count} {} directly in it", if count == 1 { "picture" } else { "pictures" })
}

fn part_named(name: &OsStr) -> Option<Part> {
    PARTS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, part)| *part)
}

/// Takes note of what lies beside the folders of the classes.
fn loose(listing: &mut Listing, below: &Path, folder: &Folder) {
    let count = folder.pictures.len() + folder.unsupported.len();
    if count > 0 && !folder.folders.is_empty() {
        let place = listing.root.join(below).printable();
        let (are, they) = if count == 1 { ("1 picture is", "it has") } else { ("pictures are", "they have") };
        let number = if count == 1 { String::new() } else { format!("{count} ") };
        listing.warnings.push(format!(
            "{place}: {number}{are} beside the folders of the classes and left out: {they} no class"
        ));
    }
    listing.left_out.add(&folder.left_out);
}

fn beside_the_parts(listing: &mut Listing, top: &Folder) {
    loose(listing, Path::new(""), top);
    for name in top.folders.iter().filter(|name| part_named(name).is_none()) {
        let place = listing.root.join(name).printable();
        listing
            .warnings
            .push(format!("{place}: left out: neither train, validation nor test, which are beside it"));
        listing.left_out.folder();
    }
}

/// Adds the folders of classes that are directly in the folder `below` the root.
fn classes_in(
    listing: &mut Listing,
    below: &Path,
    names: &[OsString],
    part: Part,
    found: &mut Vec<ClassFolder>,
) -> Result<(), ListingError> {
    for name in names {
        let (relative, place) = (below.join(name), listing.root.join(below).join(name));
        let folder = match Folder::read(&place) {
            Ok(folder) => folder,
            Err(ListingError::Unreadable { reason, .. }) => {
                let reason = format!("cannot be read: {reason}");
                listing.unreadable.push(SkippedPicture { path: relative, reason });
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some(inner) = folder.folders.iter().find(|inner| has_pictures(&place.join(inner))) {
            let (path, folder, hint) =
                (place.printable(), printable_path(Path::new(inner)), place.printable());
            return Err(ListingError::Nested { path, folder, hint });
        }
        let below = |name: &OsString| relative.join(name);
        listing.unsupported.extend(folder.unsupported.iter().map(below));
        folder.unsupported.iter().for_each(|name| listing.left_out.file(Path::new(name)));
        let unreadable = folder.unreadable.iter();
        listing.unreadable.extend(
            unreadable.map(|(name, reason)| SkippedPicture { path: below(name), reason: reason.clone() }),
        );
        listing.left_out.add(&folder.left_out);
        folder.folders.iter().for_each(|_| listing.left_out.folder());
        if folder.pictures.is_empty() {
            let what =
                if folder.is_empty() { "an empty folder" } else { "a folder without a picture that is read" };
            listing.warnings.push(format!("{}: {what}: no class", place.printable()));
            continue;
        }
        let problem = |problem| ListingError::ClassName { path: place.printable(), problem };
        let name = name.to_str().ok_or(ClassNameProblem::NotUnicode).map_err(problem)?.to_owned();
        class_names::check(&name).map_err(problem)?;
        let picture = |(file, stamp): (OsString, _)| ListedPicture {
            path: relative.join(file),
            label: 0,
            part,
            group: None,
            stamp,
        };
        found.push(ClassFolder { name, part, pictures: folder.pictures.into_iter().map(picture).collect() });
    }
    Ok(())
}

/// Returns whether there is a file below `folder` that is named as a picture.
fn has_pictures(folder: &Path) -> bool {
    let walk = WalkDir::new(folder).into_iter();
    let mut walk = walk.filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name()));
    walk.any(|entry| entry.is_ok_and(|it| it.file_type().is_file() && has_picture_name(it.path())))
}

/// Numbers the classes in natural order and gives each picture its label.
fn number(listing: &mut Listing, found: Vec<ClassFolder>) -> Result<(), ListingError> {
    let names = found.iter().map(|folder| folder.name.clone()).collect();
    let names = classes(names, &listing.root)?;
    let label = |name: &String| names.iter().position(|known| known == name).unwrap_or(0) as u16;
    let mut folders: Vec<(u16, ClassFolder)> = found.into_iter().map(|it| (label(&it.name), it)).collect();
    folders.sort_by_key(|(label, folder)| (folder.part, *label));
    for (label, folder) in folders {
        listing
            .pictures
            .extend(folder.pictures.into_iter().map(|picture| ListedPicture { label, ..picture }));
    }
    listing.classes = names;
    Ok(())
}

/// Returns the error about a directory without any class.
fn without_classes(root: &Path, top: &Folder) -> ListingError {
    let directory = root.printable();
    let count = top.pictures.len();
    if count > 0 {
        return ListingError::Flat { directory, found: in_it_directly(count) };
    }
    let found = match (top.folders.len(), top.left_out.in_words()) {
        (0, None) => "an empty folder".to_owned(),
        (0, Some(left_out)) => left_out,
        (1, _) => "1 folder without any".to_owned(),
        (folders, _) => format!("{folders} folders without any"),
    };
    ListingError::NoPictures { directory, found }
}

/// Returns the path of a class folder's file as it was given, for tests.
#[cfg(test)]
fn names(listing: &Listing) -> Vec<(PathBuf, u16, Part)> {
    listing.pictures.iter().map(|picture| (picture.path.clone(), picture.label, picture.part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "not looked at").unwrap();
    }

    fn set(paths: &[&str]) -> (tempfile::TempDir, Result<Listing, ListingError>) {
        let folder = tempfile::tempdir().unwrap();
        paths.iter().for_each(|path| write(folder.path(), path));
        let listing = list(folder.path());
        (folder, listing)
    }

    #[test]
    fn folders_are_classes_in_natural_order_and_litter_is_none() {
        let (_folder, listing) = set(&[
            "10/a.png",
            "2/b.JPG",
            "2/a.jpeg",
            ".git/x.png",
            "2/._b.JPG",
            "2/notes.txt",
            "__MACOSX/2/a.png",
        ]);
        let listing = listing.unwrap();
        assert_eq!(listing.classes, ["2", "10"]);
        let expected = [("2/a.jpeg", 0), ("2/b.JPG", 0), ("10/a.png", 1)];
        let expected: Vec<_> =
            expected.iter().map(|(path, label)| (PathBuf::from(path), *label, Part::Undivided)).collect();
        assert_eq!(names(&listing), expected);
        assert_eq!(listing.left_out.in_words().unwrap(), "1 other file");
        assert!(listing.warnings.is_empty(), "{:?}", listing.warnings);
    }

    #[test]
    fn parts_are_told_by_the_folders_above_the_classes() {
        let paths =
            ["Train/a/1.png", "Train/b/1.png", "val/a/2.png", "val/b/2.png", "test/a/3.png", "extra/a/4.png"];
        let listing = set(&paths).1.unwrap();
        assert_eq!(listing.classes, ["a", "b"]);
        assert_eq!(
            [Part::Training, Part::Validation, Part::Test].map(|part| listing.counts(part)),
            [vec![1, 1], vec![1, 1], vec![1, 0]]
        );
        assert_eq!(listing.warnings.len(), 2, "{:?}", listing.warnings);
        // A class may be called train where nothing is divided.
        let listing = set(&["train/1.png", "bus/1.png"]).1.unwrap();
        assert_eq!(listing.classes, ["bus", "train"]);
    }

    #[test]
    fn a_part_without_folders_of_classes_is_refused_and_named() {
        let all = ["train/a/1.png", "train/b/1.png"];
        for (others, part, found) in [
            (&["test/1.png", "test/2.png"][..], "test", "2 pictures"),
            (&["Val/1.heic"], "Val", "1 picture"),
            (&["test/a/1.png", "test/b/1.png", "dev/1.png", "dev/2.png"], "dev", "2 pictures"),
        ] {
            let (folder, listing) = set(&[&all[..], others].concat());
            let expected = format!(
                "{}: expected folders of classes in it, found {found} directly in it; put",
                folder.path().join(part).display()
            );
            let message = listing.unwrap_err().to_string();
            assert!(message.starts_with(&expected), "{message}, expected {expected}");
        }
        for flat in
            [["train/1.png", "test/a/1.png", "test/b/1.png"], ["train/1.png", "test/1.png", "val/1.png"]]
        {
            let message = set(&flat).1.unwrap_err().to_string();
            assert!(
                message.contains(": expected folders of classes in it, found 1 picture directly in it"),
                "{message}"
            );
        }
        let listing = set(&[&all[..], &["test/notes.txt"]].concat()).1.unwrap();
        assert!(!listing.has(Part::Test), "a folder without pictures is no part");
    }

    #[test]
    fn a_class_that_is_missing_where_it_counts_is_an_error() {
        let error = |paths: &[&str]| set(paths).1.unwrap_err().to_string();
        let all = ["train/a/1.png", "train/b/1.png"];
        let message = error(&[&all[..], &["val/a/1.png"]].concat());
        assert!(message.contains("class b: expected pictures in validation as in train"), "{message}");
        let message = error(&[&all[..], &["test/c/1.png"]].concat());
        assert!(message.contains("class c: expected pictures in train as in test"), "{message}");
    }

    #[test]
    fn an_empty_folder_is_no_class_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        ["a/1.png", "b/1.png"].iter().for_each(|path| write(folder.path(), path));
        std::fs::create_dir(folder.path().join("empty")).unwrap();
        let listing = list(folder.path()).unwrap();
        assert_eq!(listing.classes, ["a", "b"]);
        assert!(listing.warnings[0].ends_with("empty: an empty folder: no class"), "{:?}", listing.warnings);
    }

    #[test]
    fn what_is_no_set_of_class_folders_is_named() {
        let error = |paths: &[&str]| set(paths).1.unwrap_err().to_string();
        assert!(error(&["1.png", "2.png"]).contains("found 2 pictures directly in it"));
        assert!(error(&["a/1.png"]).contains("found class a alone"));
        assert!(error(&["notes.txt"]).contains("found 1 other file"));
        assert!(
            error(&["a/1.png", "b/x/1.png"]).contains("found a folder in it, x, with pictures of its own")
        );
        assert!(error(&["Cat/1.png", "cat/1.png"]).contains("'Cat' and 'cat'"));
        assert!(error(&["a\u{202e}/1.png", "b/1.png"]).contains("characters that can be seen"));
    }
}

//! What the names in a folder of pictures say: which are litter, which are pictures that are read, and what the others are.
//!
//! In: names of files and folders, none of which is opened. Out: whether a program that searches a folder passes one over,
//! and a count of what it leaves out, so that nobody believes that a picture was read which was not.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

/// Names, beside those that begin with a dot, that systems and programs leave in folders of pictures: archives of macOS,
/// previews of Windows, Synology's index, and what the root of a disk holds.
const LITTER: [&str; 10] = [
    "__MACOSX",
    "Thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "Icon\r",
    "@eaDir",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
];

/// The kinds of files that people keep among pictures and that are not read, by the ends of their names.
const KINDS: [(&str, &[&str]); 12] = [
    ("HEIC", &["heic", "heif", "hif"]),
    ("AVIF", &["avif"]),
    ("JPEG XL", &["jxl"]),
    ("JPEG 2000", &["jp2", "j2k", "jpx", "jpf"]),
    ("camera raw", &["dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "pef", "raw"]),
    ("PSD", &["psd"]),
    ("SVG", &["svg", "svgz"]),
    ("PNM", &["pnm", "pbm", "pgm", "ppm", "pam"]),
    ("icon", &["ico", "icns", "cur"]),
    ("TGA", &["tga"]),
    ("PDF", &["pdf"]),
    ("video", &["mp4", "mov", "avi", "mkv", "webm", "m4v", "mpg", "mpeg", "3gp"]),
];

/// Returns whether a file or folder of this name is litter: hidden, as `._picture.jpg` and `.thumbnails` are, or one of the
/// names that systems leave behind, such as `__MACOSX` and `Thumbs.db`, in upper or lower case.
///
/// A program that searches a folder passes litter over without a word. What a user names is never litter.
///
/// ```
/// use models::picture::is_litter;
///
/// assert!(is_litter("._seven.png".as_ref()) && is_litter("thumbs.db".as_ref()));
/// assert!(!is_litter("seven.png".as_ref()));
/// ```
#[must_use]
pub fn is_litter(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
        || LITTER.iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

/// A count of what a search for pictures has left out, by kind.
///
/// ```
/// use models::picture::LeftOut;
///
/// let mut left_out = LeftOut::default();
/// left_out.file("a.heic".as_ref());
/// left_out.file("b.HEIC".as_ref());
/// left_out.file("notes.txt".as_ref());
/// left_out.folder();
/// assert_eq!(left_out.in_words().unwrap(), "2 HEIC, 1 other file, 1 folder");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The number of files of each kind, in the order of [`KINDS`].
    kinds: BTreeMap<usize, usize>,
    other_files: usize,
    folders: usize,
}

impl LeftOut {
    /// Counts one file that was not read. Its kind is what its name ends in.
    pub fn file(&mut self, path: &Path) {
        let extension = path.extension().unwrap_or_default();
        let is_of = |(_, ends): &(&str, &[&str])| ends.iter().any(|end| extension.eq_ignore_ascii_case(end));
        match KINDS.iter().position(is_of) {
            Some(kind) => *self.kinds.entry(kind).or_default() += 1,
            None => self.other_files += 1,
        }
    }

    /// Counts one folder that was not searched.
    pub fn folder(&mut self) {
        self.folders += 1;
    }

    /// Returns the number of folders that were not searched.
    #[must_use]
    pub fn folders(&self) -> usize {
        self.folders
    }

    /// Adds what another search has left out.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += count;
        }
        self.other_files += other.other_files;
        self.folders += other.folders;
    }

    /// Returns the counts as a list for people, such as `2 HEIC, 1 folder`; `None` where nothing was left out.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let kinds = self.kinds.iter().map(|(kind, count)| format!("{count} {}", KINDS[*kind].0));
        let others = counted(self.other_files, "other file", "other files");
        let folders = counted(self.folders, "folder", "folders");
        let all: Vec<String> = kinds.chain(others).chain(folders).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_and_what_systems_leave_behind_are_litter() {
        for name in [
            "._a.jpg",
            ".DS_Store",
            ".thumbnails",
            "__MACOSX",
            "__macosx",
            "Thumbs.db",
            "THUMBS.DB",
            "Desktop.ini",
            "@eaDir",
        ] {
            assert!(is_litter(name.as_ref()), "{name}");
        }
        for name in ["a.jpg", "_a.jpg", "Thumbs.db.jpg", "MACOSX", "a.thumbnails"] {
            assert!(!is_litter(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn every_kind_is_counted_by_name_in_any_case() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.in_words(), None);
        for name in ["a.avif", "b.heif", "c.HEIC", "d", "e.txt"] {
            left_out.file(name.as_ref());
        }
        let mut both = LeftOut::default();
        both.folder();
        both.folder();
        both.add(&left_out);
        assert_eq!(both.in_words().unwrap(), "2 HEIC, 1 AVIF, 2 other files, 2 folders");
    }
}

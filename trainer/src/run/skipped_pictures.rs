//! The file of a run that names the pictures that could not be read: one JSON object a line.
//!
//! | field | |
//! | --- | --- |
//! | `path` | the path below the folder as it was given; bytes that are no UTF-8 stand as `\xFF` |
//! | `path_percent` | only where the path is no UTF-8: its exact bytes, as in a URL |
//! | `reason` | why it can't be read |
//!
//! In come skipped pictures, out goes the text of the file. A script can find each file again, whatever its name.

use std::path::Path;

#[cfg(feature = "cli")]
use models::storage::printable::PrintablePath;
use models::storage::printable::{lossless, percent_encoded};
use serde::Serialize;

#[cfg(feature = "cli")]
use crate::data::folder_report::FolderReport;
use crate::data::skipped_picture::SkippedPicture;

#[derive(Debug, Serialize)]
struct Line<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    reason: &'a str,
}

impl<'a> Line<'a> {
    fn of(skipped: &'a SkippedPicture) -> Self {
        let path: &Path = &skipped.path;
        let path_percent = path.to_str().is_none().then(|| percent_encoded(path));
        Self { path: lossless(path), path_percent, reason: &skipped.reason }
    }
}

/// Returns the lines about all skipped pictures.
pub(super) fn lines(skipped: &[SkippedPicture]) -> serde_json::Result<String> {
    let line = |skipped| Ok(serde_json::to_string(&Line::of(skipped))? + "\n");
    skipped.iter().map(line).collect()
}

/// Returns the lines for people about a folder of pictures, of which the file at `path` names those that are skipped.
#[cfg(feature = "cli")]
pub(crate) fn summary(folder: &FolderReport, path: &Path) -> Vec<String> {
    let (skipped, pictures) = (folder.skipped.len(), folder.pictures);
    let (are, them) = if skipped == 1 { ("is", "it") } else { ("are", "them") };
    let path = path.printable();
    let named = (skipped > 0).then(|| {
        format!("{skipped} of {pictures} pictures can't be read and {are} skipped: {path} names {them}")
    });
    let left_out = folder.left_out.in_words().map(|left_out| format!("not read: {left_out}"));
    folder.warnings.iter().cloned().chain(named).chain(left_out).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn every_path_can_be_found_again() {
        let skipped = [b"a\xff.png".as_slice(), b"a\xfe.png", b"two\nlines \"\xc3\xa9\".png"].map(|bytes| {
            SkippedPicture { path: OsStr::from_bytes(bytes).into(), reason: "an empty file".to_owned() }
        });
        let text = lines(&skipped).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"{"path":"a\\xFF.png","path_percent":"a%FF.png","reason":"an empty file"}"#);
        assert_eq!(lines[1], lines[0].replace("FF", "FE"));
        assert_eq!(lines[2], "{\"path\":\"two\\nlines \\\"é\\\".png\",\"reason\":\"an empty file\"}");
    }
}

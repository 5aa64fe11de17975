//! Gives a file of a set its name only when its checksum is right.
//!
//! In come the bytes of a file, out goes the file or an error. All sources end here, so that none can bring a wrong
//! file.

use std::path::Path;

use models::storage::{atomic_file, sha256};

use crate::data::fetch::remote_sets::SetFile;
use crate::data::fetch::source_error::SourceError;

/// The most bytes of a file that are read, packed or not: no file of a set is larger.
pub(super) const LARGEST_FILE: u64 = 256 << 20;

/// Writes `content` as the file of a set into `directory`, if its checksum is right.
pub(super) fn keep(file: &SetFile, content: &[u8], directory: &Path) -> Result<(), SourceError> {
    let found = sha256::hex([content]);
    if found != file.sha256 {
        return Err(SourceError::Checksum { file: file.name, expected: file.sha256, found });
    }
    Ok(atomic_file::write(&directory.join(file.name), content)?)
}

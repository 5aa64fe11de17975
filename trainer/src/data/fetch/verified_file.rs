//! A file of a set gets its name only when its checksum is right.

use std::path::Path;

use models::storage::{atomic_file, sha256};

use crate::data::fetch::remote_sets::SetFile;
use crate::data::fetch::source_error::SourceError;

/// No file of a set is larger, packed or not.
pub(super) const LARGEST_FILE: u64 = 256 << 20;

/// Writes a file whose checksum is right.
pub(super) fn keep(file: &SetFile, content: &[u8], directory: &Path) -> Result<(), SourceError> {
    let found = sha256::hex([content]);
    if found != file.sha256 {
        return Err(SourceError::Checksum { file: file.name, expected: file.sha256, found });
    }
    Ok(atomic_file::write(&directory.join(file.name), content)?)
}

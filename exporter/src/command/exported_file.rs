//! One file that the command has written.

use std::path::PathBuf;

use exporter::Exported;
use exporter::verification::Measurement;

/// A file that was written, with what was proven of it and what it is worth on the data.
pub(crate) struct ExportedFile {
    /// Where the file is.
    pub(crate) path: PathBuf,
    /// What the gate proved of the file.
    pub(crate) exported: Exported,
    /// What the file is worth on the data; nothing where there are none.
    pub(crate) measurement: Option<Measurement>,
}

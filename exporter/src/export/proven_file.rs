//! A file that has passed the gate and waits beside its place for its name, alone or with others.

use edge_runtime::Classifier;
use models::storage::pending_file::{self, PendingFile};
use models::storage::printable::PrintablePath;

use super::export_error::{ExportError, ExportProblem};
use super::exported::Exported;

/// A file that was written beside its place and has passed the gate. It gets its name by [`name_all`]; dropping it
/// removes it, and what stood at its place before stays.
#[derive(Debug)]
pub struct ProvenFile {
    pub(super) exported: Exported,
    pub(super) classifier: Classifier,
    pub(super) pending: PendingFile,
}

impl ProvenFile {
    /// Returns what was written, and what was proven of it.
    #[must_use]
    pub fn exported(&self) -> &Exported {
        &self.exported
    }

    /// Returns the file as the runtime has read it back, to measure it before it gets its name.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }
}

/// Gives all files their names, or none: where one cannot get its name, what stood at the others' places is put back.
/// Returns what was written, in the order of the files.
///
/// # Errors
/// [`ExportError`] for the first file that cannot get its name.
pub fn name_all(files: Vec<ProvenFile>) -> Result<Vec<Exported>, ExportError> {
    let (exported, pending): (Vec<_>, Vec<_>) =
        files.into_iter().map(|file| (file.exported, file.pending)).unzip();
    pending_file::name_all(pending).map_err(|error| ExportError {
        file: error.path.printable(),
        problem: ExportProblem::Write(error.source),
    })?;
    Ok(exported)
}

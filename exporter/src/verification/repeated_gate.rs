//! The gate again, on a file that was written earlier.

use std::path::Path;

use models::ModelContract;
use models::model_file::export_record::ExportRecord;
use models::weights::Weights;

use crate::gate::{Agreement, GateError, GoldenAgreement, WrittenFile};

/// What was checked of a file, and found right.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The size of the file in bytes.
    pub bytes: usize,
    /// How the file says that it was made; its hash is that of the weights in the file.
    pub record: ExportRecord,
    /// What the file expects of a picture, and what its answers mean.
    pub contract: ModelContract,
    /// The number of initializers under the hash.
    pub tensors: usize,
    /// How far the runtime is from the golden vectors; nothing for a file without any.
    pub golden: Option<GoldenAgreement>,
    /// How far the file is from the weights that it was made from, where these were given.
    pub against: Option<Agreement>,
}

/// Repeats the gate on `file`: contract, record and hash, golden vectors, and the probabilities of the weights `against`
/// which it is held, on `images`, each f32 `[channels, height, width]`.
///
/// # Errors
/// [`GateError`] for the first thing that is wrong.
pub fn verify(
    file: &Path,
    against: Option<&Weights>,
    images: &[Vec<f32>],
) -> Result<Verification, GateError> {
    let written = WrittenFile::open(file)?;
    let golden = GoldenAgreement::of(&written)?;
    let against = against.map(|trained| Agreement::with(trained, &written, images));
    Ok(Verification {
        bytes: written.classifier.summary().file_bytes,
        against: against.transpose()?,
        contract: written.classifier.contract().clone(),
        tensors: written.tensors,
        record: written.record,
        golden,
    })
}

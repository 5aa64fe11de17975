//! The gate again, on a file that was written earlier.

use std::path::Path;

use models::ModelContract;
use models::model_file::export_record::ExportRecord;
use models::weights::Weights;

use crate::gate::{self, Agreement, GateError};
use crate::written_file::WrittenFile;

/// What was checked, and found right.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Of the file.
    pub bytes: usize,
    /// What it says of its making; its hash is that of the weights in the file.
    pub record: ExportRecord,
    /// What it expects and answers.
    pub contract: ModelContract,
    /// Initializers under the hash.
    pub tensors: usize,
    /// How far the runtime is from the golden vectors.
    pub golden: Option<GoldenAgreement>,
    /// How far the file is from the weights that it was made from.
    pub against: Option<Agreement>,
}

/// Of the golden vectors that a file carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldenAgreement {
    /// How many.
    pub vectors: usize,
    /// Classes that they show.
    pub classes: usize,
    /// The largest difference of a probability by the runtime.
    pub difference: f32,
    /// The largest that the file allows.
    pub tolerance: f32,
}

/// Repeats the gate on `file`: contract, record and hash, golden vectors, and the probabilities of the weights `against`
/// which it is held, on `images`, each `[channels, height, width]`.
///
/// # Errors
/// [`GateError`] for the first thing that is wrong.
pub fn verify(
    file: &Path,
    against: Option<&Weights>,
    images: &[Vec<f32>],
) -> Result<Verification, GateError> {
    let written = WrittenFile::open(file)?;
    let difference = gate::check_golden(&written)?;
    let golden = written.golden.as_ref().zip(difference).map(|(golden, difference)| {
        let mut classes: Vec<usize> = golden.vectors.iter().map(|vector| vector.class).collect();
        classes.sort_unstable();
        classes.dedup();
        let (vectors, classes, tolerance) = (golden.vectors.len(), classes.len(), golden.tolerance);
        GoldenAgreement { vectors, classes, difference, tolerance }
    });
    let against = against.map(|trained| gate::check_contract_and_weights(&written, trained, images));
    Ok(Verification {
        bytes: written.classifier.summary().file_bytes,
        against: against.transpose()?,
        contract: written.classifier.contract().clone(),
        tensors: written.tensors,
        record: written.record,
        golden,
    })
}

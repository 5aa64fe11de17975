//! How well a file reproduces the golden vectors that it carries.

use models::model_file::golden_vectors::GoldenVectors;

use super::differences::Differences;
use super::gate_error::GateError;
use super::limit::Limit;
use super::written_file::WrittenFile;

/// How well the runtime reproduces the golden vectors of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldenAgreement {
    /// The number of vectors.
    pub vectors: usize,
    /// The number of different classes that their pictures show.
    pub classes: usize,
    /// The largest difference between a probability in the file and the same by the runtime.
    pub difference: f32,
    /// The largest difference that the file allows.
    pub tolerance: f32,
}

impl GoldenAgreement {
    /// Compares a file with the probabilities that it carries, by the runtime and by candle-onnx. Nothing for a file
    /// without golden vectors.
    pub(crate) fn of(written: &WrittenFile) -> Result<Option<Self>, GateError> {
        let Some(GoldenVectors { tolerance, vectors, .. }) = &written.golden else { return Ok(None) };
        let contract = written.classifier.contract();
        let inputs: Vec<_> = vectors.iter().map(|vector| vector.input(contract)).collect();
        let expected: Vec<_> = vectors.iter().map(|vector| vector.probabilities.clone()).collect();
        let limit = Limit { reference: "the golden vectors", tolerance: *tolerance };
        let runtime = Differences::between(&expected, &written.by_runtime(&inputs)?);
        limit.check("the runtime", runtime.largest)?;
        if runtime.changed_labels > 0 {
            return Err(GateError::GoldenLabels { changed: runtime.changed_labels, vectors: vectors.len() });
        }
        if let Some(found) = written.by_candle_onnx(&inputs)? {
            limit.check("candle-onnx", Differences::between(&expected, &found).largest)?;
        }
        let mut classes: Vec<usize> = vectors.iter().map(|vector| vector.class).collect();
        classes.sort_unstable();
        classes.dedup();
        let (vectors, classes, tolerance) = (vectors.len(), classes.len(), *tolerance);
        Ok(Some(Self { vectors, classes, difference: runtime.largest, tolerance }))
    }
}

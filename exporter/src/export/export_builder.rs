//! An export with its options, and the write that proves it.

use std::path::Path;

use models::model_file::export_record::Encoding;
use models::storage::atomic_file::{self, CheckedWriteError};
use models::weights::Weights;
use prost::Message;

use super::export_error::{ExportError, ExportProblem};
use crate::gate::{self, Agreement, tolerance};
use crate::golden::{self, GoldenPicture};
use crate::onnx;
use crate::precision::{EncodingError, EncodingPlan, HalfLosses, Precision};

/// A network that will be written to an ONNX file, with the options of the write.
#[derive(Debug, Clone)]
pub struct Export<'a> {
    /// The network as it was trained.
    weights: &'a Weights,
    /// The network as it runs: batch norm is part of the layers before it.
    folded: Weights,
    plan: EncodingPlan,
    golden: Vec<GoldenPicture>,
    images: &'a [Vec<f32>],
    existing: Existing,
}

/// What becomes of a file that is at the export's path already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The earlier file stays, and nothing is written.
    Keep,
    /// The new file takes the earlier one's place, once it has passed the gate.
    Replace,
}

/// What was written, and what was proven of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exported {
    /// The size of the file in bytes.
    pub bytes: usize,
    /// How the weights are stored.
    pub encoding: Encoding,
    /// What f16 lost of the values; nothing for other precisions.
    pub half_losses: Option<HalfLosses>,
    /// How well the file agrees with the trainer.
    pub agreement: Agreement,
}

impl<'a> Export<'a> {
    /// Prepares the export of `weights` in `precision`. Golden pictures are the digits inside the program, for a network
    /// that reads digits.
    ///
    /// # Errors
    /// [`EncodingError`] where the precision cannot hold the values.
    pub fn new(weights: &'a Weights, precision: Precision<'_>) -> Result<Self, EncodingError> {
        let folded = weights.folded();
        let plan = EncodingPlan::new(&folded, precision)?;
        Ok(Self::planned(weights, folded, plan))
    }

    fn planned(weights: &'a Weights, folded: Weights, plan: EncodingPlan) -> Self {
        let golden = golden::digits(&weights.contract);
        Self { weights, folded, plan, golden, images: &[], existing: Existing::Replace }
    }

    /// Sets the pictures of the golden vectors, in place of the digits inside the program.
    #[must_use]
    pub fn golden(self, golden: Vec<GoldenPicture>) -> Self {
        Self { golden, ..self }
    }

    /// Sets inputs for the gate, each f32 `[channels, height, width]`, beside the golden pictures and random ones.
    #[must_use]
    pub fn images(self, images: &'a [Vec<f32>]) -> Self {
        Self { images, ..self }
    }

    /// Sets what becomes of a file that is there already; unless set, it is replaced.
    #[must_use]
    pub fn existing(self, existing: Existing) -> Self {
        Self { existing, ..self }
    }

    /// Returns the bytes of the file, which have not passed the gate yet. The same weights and options give the same
    /// bytes on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let tolerance = tolerance::from_trainer(self.plan.encoding);
        let golden = golden::golden_vectors(&self.folded, &self.golden, tolerance);
        let sha256 = self.weights.sha256();
        onnx::onnx_model(&self.folded, &self.plan, sha256, golden.as_ref()).encode_to_vec()
    }

    /// Writes the file beside its place, passes it through the gate, and renames it to `path`.
    ///
    /// # Errors
    /// [`ExportError`] where the file cannot be written, or does not agree with the weights when it is read back; what
    /// stood at `path` before is untouched.
    pub fn write(&self, path: &Path) -> Result<Exported, ExportError> {
        self.write_bytes(&self.to_bytes(), path)
    }

    fn write_bytes(&self, bytes: &[u8], path: &Path) -> Result<Exported, ExportError> {
        let error = |problem| ExportError { file: path.display().to_string(), problem };
        if self.existing == Existing::Keep && path.is_file() {
            return Err(error(ExportProblem::Exists));
        }
        let check = |file: &Path| gate::check(file, self.weights, self.images);
        match atomic_file::write_checked(path, bytes, check) {
            Ok(agreement) => Ok(Exported {
                bytes: bytes.len(),
                encoding: self.plan.encoding,
                half_losses: self.plan.half_losses,
                agreement,
            }),
            Err(CheckedWriteError::Write(problem)) => Err(error(ExportProblem::Write(problem.source))),
            Err(CheckedWriteError::Check(problem)) => Err(error(ExportProblem::Gate(Box::new(problem)))),
        }
    }
}

/// Writes `weights` to `path` as an ONNX file in f32, which holds every network; a file that is there already is replaced.
///
/// # Errors
/// [`ExportError`], as [`Export::write`].
pub fn export(weights: &Weights, path: &Path) -> Result<Exported, ExportError> {
    Export::planned(weights, weights.folded(), EncodingPlan::F32).write(path)
}

#[cfg(test)]
mod tests;

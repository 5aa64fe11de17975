//! An export with its options, and the write that proves it.

use std::path::Path;

use edge_runtime::Classifier;
use models::storage::pending_file::PendingFile;
use models::storage::printable::PrintablePath;
use models::weights::Weights;
use prost::Message;

use super::export_error::{ExportError, ExportProblem};
use super::exported::Exported;
use super::proven_file::{ProvenFile, name_all};
use crate::gate::{self, Agreement, GateError, ReadBackError, WrittenFile, tolerance};
use crate::golden::{self, GoldenPicture};
use crate::onnx;
use crate::precision::{EncodingError, EncodingPlan, Precision};

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

    /// Sets the pictures of the golden vectors, in place of the digits inside the program; without any, the file has no golden
    /// vectors.
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

    /// Writes the file beside its place and passes it through the gate; it gets the name `path` by [`name_all`], together
    /// with others.
    ///
    /// # Errors
    /// [`ExportError`] as [`Export::write`].
    pub fn prove(&self, path: &Path) -> Result<ProvenFile, ExportError> {
        self.prove_bytes(&self.to_bytes(), path)
    }

    fn write_bytes(&self, bytes: &[u8], path: &Path) -> Result<Exported, ExportError> {
        let proven = self.prove_bytes(bytes, path)?;
        let exported = *proven.exported();
        name_all(vec![proven])?;
        Ok(exported)
    }

    fn prove_bytes(&self, bytes: &[u8], path: &Path) -> Result<ProvenFile, ExportError> {
        let error = |problem| ExportError { file: path.printable(), problem };
        if self.existing == Existing::Keep && path.is_file() {
            return Err(error(ExportProblem::Exists));
        }
        let pending =
            PendingFile::write(path, bytes).map_err(|found| error(ExportProblem::Write(found.source)))?;
        let (agreement, classifier) = self
            .check(pending.read_back(), path)
            .map_err(|problem| error(ExportProblem::Gate(Box::new(problem))))?;
        let EncodingPlan { encoding, half_losses, .. } = self.plan;
        let exported = Exported { bytes: bytes.len(), encoding, half_losses, agreement };
        Ok(ProvenFile { exported, classifier, pending })
    }

    /// Passes what was read back through the gate.
    fn check(
        &self,
        read_back: std::io::Result<Vec<u8>>,
        path: &Path,
    ) -> Result<(Agreement, Classifier), GateError> {
        let written = WrittenFile::from_bytes(path, &read_back.map_err(ReadBackError::Read)?)?;
        let agreement = gate::check(&written, self.weights, self.images)?;
        Ok((agreement, written.classifier))
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

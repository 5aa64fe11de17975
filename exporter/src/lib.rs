//! Writes a trained network to an ONNX file that has been proven before it gets its name.
//!
//! 1. Batch normalisation is folded, and [`encoding`] checks that the precision can hold the values.
//! 2. [`onnx_graph`] makes nodes of the layers, [`onnx_model`] adds contract, record and golden vectors.
//! 3. [`gate`] reads the written file back with the runtime and with candle-onnx and compares both with the trainer.
//!    Only then the file is renamed to what was asked for.
//!
//! candle-onnx 0.11.1 runs no convolution whose strides or paddings differ between the axes, so in f32 and f16 a network
//! with such a convolution is refused although tract would run it.

use std::path::Path;

use models::model_file::export_record::Encoding;
use models::storage::atomic_file::{self, CheckedWriteError};
use models::weights::Weights;
use prost::Message;

mod activation_range;
pub mod comparison;
mod differences;
pub mod encoding;
mod exact_probabilities;
pub mod gate;
pub mod golden_images;
pub mod half_precision;
pub mod int8_weights;
mod onnx_graph;
mod onnx_model;
mod onnx_protobuf;
mod parameter_nodes;
mod stored_values;
pub mod tolerance;
pub mod verification;
pub mod written_file;

pub use encoding::Request;
pub use gate::{Agreement, GateError};

use encoding::{EncodingError, Plan};
use golden_images::GoldenImage;
use half_precision::HalfLosses;

/// A network, and how it will be written.
#[derive(Debug, Clone)]
pub struct Export<'a> {
    /// As trained.
    weights: &'a Weights,
    /// As it runs: batch normalisation is part of the layers before it.
    folded: Weights,
    plan: Plan,
    golden: Vec<GoldenImage>,
    images: &'a [Vec<f32>],
    existing: Existing,
}

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// The new one takes its place, once it has been proven.
    Replace,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exported {
    /// Of the file.
    pub bytes: usize,
    /// How its weights are stored.
    pub encoding: Encoding,
    /// What f16 lost.
    pub half_losses: Option<HalfLosses>,
    /// How well it agrees with the trainer.
    pub agreement: Agreement,
}

/// A file that was not written.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ExportError {
    /// What was asked for.
    pub file: String,
    /// Why it is not there.
    pub problem: ExportProblem,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// Something is there already.
    #[error("there is a file already; --overwrite replaces it")]
    Exists,
    /// It cannot be written.
    #[error("cannot be written: {0}")]
    Write(std::io::Error),
    /// It was written beside its place and did not agree.
    #[error("not written: {0}")]
    Gate(Box<GateError>),
}

impl<'a> Export<'a> {
    /// `weights` in the encoding that `request` asks for.
    ///
    /// # Errors
    /// [`EncodingError`] where it cannot hold them.
    pub fn new(weights: &'a Weights, request: Request<'_>) -> Result<Self, EncodingError> {
        let folded = weights.folded();
        let plan = Plan::new(&folded, request)?;
        let golden = golden_images::digits(&weights.contract);
        Ok(Self { weights, folded, plan, golden, images: &[], existing: Existing::Replace })
    }

    /// Other pictures for the golden vectors than the digits inside the program.
    #[must_use]
    pub fn golden(self, golden: Vec<GoldenImage>) -> Self {
        Self { golden, ..self }
    }

    /// Inputs for the gate, each `[channels, height, width]`.
    #[must_use]
    pub fn images(self, images: &'a [Vec<f32>]) -> Self {
        Self { images, ..self }
    }

    /// What becomes of a file that is there already; unless told, it is replaced.
    #[must_use]
    pub fn existing(self, existing: Existing) -> Self {
        Self { existing, ..self }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let tolerance = tolerance::from_trainer(self.plan.encoding);
        let golden = golden_images::golden_vectors(&self.folded, &self.golden, tolerance);
        let sha256 = self.weights.sha256();
        onnx_model::onnx_model(&self.folded, &self.plan, sha256, golden.as_ref()).encode_to_vec()
    }

    /// Writes the file through the gate.
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

/// Writes `weights` to `path` as ONNX, f32; a file that is there already is replaced.
///
/// # Errors
/// As [`Export::write`].
pub fn export(weights: &Weights, path: &Path) -> Result<Exported, ExportError> {
    // f32 holds every network.
    let plan = Plan { encoding: Encoding::F32, ranges: vec![], half_losses: None };
    let golden = golden_images::digits(&weights.contract);
    let folded = weights.folded();
    Export { weights, folded, plan, golden, images: &[], existing: Existing::Replace }.write(path)
}

#[cfg(test)]
mod tests;

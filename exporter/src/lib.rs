//! Writes a trained network to an ONNX file that has been proven before it gets its name.
//!
//! [`onnx_graph`] builds the model, [`gate`] reads the written file back with the runtime and with candle-onnx and
//! compares both with the trainer. Only then the file is renamed to what was asked for.
//!
//! candle-onnx 0.11.1 runs no convolution whose strides or paddings differ between the axes, so a network with such a
//! convolution is refused although tract would run it.

use std::path::Path;

use models::atomic_file::{self, CheckedWriteError};
use models::weights::Weights;
use prost::Message;

pub mod gate;
pub mod onnx_graph;

pub use gate::{Agreement, GateError};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exported {
    /// Of the file.
    pub bytes: usize,
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
    /// It cannot be written.
    #[error("cannot be written: {0}")]
    Write(std::io::Error),
    /// It was written beside its place and did not agree.
    #[error("not written: {0}")]
    Gate(Box<GateError>),
}

/// Writes `weights` to `path` as ONNX, f32.
///
/// # Errors
/// [`ExportError`] where the file cannot be written, or does not agree with `weights` when it is read back; what stood
/// at `path` before is untouched.
pub fn export(weights: &Weights, path: &Path) -> Result<Exported, ExportError> {
    write_through_gate(&onnx_graph::onnx_model(weights).encode_to_vec(), weights, path)
}

fn write_through_gate(bytes: &[u8], weights: &Weights, path: &Path) -> Result<Exported, ExportError> {
    let problem = match atomic_file::write_checked(path, bytes, |file| gate::check(file, weights)) {
        Ok(agreement) => return Ok(Exported { bytes: bytes.len(), agreement }),
        Err(CheckedWriteError::Write(error)) => ExportProblem::Write(error.source),
        Err(CheckedWriteError::Check(error)) => ExportProblem::Gate(Box::new(error)),
    };
    Err(ExportError { file: path.display().to_string(), problem })
}

#[cfg(test)]
mod tests {
    use models::{ModelContract, Network, Provenance};

    use super::*;

    fn weights(seed: usize) -> Weights {
        let network = Network::student(&[7, 5]);
        let value = |index: usize| ((index * 7919 + seed * 104_729) % 1000) as f32 / 1000.0 - 0.5;
        let values = (0..network.parameter_count()).map(value).collect();
        Weights { network, contract: ModelContract::mnist(Provenance::default()), values }
    }

    fn bytes(weights: &Weights) -> Vec<u8> {
        onnx_graph::onnx_model(weights).encode_to_vec()
    }

    #[test]
    fn a_file_that_agrees_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("student.onnx");
        let exported = export(&weights(1), &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap().len(), exported.bytes);
        assert_eq!(exported.agreement.inputs, 16);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_other_weights_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("student.onnx");
        std::fs::write(&path, "earlier").unwrap();
        let error = write_through_gate(&bytes(&weights(2)), &weights(1), &path).unwrap_err().to_string();
        assert!(
            error.contains("student.onnx: not written: the runtime disagrees with the trainer"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// The mistake that the gate is there for: the graph divides the logits by the training temperature.
    #[test]
    fn a_graph_with_a_temperature_in_it_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("student.onnx");
        let mut softened = weights(1);
        let last_layer = 5 * 10 + 10;
        let start = softened.values.len() - last_layer;
        softened.values[start..].iter_mut().for_each(|value| *value /= 4.0);
        let error = write_through_gate(&bytes(&softened), &weights(1), &path).unwrap_err().to_string();
        assert!(error.contains("disagrees with the trainer"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_with_another_contract_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("student.onnx");
        let mut relabelled = weights(1);
        relabelled.contract.labels.swap(0, 1);
        let error = write_through_gate(&bytes(&relabelled), &weights(1), &path).unwrap_err().to_string();
        assert!(error.contains("its contract is not the one of the weights"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = export(&weights(1), Path::new("nowhere/at/all/student.onnx")).unwrap_err().to_string();
        assert!(error.starts_with("nowhere/at/all/student.onnx: cannot be written"), "{error}");
    }
}

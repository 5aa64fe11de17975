//! How well a file agrees with the weights that it was made from.

use models::probability::{Temperature, softmax};
use models::weights::Weights;

use super::differences::Differences;
use super::gate_error::GateError;
use super::golden_agreement::GoldenAgreement;
use super::limit::Limit;
use super::probe_inputs::probe_inputs;
use super::tolerance::{self, CLOSE_F32, MEAN_INT8};
use super::written_file::WrittenFile;
use crate::precision::as_stored;

/// How well a file agrees with the trainer, as the gate measured it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The number of inputs on which the file was compared with the trainer.
    pub inputs: usize,
    /// How many of these inputs came from a data set.
    pub images: usize,
    /// The number of golden vectors, which were compared besides.
    pub golden: usize,
    /// The largest difference of a probability between the runtime (tract) and the trainer.
    pub runtime_difference: f32,
    /// The largest difference of a probability between candle-onnx and the trainer; nothing where candle-onnx cannot run
    /// the file.
    pub candle_onnx_difference: Option<f32>,
    /// The largest difference that was allowed.
    pub tolerance: f32,
}

/// Compares a file that was read back with `trained` on its golden vectors, on `images`, each f32
/// `[channels, height, width]`, and on a blank input and random ones.
///
/// # Errors
/// [`GateError`] for anything beyond the tolerances, and for a file that one of the programs cannot run.
pub(crate) fn check(
    written: &WrittenFile,
    trained: &Weights,
    images: &[Vec<f32>],
) -> Result<Agreement, GateError> {
    GoldenAgreement::of(written)?;
    Agreement::with(trained, written, images)
}

impl Agreement {
    /// Compares contract, hash and probabilities of a file with the network that it was made from.
    pub(crate) fn with(
        trained: &Weights,
        written: &WrittenFile,
        images: &[Vec<f32>],
    ) -> Result<Self, GateError> {
        check_origin(trained, written)?;
        let encoding = written.record.encoding;
        let inputs = probe_inputs(trained, encoding, images, written.golden.as_ref());
        let runtime = written.by_runtime(&inputs)?;
        let candle_onnx = written.by_candle_onnx(&inputs)?;
        let expected = probabilities(trained, &inputs)?;
        let limit = Limit { reference: "the trainer", tolerance: tolerance::from_trainer(encoding) };
        let differences = Differences::between(&expected, &runtime);
        limit.check("the runtime", differences.largest)?;
        let candle_onnx_difference =
            candle_onnx.as_ref().map(|found| Differences::between(&expected, found).largest);
        candle_onnx_difference.map_or(Ok(()), |difference| limit.check("candle-onnx", difference))?;
        match as_stored(trained, encoding) {
            Some(stored) => {
                let expected = probabilities(&stored, &inputs)?;
                check_as_stored(&expected, &runtime, candle_onnx.as_deref())?;
            }
            None => Limit { tolerance: MEAN_INT8, ..limit }.check_mean("the runtime", differences.mean)?,
        }
        Ok(Self {
            inputs: inputs.len(),
            images: images.len(),
            golden: written.golden.as_ref().map_or(0, |golden| golden.vectors.len()),
            runtime_difference: differences.largest,
            candle_onnx_difference,
            tolerance: limit.tolerance,
        })
    }
}

/// Checks that a file has the contract of `trained` and was made from its values.
fn check_origin(trained: &Weights, written: &WrittenFile) -> Result<(), GateError> {
    if *written.classifier.contract() != trained.contract {
        return Err(GateError::Contract);
    }
    let (expected, found) = (trained.sha256(), written.record.weights_sha256.clone());
    match expected == found {
        true => Ok(()),
        false => Err(GateError::OtherWeights { expected, found }),
    }
}

/// Checks that both programs differ from the network as stored by the order of their sums alone.
fn check_as_stored(
    expected: &[Vec<f32>],
    runtime: &[Vec<f32>],
    candle_onnx: Option<&[Vec<f32>]>,
) -> Result<(), GateError> {
    let limit = Limit { reference: "the network as stored", tolerance: CLOSE_F32 };
    limit.check("the runtime", Differences::between(expected, runtime).largest)?;
    match candle_onnx {
        Some(found) => limit.check("candle-onnx", Differences::between(expected, found).largest),
        None => Ok(()),
    }
}

/// The trainer's probabilities at temperature 1, one row of `[classes]` for each input.
fn probabilities(weights: &Weights, inputs: &[Vec<f32>]) -> candle_core::Result<Vec<Vec<f32>>> {
    let logits = trainer::network::logits(weights, inputs)?;
    Ok(logits.iter().map(|row| softmax(row, Temperature::ONE)).collect())
}

//! The gate that every file passes before it gets its name: it is read back with the runtime that will read it at the
//! edge and with candle-onnx, and both must compute the trainer's probabilities at temperature 1.
//!
//! Two distances are looked at. From the network *as stored*, its values rounded as the encoding rounds them, a
//! computation may differ by the order of its sums alone: that finds every mistake of the graph. From the network as
//! trained it may differ by what the encoding costs. A file that sums in integers has no such network in f32; there the
//! mean distance over all inputs is bounded besides, and the plain integer oracle of the tests stands beside tract.

use std::path::Path;

use models::model_file::export_record::Encoding;
use models::model_file::golden_vectors::GoldenVectors;
use models::probability::{Temperature, softmax};
use models::weights::Weights;

use crate::differences::Differences;
use crate::stored_values;
use crate::tolerance::{self, CLOSE_F32, MEAN_INT8};
use crate::written_file::{ReadBackError, RunError, WrittenFile};

/// Random inputs that are compared beside a blank one.
const RANDOM_INPUTS: usize = 15;

/// What the gate measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Inputs that were compared with the trainer.
    pub inputs: usize,
    /// Of them those from a data set.
    pub images: usize,
    /// Golden vectors, which were compared besides.
    pub golden: usize,
    /// The largest difference of a probability between the runtime (tract) and the trainer.
    pub runtime_difference: f32,
    /// The same between candle-onnx and the trainer; nothing where candle-onnx cannot run the file.
    pub candle_onnx_difference: Option<f32>,
    /// The largest that was allowed.
    pub tolerance: f32,
}

/// A file that does not say what the trainer says.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// It cannot be read back.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// It cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The trainer's own computation fails.
    #[error("candle: {0}")]
    Candle(#[from] candle_core::Error),
    /// The contract has changed on the way.
    #[error("its contract is not the one of the weights")]
    Contract,
    /// It was made from others.
    #[error("weights: expected those of SHA-256 {expected}, found it made from {found}")]
    OtherWeights {
        /// Of the weights that it is compared with.
        expected: String,
        /// In its record.
        found: String,
    },
    /// A probability differs.
    #[error(
        "{program} disagrees with {reference}: {what} differ by {difference:e}, expected at most {tolerance:e}"
    )]
    Disagreement {
        /// Who computed it.
        program: &'static str,
        /// What it is compared with.
        reference: &'static str,
        /// Probabilities, or their mean.
        what: &'static str,
        /// Over all inputs and classes.
        difference: f32,
        /// The most that is allowed.
        tolerance: f32,
    },
}

/// Reads `file` back and compares it with `trained` on its golden vectors, on `images`, each
/// `[channels, height, width]`, and on a blank input and random ones.
///
/// # Errors
/// [`GateError`] for anything beyond the tolerances, and for a file that one of the programs cannot run.
pub fn check(file: &Path, trained: &Weights, images: &[Vec<f32>]) -> Result<Agreement, GateError> {
    let written = WrittenFile::open(file)?;
    check_golden(&written)?;
    check_contract_and_weights(&written, trained, images)
}

/// Compares a file with the probabilities that it carries. Answers with the largest difference of the runtime's.
pub(crate) fn check_golden(written: &WrittenFile) -> Result<Option<f32>, GateError> {
    let Some(GoldenVectors { tolerance, vectors }) = &written.golden else { return Ok(None) };
    let inputs: Vec<_> = vectors.iter().map(|vector| vector.input(written.classifier.contract())).collect();
    let expected: Vec<_> = vectors.iter().map(|vector| vector.probabilities.clone()).collect();
    let limit = Limit { reference: "the golden vectors", tolerance: *tolerance };
    let runtime = Differences::between(&expected, &written.by_runtime(&inputs)?);
    limit.check("the runtime", runtime.largest)?;
    if let Some(found) = written.by_candle_onnx(&inputs)? {
        limit.check("candle-onnx", Differences::between(&expected, &found).largest)?;
    }
    Ok(Some(runtime.largest))
}

/// Compares a file with the network that it was made from.
pub(crate) fn check_contract_and_weights(
    written: &WrittenFile,
    trained: &Weights,
    images: &[Vec<f32>],
) -> Result<Agreement, GateError> {
    if *written.classifier.contract() != trained.contract {
        return Err(GateError::Contract);
    }
    let (expected, found) = (trained.sha256(), written.record.weights_sha256.clone());
    if expected != found {
        return Err(GateError::OtherWeights { expected, found });
    }
    let encoding = written.record.encoding;
    let golden = written.golden.as_ref().map_or(0, |golden| golden.vectors.len());
    let inputs = inputs(trained, encoding, images, written.golden.as_ref());
    let runtime = written.by_runtime(&inputs)?;
    let candle_onnx = written.by_candle_onnx(&inputs)?;
    let expected = probabilities(trained, &inputs)?;
    let from_trainer = Limit { reference: "the trainer", tolerance: tolerance::from_trainer(encoding) };
    let differences = Differences::between(&expected, &runtime);
    from_trainer.check("the runtime", differences.largest)?;
    let candle_onnx_difference =
        candle_onnx.as_ref().map(|found| Differences::between(&expected, found).largest);
    candle_onnx_difference.map_or(Ok(()), |difference| from_trainer.check("candle-onnx", difference))?;
    match stored_values::as_stored(trained, encoding) {
        Some(stored) => {
            let expected = probabilities(&stored, &inputs)?;
            let limit = Limit { reference: "the network as stored", tolerance: CLOSE_F32 };
            limit.check("the runtime", Differences::between(&expected, &runtime).largest)?;
            if let Some(found) = &candle_onnx {
                limit.check("candle-onnx", Differences::between(&expected, found).largest)?;
            }
        }
        None => from_trainer.with(MEAN_INT8).check_mean("the runtime", differences.mean)?,
    }
    Ok(Agreement {
        inputs: inputs.len(),
        images: images.len(),
        golden,
        runtime_difference: differences.largest,
        candle_onnx_difference,
        tolerance: from_trainer.tolerance,
    })
}

/// The trainer's, at temperature 1.
pub(crate) fn probabilities(weights: &Weights, inputs: &[Vec<f32>]) -> candle_core::Result<Vec<Vec<f32>>> {
    let logits = trainer::evaluation::logits(weights, inputs)?;
    Ok(logits.iter().map(|row| softmax(row, Temperature::ONE)).collect())
}

struct Limit {
    reference: &'static str,
    tolerance: f32,
}

impl Limit {
    fn with(&self, tolerance: f32) -> Self {
        Self { tolerance, ..*self }
    }

    fn check(&self, program: &'static str, difference: f32) -> Result<(), GateError> {
        self.check_number(program, "probabilities", difference)
    }

    fn check_mean(&self, program: &'static str, difference: f32) -> Result<(), GateError> {
        self.check_number(program, "on the mean, probabilities", difference)
    }

    fn check_number(
        &self,
        program: &'static str,
        what: &'static str,
        difference: f32,
    ) -> Result<(), GateError> {
        let Self { reference, tolerance } = *self;
        // Not a comparison alone: NaN is within no tolerance.
        match (0.0..=tolerance).contains(&difference) {
            true => Ok(()),
            false => Err(GateError::Disagreement { program, reference, what, difference, tolerance }),
        }
    }
}

/// What a file is asked. Random pictures reach weights that no picture of the data does. Where activations have eight bits
/// they say little, since such a network is made for pictures like those of the data: they are asked there only if there
/// is nothing else.
fn inputs(
    weights: &Weights,
    encoding: Encoding,
    images: &[Vec<f32>],
    golden: Option<&GoldenVectors>,
) -> Vec<Vec<f32>> {
    let mut inputs = images.to_vec();
    let golden = golden.into_iter().flat_map(|golden| &golden.vectors);
    inputs.extend(golden.map(|vector| vector.input(&weights.contract)));
    if inputs.is_empty() || stored_values::as_stored(weights, encoding).is_some() {
        inputs.extend(random_inputs(weights.contract.input.values()));
    }
    inputs
}

/// A blank image, and images whose ink has a random share: from sparse strokes to full noise.
fn random_inputs(values: usize) -> Vec<Vec<f32>> {
    let mut state = 1u64;
    let mut unit = || {
        // The multiplier of Knuth's MMIX generator; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut inputs = vec![vec![0.0; values]];
    for index in 0..RANDOM_INPUTS {
        let share = (index + 1) as f32 / RANDOM_INPUTS as f32;
        inputs.push((0..values).map(|_| if unit() < share { unit() } else { 0.0 }).collect());
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_lie_in_the_contracts_range_and_differ() {
        let inputs = random_inputs(50);
        assert_eq!(inputs.len(), 16);
        assert!(inputs.iter().flatten().all(|value| (0.0..1.0).contains(value)));
        assert!(inputs.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn nothing_that_is_no_number_is_within_a_tolerance() {
        let limit = Limit { reference: "the trainer", tolerance: 0.1 };
        assert!(limit.check("the runtime", 0.1).is_ok() && limit.check("the runtime", 0.0).is_ok());
        for difference in [0.11, f32::NAN, f32::INFINITY] {
            let message = limit.check("the runtime", difference).unwrap_err().to_string();
            assert!(message.starts_with("the runtime disagrees with the trainer: probabilities differ by"));
        }
    }
}

//! The gate that every file passes before it gets its name: it is read back with the runtime that will read it at the
//! edge and with candle-onnx, and both must compute the trainer's probabilities at temperature 1.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use candle_onnx::onnx::ModelProto;
use candle_onnx::simple_eval;
use edge_runtime::{Classifier, InferenceError, ModelError};
use models::softmax::{Temperature, softmax};
use models::weights::Weights;
use prost::Message;

/// The largest difference of a probability between two computations of the same network in f32. Sums of some thousand
/// products in another order differ by about 1e-7; ten times more for deep networks, and again ten for safety.
pub const CLOSE_F32: f32 = 1e-5;

/// Inputs that are compared beside the blank one.
const RANDOM_INPUTS: usize = 15;

/// What the gate measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Inputs that were compared.
    pub inputs: usize,
    /// The largest difference of a probability between the runtime (tract) and the trainer.
    pub runtime_difference: f32,
    /// The same between candle-onnx and the trainer.
    pub candle_onnx_difference: f32,
}

/// A file that does not say what the trainer says.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The runtime refuses the file.
    #[error("the runtime cannot use it: {0}")]
    Model(#[from] ModelError),
    /// The runtime fails on an input.
    #[error("the runtime cannot run it: {0}")]
    Inference(#[from] InferenceError),
    /// candle fails.
    #[error("candle: {0}")]
    Candle(#[from] candle_core::Error),
    /// The file is gone or unreadable.
    #[error("it cannot be read back: {0}")]
    Read(#[from] std::io::Error),
    /// The bytes are no ONNX.
    #[error("it is no ONNX: {0}")]
    Decode(#[from] prost::DecodeError),
    /// The contract has changed on the way.
    #[error("its contract is not the one of the weights")]
    Contract,
    /// A probability differs.
    #[error(
        "{program} disagrees with the trainer: probabilities differ by {difference:e}, expected at most {CLOSE_F32:e}"
    )]
    Disagreement {
        /// Who computed it.
        program: &'static str,
        /// The largest over all inputs and classes.
        difference: f32,
    },
    /// The graph gave no output of the name.
    #[error("candle-onnx: expected the output 'probabilities', found none")]
    NoOutput,
}

/// Reads `file` back and compares it with `weights`.
///
/// # Errors
/// [`GateError`] for any difference beyond [`CLOSE_F32`], and for a file that one of the two cannot run.
pub fn check(file: &Path, weights: &Weights) -> Result<Agreement, GateError> {
    let inputs = inputs(weights.contract.input.values());
    let logits = trainer::evaluation::logits(weights, &inputs)?;
    let expected: Vec<Vec<f32>> = logits.iter().map(|row| softmax(row, Temperature::ONE)).collect();
    let agreement = Agreement {
        inputs: inputs.len(),
        runtime_difference: largest_difference(&expected, &by_runtime(file, weights, &inputs)?),
        candle_onnx_difference: largest_difference(&expected, &by_candle_onnx(file, weights, &inputs)?),
    };
    let programs =
        [("the runtime", agreement.runtime_difference), ("candle-onnx", agreement.candle_onnx_difference)];
    match programs.into_iter().find(|(_, difference)| !matches!(difference, 0.0..=CLOSE_F32)) {
        None => Ok(agreement),
        Some((program, difference)) => Err(GateError::Disagreement { program, difference }),
    }
}

fn by_runtime(file: &Path, weights: &Weights, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, GateError> {
    let classifier = Classifier::from_file(file)?;
    if *classifier.contract() != weights.contract {
        return Err(GateError::Contract);
    }
    Ok(inputs.iter().map(|input| classifier.probabilities(input)).collect::<Result<_, _>>()?)
}

fn by_candle_onnx(file: &Path, weights: &Weights, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, GateError> {
    let model = ModelProto::decode(std::fs::read(file)?.as_slice())?;
    let [channels, height, width] = weights.contract.input.shape();
    let run = |input: &Vec<f32>| {
        let image = Tensor::from_slice(input, (1, channels, height, width), &Device::Cpu)?;
        let mut outputs = simple_eval(&model, HashMap::from([("image".to_owned(), image)]))?;
        Ok(outputs.remove("probabilities").ok_or(GateError::NoOutput)?.flatten_all()?.to_vec1()?)
    };
    inputs.iter().map(run).collect()
}

/// A blank image, and images whose ink has a random share: from sparse strokes to full noise.
fn inputs(values: usize) -> Vec<Vec<f32>> {
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

/// NaN where a row or a value is missing or is no number.
fn largest_difference(expected: &[Vec<f32>], found: &[Vec<f32>]) -> f32 {
    let same_shape = expected.len() == found.len()
        && expected.iter().zip(found).all(|(expected, found)| expected.len() == found.len());
    if !same_shape {
        return f32::NAN;
    }
    let differences = expected.iter().flatten().zip(found.iter().flatten()).map(|(a, b)| (a - b).abs());
    differences.fold(
        0.0,
        |largest, difference| {
            if difference.is_nan() || largest < difference { difference } else { largest }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_difference_is_no_number_where_rows_are_missing_or_are_none() {
        let rows = |values: &[f32]| vec![values.to_vec()];
        assert_eq!(largest_difference(&rows(&[0.5, 0.5]), &rows(&[0.25, 0.75])), 0.25);
        assert!(largest_difference(&rows(&[0.5, 0.5]), &[]).is_nan());
        assert!(largest_difference(&rows(&[0.5, 0.5]), &rows(&[1.0])).is_nan());
        assert!(largest_difference(&rows(&[0.5, 0.5]), &rows(&[f32::NAN, 0.5])).is_nan());
    }

    #[test]
    fn inputs_lie_in_the_contracts_range_and_differ() {
        let inputs = inputs(50);
        assert_eq!(inputs.len(), 16);
        assert!(inputs.iter().flatten().all(|value| (0.0..1.0).contains(value)));
        assert!(inputs.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

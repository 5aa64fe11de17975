//! The answers of networks: logits and class probabilities of many images.
//!
//! In come weights and images, out goes one row `[classes]` for each image. The images are cut into batches here, so
//! that no caller has to think of memory.

use std::ops::Range;

use candle_core::Device;
use models::probability::{Temperature, softmax};
use models::weights::Weights;
use models::{ImageInput, Network};

use crate::data::data_set::DataSet;
use crate::network::device_network::DeviceNetwork;
use crate::process::progress::ImageBar;

/// The most images that go through a network at once: enough for every core.
const LARGEST_BATCH: usize = 500;

/// The most values between two layers of one batch, 512 MiB: a network with huge layers gets smaller batches.
const MOST_VALUES: usize = 1 << 27;

/// Returns the ranges of images that go through `network` at once.
pub(crate) fn batches(images: usize, network: &Network) -> impl Iterator<Item = Range<usize>> + use<> {
    let batch = (MOST_VALUES / network.largest_shape()).clamp(1, LARGEST_BATCH);
    (0..images).step_by(batch).map(move |start| start..(start + batch).min(images))
}

/// Returns one row per image of a set: the probability of each class at temperature 1.
///
/// # Errors
/// Where a tensor operation fails.
pub fn probabilities_of_set(
    weights: &Weights,
    images: &DataSet,
    device: &Device,
) -> candle_core::Result<Vec<Vec<f32>>> {
    Ok(probabilities(&logits_of_images(weights, images, device)?))
}

/// Returns one row per image of a set: its logits, `[classes]`.
pub(crate) fn logits_of_images(
    weights: &Weights,
    images: &DataSet,
    device: &Device,
) -> candle_core::Result<Vec<Vec<f32>>> {
    logits_of_set(&DeviceNetwork::from_weights(weights, device)?, images, &weights.contract.input)
}

/// Returns one row per input: the logits, `[classes]`, of inputs `[count][channels · height · width]` that are
/// preprocessed already.
///
/// # Errors
/// Where a tensor operation fails.
pub fn logits(weights: &Weights, inputs: &[Vec<f32>]) -> candle_core::Result<Vec<Vec<f32>>> {
    let network = DeviceNetwork::from_weights(weights, &Device::Cpu)?;
    let mut rows = Vec::with_capacity(inputs.len());
    for range in batches(inputs.len(), &weights.network) {
        rows.extend(in_rows(&network.logits(&inputs[range.clone()].concat())?, range.len()));
    }
    Ok(rows)
}

/// Returns one row per image: the probability of each class at temperature 1, from rows of logits.
pub(crate) fn probabilities(logits: &[Vec<f32>]) -> Vec<Vec<f32>> {
    logits.iter().map(|row| softmax(row, Temperature::ONE)).collect()
}

/// Returns one row per image of a set: its logits, `[classes]`.
pub(crate) fn logits_of_set(
    network: &DeviceNetwork,
    images: &DataSet,
    input: &ImageInput,
) -> candle_core::Result<Vec<Vec<f32>>> {
    let pass = ImageBar::start("evaluation".to_owned(), images.len());
    let mut logits = Vec::with_capacity(images.len());
    for range in batches(images.len(), network.network()) {
        let batch = network.logits(&images.inputs(range.clone(), input))?;
        logits.extend(in_rows(&batch, range.len()));
        pass.advance(range.len(), String::new());
    }
    Ok(logits)
}

fn in_rows(values: &[f32], rows: usize) -> Vec<Vec<f32>> {
    values.chunks((values.len() / rows.max(1)).max(1)).map(<[f32]>::to_vec).collect()
}

//! Calibration: the range of the values that flow into each layer with parameters, over a set of images.

use models::weights::Weights;
use models::{Layer, reference};

use super::activation_range::ActivationRange;

/// A calibration image that is not of the network's input size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("image {image}: expected {expected} values, found {found}")]
pub struct CalibrationError {
    /// The position of the image among the calibration images, counted from 0.
    pub image: usize,
    /// The values of one input, `channels · height · width`.
    pub expected: usize,
    /// The values of the image.
    pub found: usize,
}

/// Returns the range of what flows into each layer with parameters, in their order, over `images`, each f32
/// `[channels, height, width]`. The values are those of the reference implementation, so the same images give the same
/// ranges on every machine.
pub(super) fn calibrate(
    weights: &Weights,
    images: &[Vec<f32>],
) -> Result<Vec<ActivationRange>, CalibrationError> {
    let expected = weights.network.input.iter().product();
    if let Some(image) = images.iter().position(|image| image.len() != expected) {
        return Err(CalibrationError { image, expected, found: images[image].len() });
    }
    // In the order of the activations, layers within layers included.
    let layers = weights.network.layers.iter().flat_map(Layer::with_inner);
    let with_parameters: Vec<usize> = layers
        .enumerate()
        .filter(|(_, layer)| layer.name().is_some())
        .map(|(position, _)| position)
        .collect();
    // The smallest and the largest of all are the same however the images are shared out.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares = images.chunks(images.len().div_ceil(threads).max(1));
    let ranges = std::thread::scope(|scope| {
        let positions = &with_parameters;
        let of_share = |share| scope.spawn(move || ranges_over(weights, share, positions));
        let working: Vec<_> = shares.map(of_share).collect();
        let none = vec![ActivationRange::ZERO; with_parameters.len()];
        working.into_iter().fold(none, |ranges, work| match work.join() {
            Ok(found) => ranges.into_iter().zip(found).map(|(a, b)| a.joined(b)).collect(),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    });
    Ok(ranges.into_iter().map(ActivationRange::widened).collect())
}

/// Returns the range of each activation at one of `positions` over `images`.
fn ranges_over(weights: &Weights, images: &[Vec<f32>], positions: &[usize]) -> Vec<ActivationRange> {
    let mut ranges = vec![ActivationRange::ZERO; positions.len()];
    for image in images {
        let activations = reference::activations(weights, image);
        for (range, &position) in ranges.iter_mut().zip(positions) {
            let values = activations[position].values.iter();
            *range = values.fold(*range, |range, &value| range.including(value as f32));
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use models::{ModelContract, Network, Provenance};

    use super::*;

    /// By hand: one unit of weight 0.01 on every pixel and bias -1 is 6.84 on white and -1 on black; then the ReLU.
    #[test]
    fn calibration_sees_what_flows_into_each_layer() {
        let network = Network::student(&[1]);
        let mut values = vec![0.01; network.parameter_count()];
        values[784] = -1.0;
        let weights =
            Weights { network, values, contract: ModelContract::mnist(Provenance::default()), finding: None };
        let ranges = calibrate(&weights, &[vec![0.0; 784], vec![1.0; 784]]).unwrap();
        assert_eq!(ranges[0], ActivationRange { smallest: 0.0, largest: 1.0 });
        assert!(ranges[1].smallest == 0.0 && (6.84..6.86).contains(&ranges[1].largest), "{ranges:?}");
        assert_eq!(ranges.len(), 2);
    }
}

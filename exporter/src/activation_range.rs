//! The values that flow into the layers with parameters: their range becomes the scale and the zero point of an
//! activation in eight bits, `x ≈ scale · (q - zero_point)`, q from 0 to 255.

use models::weights::Weights;
use models::{ImageInput, Layer, Network};

/// A range that holds 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ActivationRange {
    smallest: f32,
    largest: f32,
}

/// Scale and zero point of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QuantisedRange {
    pub(crate) scale: f32,
    pub(crate) zero_point: u8,
}

impl ActivationRange {
    const NOTHING: Self = Self { smallest: 0.0, largest: 0.0 };

    /// What preprocessing can make of black and white in any channel. For pixels of eight bits and values from 0 to 1 the
    /// step is 1 / 255: the picture loses nothing.
    pub(crate) fn of_image(input: &ImageInput) -> Self {
        let channels = input.mean.iter().zip(&input.standard_deviation);
        let ends =
            channels.flat_map(|(mean, deviation)| input.value_range.map(|end| (end - mean) / deviation));
        ends.fold(Self::NOTHING, Self::including)
    }

    fn including(self, value: f32) -> Self {
        Self { smallest: self.smallest.min(value), largest: self.largest.max(value) }
    }

    /// Both ends on the next number of ten significant bits: the last digits of a sum depend on the processor, and the
    /// file should not.
    fn widened(self) -> Self {
        const LEFT_OUT: u32 = (1 << 14) - 1;
        let widened = |end: f32| f32::from_bits((end.to_bits() + LEFT_OUT) & !LEFT_OUT);
        Self { smallest: widened(self.smallest), largest: widened(self.largest) }
    }

    /// As ONNX's DynamicQuantizeLinear computes them.
    pub(crate) fn quantised(self) -> QuantisedRange {
        let scale = (self.largest - self.smallest) / 255.0;
        if !(scale >= f32::MIN_POSITIVE && scale.is_finite()) {
            return QuantisedRange { scale: 1.0, zero_point: 0 };
        }
        let zero_point = (-self.smallest / scale).round_ties_even().clamp(0.0, 255.0) as u8;
        QuantisedRange { scale, zero_point }
    }
}

/// The range of what flows into each layer with parameters, in their order, for `images`, each
/// `[channels, height, width]`: the trainer's own numbers, from the network cut off before that layer.
///
/// # Errors
/// Where the tensors fail.
pub(crate) fn calibrate(weights: &Weights, images: &[Vec<f32>]) -> candle_core::Result<Vec<ActivationRange>> {
    let layers = &weights.network.layers;
    let with_parameters = (0..layers.len()).filter(|&position| layers[position].name().is_some());
    with_parameters
        .map(|position| {
            let before = cut_off(weights, position);
            let values = trainer::evaluation::logits(&before, images)?;
            let range =
                values.into_iter().flatten().fold(ActivationRange::NOTHING, ActivationRange::including);
            Ok(range.widened())
        })
        .collect()
}

/// The layers before `position`, and a flattening: their values in any order.
fn cut_off(weights: &Weights, position: usize) -> Weights {
    let mut layers = weights.network.layers[..position].to_vec();
    layers.push(Layer::Flatten);
    let network = Network { layers, ..weights.network.clone() };
    let values = weights.values[..network.parameter_count()].to_vec();
    Weights { network, values, contract: weights.contract.clone() }
}

#[cfg(test)]
mod tests {
    use models::{Fit, ModelContract, Polarity, Provenance};

    use super::*;

    #[test]
    fn the_range_of_a_picture_comes_from_its_contract() {
        let plain = ImageInput::grey(4, 4, Polarity::Natural, Fit::Letterbox);
        let quantised = ActivationRange::of_image(&plain).quantised();
        assert_eq!(quantised, QuantisedRange { scale: 1.0 / 255.0, zero_point: 0 });
        // By hand: (0 - 0.2) / 0.2 = -1 and (1 - 0.2) / 0.2 = 4; the zero point is 1 / (5 / 255) = 51.
        let centred = ImageInput { mean: vec![0.2], standard_deviation: vec![0.2], ..plain };
        let quantised = ActivationRange::of_image(&centred).quantised();
        assert_eq!(quantised, QuantisedRange { scale: 5.0 / 255.0, zero_point: 51 });
    }

    #[test]
    fn a_range_of_nothing_has_a_scale_that_divides() {
        assert_eq!(ActivationRange::NOTHING.quantised(), QuantisedRange { scale: 1.0, zero_point: 0 });
    }

    /// By hand: 1 + 2⁻¹⁰ lies between 1 and 1 + 2⁻⁹.
    #[test]
    fn a_calibrated_range_is_widened_by_a_little_and_never_narrowed() {
        let range = ActivationRange { smallest: -1.0 - 2f32.powi(-10), largest: 0.75 }.widened();
        assert_eq!(range, ActivationRange { smallest: -1.0 - 2f32.powi(-9), largest: 0.75 });
        assert_eq!(ActivationRange::NOTHING.widened(), ActivationRange::NOTHING);
    }

    /// By hand: one unit of weight 0.01 on every pixel and bias -1 is 6.84 on white and -1 on black; then the ReLU.
    #[test]
    fn calibration_sees_what_flows_into_each_layer() {
        let network = Network::student(&[1]);
        let mut values = vec![0.01; network.parameter_count()];
        values[784] = -1.0;
        let weights = Weights { network, values, contract: ModelContract::mnist(Provenance::default()) };
        let ranges = calibrate(&weights, &[vec![0.0; 784], vec![1.0; 784]]).unwrap();
        assert_eq!(ranges[0], ActivationRange { smallest: 0.0, largest: 1.0 });
        assert!(ranges[1].smallest == 0.0 && (6.84..6.86).contains(&ranges[1].largest), "{ranges:?}");
        assert_eq!(ranges.len(), 2);
    }
}

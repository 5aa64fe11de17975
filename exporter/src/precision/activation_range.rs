//! The range of an activation, and the scale and zero point that it gives an activation in eight bits:
//! `x ≈ scale · (q - zero_point)`, q from 0 to 255.

use models::ImageInput;

/// The range of the values that flow into a layer. It holds 0, so that padding and what a ReLU cuts off are exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ActivationRange {
    /// At most 0.
    pub(super) smallest: f32,
    /// At least 0.
    pub(super) largest: f32,
}

/// Scale and zero point of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QuantisedRange {
    /// The step from one byte to the next.
    pub(crate) scale: f32,
    /// The byte that stands for 0.
    pub(crate) zero_point: u8,
}

impl ActivationRange {
    /// The range in which nothing but 0 lies.
    pub(super) const ZERO: Self = Self { smallest: 0.0, largest: 0.0 };

    /// The range of what preprocessing can make of black and white in any channel. For pixels of eight bits and values
    /// from 0 to 1 the step is 1 / 255: the picture loses nothing.
    pub(crate) fn of_image(input: &ImageInput) -> Self {
        let channels = input.mean.iter().zip(&input.standard_deviation);
        let ends =
            channels.flat_map(|(mean, deviation)| input.value_range.map(|end| (end - mean) / deviation));
        ends.fold(Self::ZERO, Self::including)
    }

    /// The range that holds `value` besides.
    pub(super) fn including(self, value: f32) -> Self {
        Self { smallest: self.smallest.min(value), largest: self.largest.max(value) }
    }

    /// The range that holds another one besides.
    pub(super) fn joined(self, other: Self) -> Self {
        self.including(other.smallest).including(other.largest)
    }

    /// The range with both ends moved outwards to the next number of ten significant bits: a file does not depend on the
    /// last digits of a sum.
    pub(super) fn widened(self) -> Self {
        const LEFT_OUT: u32 = (1 << 14) - 1;
        let widened = |end: f32| f32::from_bits((end.to_bits() + LEFT_OUT) & !LEFT_OUT);
        Self { smallest: widened(self.smallest), largest: widened(self.largest) }
    }

    /// Computes scale and zero point as ONNX's DynamicQuantizeLinear does.
    pub(crate) fn quantised(self) -> QuantisedRange {
        let scale = (self.largest - self.smallest) / 255.0;
        if !(scale >= f32::MIN_POSITIVE && scale.is_finite()) {
            return QuantisedRange { scale: 1.0, zero_point: 0 };
        }
        let zero_point = (-self.smallest / scale).round_ties_even().clamp(0.0, 255.0) as u8;
        QuantisedRange { scale, zero_point }
    }
}

#[cfg(test)]
mod tests {
    use models::Resize;

    use super::*;

    #[test]
    fn the_range_of_a_picture_comes_from_its_contract() {
        let plain = ImageInput::version_2([1, 4, 4], Resize::Fit);
        let quantised = ActivationRange::of_image(&plain).quantised();
        assert_eq!(quantised, QuantisedRange { scale: 1.0 / 255.0, zero_point: 0 });
        // By hand: (0 - 0.2) / 0.2 = -1 and (1 - 0.2) / 0.2 = 4; the zero point is 1 / (5 / 255) = 51.
        let centred = ImageInput { mean: vec![0.2], standard_deviation: vec![0.2], ..plain };
        let quantised = ActivationRange::of_image(&centred).quantised();
        assert_eq!(quantised, QuantisedRange { scale: 5.0 / 255.0, zero_point: 51 });
    }

    #[test]
    fn a_range_of_nothing_has_a_scale_that_divides() {
        assert_eq!(ActivationRange::ZERO.quantised(), QuantisedRange { scale: 1.0, zero_point: 0 });
    }

    /// By hand: 1 + 2⁻¹⁰ lies between 1 and 1 + 2⁻⁹.
    #[test]
    fn a_calibrated_range_is_widened_by_a_little_and_never_narrowed() {
        let range = ActivationRange { smallest: -1.0 - 2f32.powi(-10), largest: 0.75 }.widened();
        assert_eq!(range, ActivationRange { smallest: -1.0 - 2f32.powi(-9), largest: 0.75 });
        assert_eq!(ActivationRange::ZERO.widened(), ActivationRange::ZERO);
    }
}

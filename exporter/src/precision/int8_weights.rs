//! Weights in eight bits, symmetric, with one scale for each output channel: `w ≈ scale · q`, q from -127 to 127.
//!
//! Where the products are summed in integers, q is stored as u8 with the zero point 128, so that both factors are
//! unsigned. With signed weights onnxruntime sums pairs of products in 16 bits on x86 processors with AVX2 and without
//! VNNI, and 255 · 127 · 2 is too large for them: there the same file gives other answers than elsewhere (onnxruntime's
//! quantisation guide, "When and why do I need to try U8U8"). Unsigned factors are summed exactly everywhere.

use models::weights::Weights;

/// The largest q: both ends of the range are used alike, so -128 is left out.
const LARGEST: f32 = 127.0;

/// The zero point of weights that are stored as u8.
pub(crate) const ZERO_POINT: u8 = 128;

/// The most products in one sum: 255 · 255 times as many is under 2³¹, so no sum overflows.
const MOST_PRODUCTS: usize = 33_025;

/// A weight tensor `[outputs, products]` in eight bits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Int8Weight {
    /// q of each weight, from -127 to 127, in the order of the tensor.
    pub(crate) values: Vec<i8>,
    /// The scale of each output channel, over 0.
    pub(crate) scales: Vec<f32>,
}

/// A layer whose sums of integer products may overflow 32 bits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "tensor {tensor:?}: expected at most {MOST_PRODUCTS} products in a sum of 32 bits, found {found}; f16, or \
     `--activations f32`, has no such limit"
)]
pub struct TooManyProducts {
    /// The name of the layer's weight.
    pub tensor: String,
    /// How many products are summed for one output.
    pub found: usize,
}

impl Int8Weight {
    /// Quantises `values`, `[outputs, products]`, to nearest, ties to even.
    pub(crate) fn quantise(values: &[f32], outputs: usize) -> Self {
        let mut weight = Self { values: Vec::with_capacity(values.len()), scales: Vec::new() };
        for channel in values.chunks(values.len().div_ceil(outputs.max(1)).max(1)) {
            let largest = channel.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            // A channel of zeros, or of values whose scale f32 cannot hold, is 0 at any scale.
            let scale = if largest / LARGEST >= f32::MIN_POSITIVE { largest / LARGEST } else { 1.0 };
            let steps = |value: &f32| (value / scale).round_ties_even().clamp(-LARGEST, LARGEST) as i8;
            weight.values.extend(channel.iter().map(steps));
            weight.scales.push(scale);
        }
        weight
    }

    /// The weight as it is stored for sums of unsigned products: u8 with the zero point 128.
    pub(crate) fn with_zero_point(&self) -> Vec<u8> {
        self.values.iter().map(|&value| (i16::from(value) + i16::from(ZERO_POINT)) as u8).collect()
    }
}

/// Checks that every sum of products of `weights` fits into 32 bits.
///
/// # Errors
/// [`TooManyProducts`] for the layer with the longest sum, where it is too long.
pub(super) fn check_products(weights: &Weights) -> Result<(), TooManyProducts> {
    let products = weights.tensors().map(|(spec, _)| spec).filter(|spec| spec.shape.len() > 1);
    let longest = products.max_by_key(|spec| spec.fan_in);
    match longest {
        Some(spec) if spec.fan_in > MOST_PRODUCTS => {
            Err(TooManyProducts { tensor: spec.name, found: spec.fan_in })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the first channel's scale is 1.27 / 127 = 0.01, the second's 254 / 127 = 2.
    #[test]
    fn each_channel_has_the_scale_of_its_largest_value() {
        let weight = Int8Weight::quantise(&[1.27, -0.5, 0.004, -254.0, 5.0, 7.0], 2);
        assert!((weight.scales[0] - 0.01).abs() < 1e-9 && weight.scales[1] == 2.0, "{:?}", weight.scales);
        // 5 / 2 and 7 / 2 are ties: 2.5 goes to 2, 3.5 to 4.
        assert_eq!(weight.values, [127, -50, 0, -127, 2, 4]);
        assert_eq!(weight.with_zero_point(), [255, 78, 128, 1, 130, 132]);
    }

    #[test]
    fn no_value_is_further_off_than_half_a_step() {
        let values: Vec<f32> = (0..300).map(|index| ((index * 37 % 101) as f32 - 50.0) / 17.0).collect();
        let weight = Int8Weight::quantise(&values, 3);
        for (index, (&value, &step)) in values.iter().zip(&weight.values).enumerate() {
            let scale = weight.scales[index / 100];
            assert!((value - scale * f32::from(step)).abs() <= scale * 0.5001, "{index}");
        }
    }

    #[test]
    fn channels_of_zeros_and_of_next_to_nothing_have_a_scale_that_divides() {
        let weight = Int8Weight::quantise(&[0.0, 0.0, 1e-44, -1e-44], 2);
        assert_eq!((weight.values, weight.scales), (vec![0; 4], vec![1.0; 2]));
    }

    #[test]
    fn the_most_products_are_the_most_that_fit() {
        let sum = |products: usize| 255 * 255 * products as i64;
        assert!(sum(MOST_PRODUCTS) <= i64::from(i32::MAX) && sum(MOST_PRODUCTS + 1) > i64::from(i32::MAX));
    }
}

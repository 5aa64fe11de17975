//! The checks of a node's inputs that several operators share: how many there are, their types and shapes.

use crate::guard::tensor_fact::TensorFact;
use crate::model::{Mismatch, Precision, expect};

/// Exactly `COUNT` inputs.
pub(super) fn take<'fact, const COUNT: usize>(
    inputs: &[&'fact TensorFact],
) -> Result<[&'fact TensorFact; COUNT], Mismatch> {
    inputs.try_into().map_err(|_| Mismatch::new("inputs", COUNT.to_string(), inputs.len()))
}

/// Input, weight, and a bias where there is one.
pub(super) fn with_optional_bias<'fact>(
    inputs: &[&'fact TensorFact],
) -> Result<(&'fact TensorFact, &'fact TensorFact, Option<&'fact TensorFact>), Mismatch> {
    match inputs {
        [input, weight] => Ok((input, weight, None)),
        [input, weight, bias] => Ok((input, weight, Some(bias))),
        _ => Err(Mismatch::new("inputs", "2 or 3", inputs.len())),
    }
}

/// The sides of a tensor of two axes.
pub(super) fn matrix(place: &str, fact: &TensorFact) -> Result<[usize; 2], Mismatch> {
    <[usize; 2]>::try_from(fact.shape.as_slice())
        .map_err(|_| Mismatch::new(place, "2 axes", format!("{:?}", fact.shape)))
}

/// The sides of a tensor of four axes.
pub(super) fn four_axes(place: &str, fact: &TensorFact) -> Result<[usize; 4], Mismatch> {
    <[usize; 4]>::try_from(fact.shape.as_slice())
        .map_err(|_| Mismatch::new(place, "4 axes", format!("{:?}", fact.shape)))
}

/// `[channels, height, width]` of one image.
pub(super) fn image(place: &str, fact: &TensorFact) -> Result<[usize; 3], Mismatch> {
    match four_axes(place, fact)? {
        [1, channels, height, width] => Ok([channels, height, width]),
        shape => Err(Mismatch::new(place, "a batch of 1", format!("{shape:?}"))),
    }
}

pub(super) fn expect_precision(place: &str, fact: &TensorFact, precision: Precision) -> Result<(), Mismatch> {
    expect(fact.precision == precision, format!("{place} type"), precision.to_string(), fact.precision)
}

/// What is computed with as it is: sums and maxima of integers are no part of a network here.
pub(super) fn expect_float(place: &str, fact: &TensorFact) -> Result<(), Mismatch> {
    expect(is_float(fact.precision), format!("{place} type"), "f32 or f16", fact.precision)
}

pub(super) fn is_float(precision: Precision) -> bool {
    matches!(precision, Precision::F32 | Precision::F16)
}

/// A weight that is the same for every image, and an input that is not.
pub(super) fn expect_constant_weight(input: &TensorFact, weight: &TensorFact) -> Result<(), Mismatch> {
    expect(weight.constant && !input.constant, "weight", "a constant, and an input that is none", "another")
}

//! From f32 to bytes and back, and what every product of bytes needs of its inputs.
//!
//! A value is `scale · (byte - zero point)`. Scales and zero points of activations are scalars, the weights' scales are one
//! an output channel and are multiplied with the sums by `Mul`.

use super::node_fact::NodeFact;
use super::operands::{expect_precision, take};
use crate::guard::attributes::Attributes;
use crate::guard::tensor_fact::TensorFact;
use crate::model::onnx_protobuf::NodeProto;
use crate::model::{Mismatch, Precision, expect};

/// The most products of two bytes in one sum: 255 · 255 times as many is under 2³¹.
const MOST_PRODUCTS: usize = 33_025;

/// f32 to bytes with a constant scale and zero point.
pub(super) fn quantize_linear(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input, scale, zero_point] = take(inputs)?;
    expect_activation(input)?;
    expect_precision("scale", scale, Precision::F32)?;
    expect_scalar("scale", scale)?;
    expect(scale.constant && scale.positive, "scale", "a constant over 0", "another")?;
    expect_zero_point("zero point", zero_point)?;
    expect(zero_point.constant, "zero point", "a constant", "another value")?;
    TensorFact::new(Precision::Uint8, input.shape.clone(), false)
}

/// f32 to bytes, and the scale and zero point that were computed for them.
pub(super) fn dynamic_quantize_linear(
    node: &NodeProto,
    inputs: &[&TensorFact],
) -> Result<NodeFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input] = take(inputs)?;
    expect_activation(input)?;
    let scalar = |precision| TensorFact::new(precision, vec![], false);
    let further_outputs = vec![scalar(Precision::F32)?, scalar(Precision::Uint8)?];
    let output = TensorFact::new(Precision::Uint8, input.shape.clone(), false)?;
    Ok(NodeFact { further_outputs, ..NodeFact::of(output) })
}

/// A constant weight of signed bytes, outputs first, to f32.
pub(super) fn dequantize_linear(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let axis = Attributes::of(node, &["axis"])?.int("axis", 1)?;
    expect(axis == 0, "axis", "0, that of the outputs", axis)?;
    let [weight, scale] = take(inputs)?;
    expect_precision("weight", weight, Precision::Int8)?;
    expect_precision("scale", scale, Precision::F32)?;
    let outputs = weight.shape.first().copied().unwrap_or(0);
    let fits = scale.shape == [outputs] && scale.positive;
    expect(fits, "scale", format!("[{outputs}] numbers over 0"), format!("{:?}", scale.shape))?;
    expect(weight.constant && scale.constant, "inputs", "constants", "another value")?;
    TensorFact::new(Precision::F32, weight.shape.clone(), true)
}

/// The types of what a product of bytes reads.
pub(super) fn expect_factors(
    input: &TensorFact,
    weight: &TensorFact,
    input_zero_point: &TensorFact,
    weight_zero_point: &TensorFact,
) -> Result<(), Mismatch> {
    expect_precision("input", input, Precision::Uint8)?;
    expect_precision("weight", weight, Precision::Uint8)?;
    expect_zero_point("input's zero point", input_zero_point)?;
    expect_zero_point("weight's zero point", weight_zero_point)?;
    expect(weight_zero_point.constant, "weight's zero point", "a constant", "another value")
}

/// No sum of so many products overflows.
pub(super) fn expect_sum_of(products: usize) -> Result<(), Mismatch> {
    let limit = format!("at most {MOST_PRODUCTS} products in a sum");
    expect(products <= MOST_PRODUCTS, "weight", limit, products)
}

fn expect_activation(input: &TensorFact) -> Result<(), Mismatch> {
    expect_precision("input", input, Precision::F32)?;
    expect(!input.constant, "input", "a value that depends on the image", "a constant")
}

fn expect_zero_point(place: &str, fact: &TensorFact) -> Result<(), Mismatch> {
    expect_precision(place, fact, Precision::Uint8)?;
    expect_scalar(place, fact)
}

fn expect_scalar(place: &str, fact: &TensorFact) -> Result<(), Mismatch> {
    expect(fact.shape.is_empty(), place, "one value, []", format!("{:?}", fact.shape))
}

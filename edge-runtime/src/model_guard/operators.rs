//! The allowed operators: what each one needs of its inputs and attributes, and the shape that it makes.
//!
//! They are those that `exporter` writes. Semantics after
//! [ONNX 1.17](https://onnx.ai/onnx/operators/), for a batch of one. Those of eight bits are in [`integers`].

use crate::onnx_protobuf::NodeProto;

use super::attributes::Attributes;
use super::tensor_fact::{TensorFact, precision};
use super::{integers, windows};
use crate::model_error::{Mismatch, expect};
use crate::model_summary::Precision;

/// Every operator that may stand in a file.
pub(crate) const ALLOWED: [&str; 16] = [
    "Add",
    "AveragePool",
    "Cast",
    "Conv",
    "ConvInteger",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "Flatten",
    "Gemm",
    "MatMul",
    "MatMulInteger",
    "MaxPool",
    "Mul",
    "QuantizeLinear",
    "Relu",
    "Softmax",
];

/// What a node makes.
pub(super) struct NodeFact {
    pub(super) output: TensorFact,
    /// All small: scales and zero points.
    pub(super) further_outputs: Vec<TensorFact>,
    /// Values that the runtime unfolds beside inputs and output.
    pub(super) scratch_values: usize,
    /// Multiplications or comparisons, where they are more than the values.
    pub(super) steps: u64,
}

/// What `node` makes of `inputs`.
pub(super) fn output_fact(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let mut steps = 0;
    let output = match node.op_type.as_str() {
        "Add" | "Mul" => element_wise(node, inputs)?,
        "AveragePool" => return windows::average_pool(node, inputs),
        "Cast" => cast(node, inputs)?,
        "Conv" => return windows::convolution(node, inputs),
        "ConvInteger" => return windows::integer_convolution(node, inputs),
        "DequantizeLinear" => integers::dequantize_linear(node, inputs)?,
        "DynamicQuantizeLinear" => return integers::dynamic_quantize_linear(node, inputs),
        "Flatten" => flatten(node, inputs)?,
        "Gemm" => gemm(node, inputs)?,
        "MatMul" => mat_mul(node, inputs)?,
        "MatMulInteger" => integers::mat_mul_integer(node, inputs)?,
        "QuantizeLinear" => integers::quantize_linear(node, inputs)?,
        "MaxPool" => return windows::max_pool(node, inputs),
        "Relu" => relu(node, inputs)?,
        "Softmax" => softmax(node, inputs)?,
        other => return Err(Mismatch::new("operator", ALLOWED.join(", "), other)),
    };
    if let ("Gemm" | "MatMul" | "MatMulInteger", Some(weight)) = (node.op_type.as_str(), inputs.get(1)) {
        steps = weight.values() as u64;
    }
    Ok(NodeFact { output, further_outputs: vec![], scratch_values: 0, steps })
}

/// The inputs of `node` that may be trained values; the others are scales and zero points.
pub(super) fn trained_inputs(node: &NodeProto) -> &[String] {
    match node.op_type.as_str() {
        "ConvInteger" | "MatMulInteger" => node.input.get(1..2).unwrap_or_default(),
        "Mul" | "QuantizeLinear" | "DynamicQuantizeLinear" | "DequantizeLinear" => &[],
        _ => &node.input,
    }
}

/// Sum or product with NumPy's broadcasting.
fn element_wise(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [left, right] = take(inputs)?;
    expect_float("first input", left)?;
    expect_precision("second input", right, left.precision)?;
    let constant = left.constant && right.constant;
    let shape = broadcast(&left.shape, &right.shape).ok_or_else(|| {
        Mismatch::new("shapes", "two that broadcast", format!("{:?} and {:?}", left.shape, right.shape))
    })?;
    TensorFact::new(left.precision, shape, constant)
}

fn cast(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let to = Attributes::of(node, &["to"])?.int("to", 0)?;
    let [input] = take(inputs)?;
    let precision = precision(i32::try_from(to).unwrap_or(0)).map_err(|problem| problem.within("to"))?;
    expect(is_float(precision), "to: type", "FLOAT or FLOAT16", precision)?;
    Ok(TensorFact { precision, positive: false, ..input.clone() })
}

/// `[1, channels, height, width]` to `[1, channels · height · width]`.
fn flatten(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &["axis"])?.only("axis", 1)?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    expect(input.shape.first() == Some(&1), "shape", "[1, …]", format!("{:?}", input.shape))?;
    TensorFact::new(input.precision, vec![1, input.values()], input.constant)
}

/// α x W + β b, W as it is or transposed.
fn gemm(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let attributes = Attributes::of(node, &["alpha", "beta", "transA", "transB"])?;
    attributes.factor("alpha")?;
    attributes.factor("beta")?;
    attributes.only("transA", 0)?;
    let transposed = attributes.flag("transB")?;
    let (input, weight, bias) = with_optional_bias(inputs)?;
    // tract multiplies the bias by an f32 factor, and refuses to with f16.
    for (place, fact) in
        [("input", input), ("weight", weight)].into_iter().chain(bias.map(|bias| ("bias", bias)))
    {
        expect_precision(place, fact, Precision::F32)?;
    }
    let weight_shape = match matrix("weight", weight)? {
        [outputs, inputs] if transposed => [inputs, outputs],
        shape => shape,
    };
    let outputs = multiply(input, weight, weight_shape)?;
    if let Some(bias) = bias {
        let fits = bias.shape == [outputs] || bias.shape == [1, outputs];
        expect(
            fits && bias.constant,
            "bias",
            format!("a constant [{outputs}]"),
            format!("{:?}", bias.shape),
        )?;
    }
    TensorFact::new(input.precision, vec![1, outputs], false)
}

fn mat_mul(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input, weight] = take(inputs)?;
    expect_float("input", input)?;
    expect_precision("weight", weight, input.precision)?;
    let outputs = multiply(input, weight, matrix("weight", weight)?)?;
    TensorFact::new(input.precision, vec![1, outputs], false)
}

fn relu(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    Ok(input.clone())
}

fn softmax(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let axis = Attributes::of(node, &["axis"])?.int("axis", -1)?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    let [_, _] = matrix("input", input)?;
    expect(matches!(axis, -1 | 1), "axis", "-1, the last one", axis)?;
    Ok(input.clone())
}

/// The columns of `input` times a constant weight `[inputs, outputs]`.
pub(super) fn multiply(
    input: &TensorFact,
    weight: &TensorFact,
    [inputs, outputs]: [usize; 2],
) -> Result<usize, Mismatch> {
    let [rows, columns] = matrix("input", input)?;
    expect(rows == 1, "input", "[1, values]", format!("{:?}", input.shape))?;
    expect(columns == inputs, "weight", format!("{columns} inputs"), inputs)?;
    expect(weight.constant && !input.constant, "weight", "a constant, and an input that is none", "another")?;
    Ok(outputs)
}

pub(super) fn matrix(place: &str, fact: &TensorFact) -> Result<[usize; 2], Mismatch> {
    <[usize; 2]>::try_from(fact.shape.as_slice())
        .map_err(|_| Mismatch::new(place, "2 axes", format!("{:?}", fact.shape)))
}

fn broadcast(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let axes = left.len().max(right.len());
    let side = |shape: &[usize], axis: usize| {
        let missing = axes - shape.len();
        if axis < missing { 1 } else { shape[axis - missing] }
    };
    let joined = |axis| match (side(left, axis), side(right, axis)) {
        (left, right) if left == right => Some(left),
        (1, side) | (side, 1) => Some(side),
        _ => None,
    };
    (0..axes).map(joined).collect()
}

pub(super) fn expect_precision(place: &str, fact: &TensorFact, precision: Precision) -> Result<(), Mismatch> {
    expect(fact.precision == precision, format!("{place} type"), precision.to_string(), fact.precision)
}

/// What is computed with as it is: sums and maxima of integers are no part of a network here.
pub(super) fn expect_float(place: &str, fact: &TensorFact) -> Result<(), Mismatch> {
    expect(is_float(fact.precision), format!("{place} type"), "f32 or f16", fact.precision)
}

fn is_float(precision: Precision) -> bool {
    matches!(precision, Precision::F32 | Precision::F16)
}

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

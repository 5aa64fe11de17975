//! The operators that compute each value from those at its own place, that reshape, and the softmax: shapes stay, or are
//! joined by broadcasting.

use super::operands::{expect_float, expect_precision, is_float, matrix, take};
use crate::guard::attributes::Attributes;
use crate::guard::tensor_fact::{TensorFact, precision};
use crate::model::onnx_protobuf::NodeProto;
use crate::model::{Mismatch, expect};

/// A sum: of two values of one shape, as a residual block has it, or of a value and a constant that leaves its shape, as a
/// bias does.
pub(super) fn sum(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let output = product(node, inputs)?;
    let values: Vec<_> = inputs.iter().filter(|input| !input.constant).collect();
    for value in values {
        let found = || format!("{:?} and {:?}", inputs[0].shape, inputs[1].shape);
        expect(
            value.shape == output.shape,
            "shapes",
            "two that are equal, or a constant's in a value's",
            found(),
        )?;
    }
    Ok(output)
}

/// A product with NumPy's broadcasting.
pub(super) fn product(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
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

pub(super) fn cast(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let to = Attributes::of(node, &["to"])?.int("to", 0)?;
    let [input] = take(inputs)?;
    let precision = precision(i32::try_from(to).unwrap_or(0)).map_err(|problem| problem.within("to"))?;
    expect(is_float(precision), "to: type", "FLOAT or FLOAT16", precision)?;
    Ok(TensorFact { precision, positive: false, ..input.clone() })
}

/// `[1, channels, height, width]` to `[1, channels · height · width]`.
pub(super) fn flatten(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &["axis"])?.only("axis", 1)?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    expect(input.shape.first() == Some(&1), "shape", "[1, …]", format!("{:?}", input.shape))?;
    TensorFact::new(input.precision, vec![1, input.values()], input.constant)
}

pub(super) fn relu(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    Ok(input.clone())
}

/// Along the second of two axes, `[1, classes]`.
pub(super) fn softmax(node: &NodeProto, inputs: &[&TensorFact]) -> Result<TensorFact, Mismatch> {
    let axis = Attributes::of(node, &["axis"])?.int("axis", -1)?;
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    let [_, _] = matrix("input", input)?;
    expect(matches!(axis, -1 | 1), "axis", "-1, the last one", axis)?;
    Ok(input.clone())
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

//! The products of one image's row `[1, inputs]` with a constant matrix: linear layers in floats and in unsigned bytes.

use super::integers::{expect_factors, expect_sum_of};
use super::node_fact::NodeFact;
use super::operands::{
    expect_constant_weight, expect_float, expect_precision, matrix, take, with_optional_bias,
};
use crate::guard::attributes::Attributes;
use crate::guard::tensor_fact::TensorFact;
use crate::model::onnx_protobuf::NodeProto;
use crate::model::{Mismatch, Precision, expect};

/// α x W + β b, W as it is or transposed.
pub(super) fn gemm(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
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
    product(input.precision, weight, outputs)
}

/// x W.
pub(super) fn mat_mul(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input, weight] = take(inputs)?;
    expect_float("input", input)?;
    expect_precision("weight", weight, input.precision)?;
    let outputs = multiply(input, weight, matrix("weight", weight)?)?;
    product(input.precision, weight, outputs)
}

/// x W of unsigned bytes with zero points, summed in 32 bits.
pub(super) fn mat_mul_integer(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    Attributes::of(node, &[])?;
    let [input, weight, input_zero_point, weight_zero_point] = take(inputs)?;
    expect_factors(input, weight, input_zero_point, weight_zero_point)?;
    let [products, outputs] = matrix("weight", weight)?;
    multiply(input, weight, [products, outputs])?;
    expect_sum_of(products)?;
    product(Precision::Int32, weight, outputs)
}

/// The columns of `input` times a constant weight `[inputs, outputs]`.
fn multiply(
    input: &TensorFact,
    weight: &TensorFact,
    [inputs, outputs]: [usize; 2],
) -> Result<usize, Mismatch> {
    let [rows, columns] = matrix("input", input)?;
    expect(rows == 1, "input", "[1, values]", format!("{:?}", input.shape))?;
    expect(columns == inputs, "weight", format!("{columns} inputs"), inputs)?;
    expect_constant_weight(input, weight)?;
    Ok(outputs)
}

/// `[1, outputs]`, with one multiplication for each value of the weight.
fn product(precision: Precision, weight: &TensorFact, outputs: usize) -> Result<NodeFact, Mismatch> {
    let output = TensorFact::new(precision, vec![1, outputs], false)?;
    Ok(NodeFact::with_steps(output, weight.values() as u64))
}

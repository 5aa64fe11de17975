//! Every operator that may stand in a file, and the rule for each one.
//!
//! In: a node and what is known of its inputs. Out: what is known of its outputs.

use super::node_fact::NodeFact;
use super::{element_wise, integers, products, windows};
use crate::guard::tensor_fact::TensorFact;
use crate::model::Mismatch;
use crate::model::onnx_protobuf::NodeProto;

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

/// What `node` makes of `inputs`.
pub(in crate::guard) fn output_fact(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    match node.op_type.as_str() {
        "Add" => element_wise::sum(node, inputs).map(NodeFact::of),
        "AveragePool" => windows::average_pool(node, inputs),
        "Cast" => element_wise::cast(node, inputs).map(NodeFact::of),
        "Conv" => windows::convolution(node, inputs),
        "ConvInteger" => windows::integer_convolution(node, inputs),
        "DequantizeLinear" => integers::dequantize_linear(node, inputs).map(NodeFact::of),
        "DynamicQuantizeLinear" => integers::dynamic_quantize_linear(node, inputs),
        "Flatten" => element_wise::flatten(node, inputs).map(NodeFact::of),
        "Gemm" => products::gemm(node, inputs),
        "MatMul" => products::mat_mul(node, inputs),
        "MatMulInteger" => products::mat_mul_integer(node, inputs),
        "MaxPool" => windows::max_pool(node, inputs),
        "Mul" => element_wise::product(node, inputs).map(NodeFact::of),
        "QuantizeLinear" => integers::quantize_linear(node, inputs).map(NodeFact::of),
        "Relu" => element_wise::relu(node, inputs).map(NodeFact::of),
        "Softmax" => element_wise::softmax(node, inputs).map(NodeFact::of),
        other => Err(Mismatch::new("operator", ALLOWED.join(", "), other)),
    }
}

/// The inputs of `node` that may be trained values; the others are scales and zero points.
pub(in crate::guard) fn trained_inputs(node: &NodeProto) -> &[String] {
    match node.op_type.as_str() {
        "ConvInteger" | "MatMulInteger" => node.input.get(1..2).unwrap_or_default(),
        "Mul" | "QuantizeLinear" | "DynamicQuantizeLinear" | "DequantizeLinear" => &[],
        _ => &node.input,
    }
}

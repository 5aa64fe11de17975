//! What can be wrong with the attributes and shapes of a node in floats.

use super::spoiled::{assert_says, dense, spoiled_graph, window};
use crate::model::onnx_protobuf::AttributeProto;
use crate::model::onnx_protobuf::attribute_proto::AttributeType;
use crate::test_models::{convolutional_model, float, half_precision_model, int, ints};

#[test]
fn attributes_are_known_typed_finite_and_given_once() {
    let gemm = |attribute| dense(|graph| graph.node[1].attribute.push(attribute));
    assert_says(
        &gemm(int("body", 1)),
        "node 'fc1' (Gemm): attributes: expected alpha, beta, transA, transB, found",
    );
    assert_says(&gemm(int("transB", 1)), "attribute 'transB': expected it once, found it twice");
    assert_says(
        &dense(|graph| graph.node[1].attribute = vec![float("transB", 1.0)]),
        "expected INT, found FLOAT",
    );
    assert_says(&dense(|graph| graph.node[1].attribute = vec![int("transB", 2)]), "transB: expected 0 or 1");
    assert_says(
        &dense(|graph| graph.node[1].attribute = vec![float("alpha", f32::NAN)]),
        "alpha: expected a finite",
    );
    assert_says(&gemm(int("transA", 1)), "transA: expected 0, found 1");
    let subgraph =
        AttributeProto { name: "then_branch".into(), r#type: AttributeType::Graph as i32, ..int("", 0) };
    assert_says(&dense(|graph| graph.node[2].attribute.push(subgraph)), "attributes: expected none");
    assert_says(&dense(|graph| graph.node[0].attribute = vec![int("axis", 2)]), "axis: expected 1, found 2");
    assert_says(&dense(|graph| graph.node[4].attribute = vec![int("axis", 0)]), "axis: expected -1");
}

#[test]
fn the_matrices_of_gemm_and_mat_mul_fit() {
    let shape = |index: usize, dims: Vec<i64>| dense(|graph| graph.initializer[index].dims = dims);
    assert_says(&shape(0, vec![105, 6]), "node 'fc1' (Gemm): weight: expected 105 inputs, found 6");
    assert_says(&shape(0, vec![630]), "weight: expected 2 axes, found [630]");
    assert_says(&shape(1, vec![2, 3]), "bias: expected a constant [6], found [2, 3]");
    assert_says(&dense(|graph| graph.node[1].input.truncate(1)), "inputs: expected 2 or 3, found 1");
    assert_says(&dense(|graph| graph.node[1].input[0] = "image".into()), "input: expected 2 axes");
    assert_says(&dense(|graph| graph.node[1].input[0] = "fc2.weight".into()), "input: expected [1, values]");
    let half = spoiled_graph(half_precision_model(), |graph| graph.node[2].input[1] = "fc1.weight".into());
    assert_says(&half, "weight type: expected f32, found f16");
    let product = spoiled_graph(half_precision_model(), |graph| graph.initializer[1].dims = vec![4, 6]);
    assert_says(&product, "node 'fc2.product' (MatMul): weight: expected 6 inputs, found 4");
    let sum = spoiled_graph(half_precision_model(), |graph| graph.initializer[2].dims = vec![2, 2]);
    assert_says(&sum, "node 'fc2' (Add): shapes: expected two that broadcast");
    let cast = spoiled_graph(half_precision_model(), |graph| graph.node[4].attribute = vec![int("to", 7)]);
    assert_says(&cast, "to: type: expected FLOAT, FLOAT16, INT8 or UINT8, found INT64");
}

#[test]
fn the_windows_of_conv_and_max_pool_fit() {
    assert_says(
        &window(0, vec![ints("kernel_shape", &[2, 3])]),
        "kernel_shape: expected [3, 2], the weight's",
    );
    assert_says(&window(0, vec![ints("strides", &[0, 1])]), "strides: expected positive numbers");
    assert_says(&window(0, vec![ints("strides", &[-1, 1])]), "strides: expected 2 numbers from 0 to 65535");
    assert_says(&window(0, vec![ints("strides", &[1])]), "strides: expected 2 numbers");
    assert_says(&window(0, vec![ints("pads", &[3, 0, 0, 0])]), "pads: expected under the kernel's 3");
    assert_says(&window(0, vec![ints("dilations", &[2, 2])]), "dilations: expected [1, 1]");
    let group = "group: expected a number that divides 3 and 2 channels, found";
    assert_says(&window(0, vec![int("group", 3)]), &format!("{group} 3"));
    assert_says(&window(2, vec![]), "kernel_shape: expected 2 numbers, found none");
    assert_says(&window(2, vec![ints("kernel_shape", &[0, 2])]), "kernel_shape: expected positive numbers");
    assert_says(&window(2, vec![ints("kernel_shape", &[8, 2])]), "kernel_shape: expected at most 7");
    assert_says(
        &window(2, vec![ints("kernel_shape", &[2, 2]), int("ceil_mode", 1)]),
        "ceil_mode: expected 0",
    );
    let averaged = |attribute: AttributeProto| {
        spoiled_graph(convolutional_model(), |graph| {
            graph.node[2].op_type = "AveragePool".into();
            graph.node[2].attribute.push(attribute);
        })
    };
    assert_says(&averaged(ints("pads", &[1, 0, 0, 0])), "pads: expected zeros, found [1, 0, 0, 0]");
    assert_says(&averaged(int("count_include_pad", 1)), "count_include_pad: expected 0, found 1");
    let same =
        AttributeProto { name: "auto_pad".into(), r#type: 3, s: b"SAME_UPPER".into(), ..Default::default() };
    assert_says(&window(0, vec![same]), "auto_pad: expected NOTSET, found SAME_UPPER");
    let channels = spoiled_graph(convolutional_model(), |graph| graph.initializer[0].dims = vec![3, 2, 3, 2]);
    assert_says(&channels, "weight: expected 3 input channels, found 2");
    let bias = spoiled_graph(convolutional_model(), |graph| graph.node[0].input[2] = "fc1.bias".into());
    assert_says(&bias, "bias: expected a constant [2], found [4]");
}

//! Sound models that ask for too much memory or time.

use models::contract::METADATA_KEY;

use super::spoiled::{assert_says, dense, spoiled_graph};
use crate::model::onnx_protobuf::tensor_shape_proto::dimension;
use crate::model::onnx_protobuf::type_proto::Value;
use crate::test_models::{convolutional_model, ints, node, tensor};

#[test]
fn small_weights_cannot_ask_for_gigabytes() {
    let outer_sum = dense(|graph| {
        graph.initializer.push(tensor("row", &[1, 1 << 14], &[0.0; 1 << 14]));
        graph.initializer.push(tensor("column", &[1 << 14, 1], &[0.0; 1 << 14]));
        graph.node.insert(0, node("Add", "sum", &["row", "column"], vec![]));
    });
    assert_says(&outer_sum, "shape: expected 1 to 67108864 values, found [16384, 16384]");
    let many = dense(|graph| {
        graph.initializer.push(tensor("row", &[1, 1 << 13], &[0.0; 1 << 13]));
        graph.initializer.push(tensor("column", &[1 << 13, 1], &[0.0; 1 << 13]));
        for index in 0..3 {
            graph.node.insert(0, node("Add", &format!("sum{index}"), &["row", "column"], vec![]));
        }
    });
    assert_says(&many, "values in all tensors: expected at most 134217728, found more");
}

/// tract's optimiser would take minutes over them.
#[test]
fn a_chain_of_thousands_of_nodes_is_refused() {
    let message = dense(|graph| {
        let last = graph.node.pop().unwrap();
        let mut from = last.input[0].clone();
        for number in 0..1000 {
            let to = format!("longer{number}");
            graph.node.push(node("Relu", &to, &[&from], vec![]));
            from = to;
        }
        graph.node.push(last);
    });
    assert_says(&message, "nodes: expected at most 512, found 10");
}

/// Every shape is small, and it would run for minutes all the same.
#[test]
fn a_network_that_would_take_minutes_is_refused() {
    let side = 1024usize;
    let mut model = convolutional_model();
    let contract =
        &mut model.metadata_props.iter_mut().find(|entry| entry.key == METADATA_KEY).unwrap().value;
    let mut parsed = models::ModelContract::from_json(contract).unwrap();
    (parsed.input.height, parsed.input.width) = (side, side);
    *contract = parsed.to_json();
    let message = spoiled_graph(model, |graph| {
        let Some(Value::TensorType(tensor)) = graph.input[0].r#type.as_mut().unwrap().value.as_mut() else {
            panic!()
        };
        for dimension in &mut tensor.shape.as_mut().unwrap().dim[2..] {
            dimension.value = Some(dimension::Value::DimValue(side as i64));
        }
        let pool = graph.node.iter_mut().find(|node| node.op_type == "MaxPool").unwrap();
        pool.attribute = vec![ints("kernel_shape", &[512, 512]), ints("strides", &[1, 1])];
    });
    assert_says(&message, "multiplications and comparisons: expected at most");
}

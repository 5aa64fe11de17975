//! What can be wrong with groups, and with values that are read twice and added.

use super::spoiled::{assert_says, spoiled_graph};
use crate::Classifier;
use crate::model::onnx_protobuf::{GraphProto, NodeProto};
use crate::test_models::{byte_tensor, bytes, int, integer_model, ints, node, residual_model, tensor};

/// The residual model with a spoiled graph.
fn residual(spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled_graph(residual_model(), spoil)
}

fn node_called<'graph>(graph: &'graph mut GraphProto, name: &str) -> &'graph mut NodeProto {
    graph.node.iter_mut().find(|node| node.name == name).unwrap()
}

/// Sets the number of groups of a convolution of the model.
fn with_groups(name: &str, groups: i64) -> String {
    residual(|graph| *node_called(graph, name).attribute.last_mut().unwrap() = int("group", groups))
}

#[test]
fn groups_divide_the_channels_and_are_those_of_the_weight() {
    let part = "node 'conv1' (Conv): group: expected a number that divides 3 and 6 channels, found";
    for groups in [0, -1, -3, 2, 4, 6, i64::MAX, i64::MIN] {
        assert_says(&with_groups("conv1", groups), &format!("{part} {groups}"));
    }
    assert_says(&with_groups("conv1", 1), "node 'conv1' (Conv): weight: expected 3 input channels, found 1");
    assert_says(&with_groups("conv2", 3), "weight: expected 2 input channels a group, found 1");
    assert_says(&with_groups("conv3", 3), "weight: expected 1 input channels a group, found 3");
    let twice = residual(|graph| node_called(graph, "conv1").attribute.push(int("group", 3)));
    assert_says(&twice, "attribute 'group': expected it once, found it twice");
    let many =
        residual(|graph| *node_called(graph, "conv1").attribute.last_mut().unwrap() = ints("group", &[3]));
    assert_says(&many, "attribute 'group': expected INT, found INTS");
}

#[test]
fn groups_of_bytes_are_checked_as_those_of_floats() {
    let with = |groups, weight: &[usize]| {
        spoiled_graph(integer_model(), |graph| {
            node_called(graph, "conv1.sums").attribute.push(int("group", groups));
            let values = vec![7; weight.iter().product()];
            let stored = graph.initializer.iter_mut().find(|tensor| tensor.name == "conv1.weight").unwrap();
            *stored = byte_tensor("conv1.weight", weight, values);
        })
    };
    assert_says(
        &with(2, &[2, 3, 3, 2]),
        "(ConvInteger): group: expected a number that divides 3 and 2 channels",
    );
    assert_says(&with(3, &[3, 3, 3, 2]), "(ConvInteger): weight: expected 1 input channels a group, found 3");
}

#[test]
fn a_sum_is_of_two_values_of_one_shape() {
    let part = "node 'add1' (Add): shapes: expected two that are equal, or a constant's in a value's, found";
    let image = residual(|graph| node_called(graph, "add1").input[1] = "image".into());
    assert_says(
        &image,
        "node 'add1' (Add): shapes: expected two that broadcast, found [1, 6, 7, 5] and [1, 3, 7, 5]",
    );
    let smaller = residual(|graph| {
        let conv3 = node_called(graph, "conv3");
        conv3.attribute = vec![ints("kernel_shape", &[7, 5])];
        *graph.initializer.iter_mut().find(|tensor| tensor.name == "conv3.weight").unwrap() =
            tensor("conv3.weight", &[6, 3, 7, 5], &[0.5; 630]);
    });
    assert_says(&smaller, &format!("{part} [1, 6, 7, 5] and [1, 6, 1, 1]"));
    let larger = residual(|graph| {
        graph.initializer.push(tensor("wide", &[9, 6, 7, 5], &[0.5; 1890]));
        node_called(graph, "add1").input[1] = "wide".into();
    });
    assert_says(&larger, &format!("{part} [1, 6, 7, 5] and [9, 6, 7, 5]"));
    let alone = residual(|graph| node_called(graph, "add1").input.truncate(1));
    assert_says(&alone, "node 'add1' (Add): inputs: expected 2, found 1");
    let three = residual(|graph| node_called(graph, "add1").input.push("conv2".into()));
    assert_says(&three, "node 'add1' (Add): inputs: expected 2, found 3");
    let attribute = residual(|graph| node_called(graph, "add1").attribute.push(int("axis", 1)));
    assert_says(&attribute, "node 'add1' (Add): attributes: expected none");
}

#[test]
fn a_sum_of_a_value_and_a_constant_of_its_shape_passes() {
    let mut model = residual_model();
    let graph = model.graph.as_mut().unwrap();
    graph.initializer.push(tensor("shift", &[6, 1, 1], &[0.5; 6]));
    node_called(graph, "add1").input[1] = "shift".into();
    Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap();
}

#[test]
fn the_branches_of_a_block_hang_together() {
    let dangling = residual(|graph| node_called(graph, "add1").input[0] = "nowhere".into());
    assert_says(&dangling, "node 'add1' (Add): input 'nowhere': expected a value made before it is used");
    let empty = residual(|graph| node_called(graph, "add1").input[0].clear());
    assert_says(&empty, "node 'add1' (Add): input ''");
    let cycle = residual(|graph| node_called(graph, "conv1").input[0] = "relu1".into());
    assert_says(&cycle, "node 'conv1' (Conv): input 'relu1': expected a value made before it is used");
    let itself = residual(|graph| node_called(graph, "add1").input[1] = "add1".into());
    assert_says(
        &itself,
        "input 'add1': expected a value made before it is used, found one that only a later node",
    );
    let twice = residual(|graph| node_called(graph, "conv3").output[0] = "conv2".into());
    assert_says(&twice, "output 'conv2': expected one node that makes it, found several");
    let as_image = residual(|graph| node_called(graph, "conv3").output[0] = "image".into());
    assert_says(&as_image, "output 'image': expected one node that makes it, found several");
    let weightless = residual(|graph| graph.initializer.retain(|tensor| tensor.name != "conv2.weight"));
    assert_says(
        &weightless,
        "node 'conv2' (Conv): input 'conv2.weight': expected a value made before it is used",
    );
    let computed = residual(|graph| node_called(graph, "conv3").input[1] = "conv1".into());
    assert_says(&computed, "node 'conv3' (Conv): weight: expected a constant, and an input that is none");
}

/// Each sum is small; together they would fill the memory of a board, since each may be read until the end.
#[test]
fn values_that_wait_for_their_sum_are_counted() {
    let message = residual(|graph| {
        let end = graph.node.split_off(3);
        graph.initializer.push(tensor("wide", &[1 << 14, 3, 1, 1], &[0.0; 3 << 14]));
        let wide = |index| node("Conv", &format!("wide{index}"), &["image", "wide"], vec![]);
        graph.node.extend((0..400).map(wide));
        graph.node.extend(end);
    });
    assert_says(&message, "values in all tensors: expected at most 134217728");
}

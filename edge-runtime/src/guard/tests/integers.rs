//! What can be wrong with a network in eight bits.

use crate::model::onnx_protobuf::tensor_shape_proto::dimension;
use crate::model::onnx_protobuf::type_proto::Value;
use crate::model::onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::spoiled::{assert_says, message, spoiled_graph};
use crate::test_models::{byte_tensor, int, integer_model, node, tensor};

/// The model in eight bits with a spoiled graph.
fn integer(spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled_graph(integer_model(), spoil)
}

fn node_called<'graph>(graph: &'graph mut GraphProto, name: &str) -> &'graph mut NodeProto {
    graph.node.iter_mut().find(|node| node.name == name).unwrap()
}

fn tensor_called<'graph>(graph: &'graph mut GraphProto, name: &str) -> &'graph mut TensorProto {
    graph.initializer.iter_mut().find(|tensor| tensor.name == name).unwrap()
}

#[test]
fn scales_are_positive_constants_of_the_right_shape() {
    let scale = |value: f32| {
        integer(|graph| tensor_called(graph, "pixel.scale").raw_data = value.to_le_bytes().to_vec().into())
    };
    for value in [0.0, -1.0] {
        assert_says(&scale(value), "node 'pixels' (QuantizeLinear): scale: expected a constant over 0");
    }
    let two = integer(|graph| *tensor_called(graph, "pixel.scale") = tensor("pixel.scale", &[2], &[1.0; 2]));
    assert_says(&two, "scale: expected one value, [], found [2]");
    let computed = integer(|graph| {
        graph.node.swap(5, 6);
        node_called(graph, "fc1.input").input[0] = "conv1".into();
        let further = ["conv1", "fc1.input_scale", "pixel.zero_point"];
        graph.node.insert(6, node("QuantizeLinear", "again", &further, vec![]));
    });
    assert_says(&computed, "node 'again' (QuantizeLinear): scale: expected a constant over 0");
    let short = integer(|graph| *tensor_called(graph, "fc2.scale") = tensor("fc2.scale", &[3], &[1.0; 3]));
    assert_says(&short, "node 'fc2.f32' (DequantizeLinear): scale: expected [4] numbers over 0, found [3]");
    let negative =
        integer(|graph| *tensor_called(graph, "fc2.scale") = tensor("fc2.scale", &[4], &[-1.0; 4]));
    assert_says(&negative, "scale: expected [4] numbers over 0");
    let axis = integer(|graph| node_called(graph, "fc2.f32").attribute = vec![int("axis", 1)]);
    assert_says(&axis, "axis: expected 0, that of the outputs, found 1");
}

#[test]
fn zero_points_are_single_bytes_and_those_of_weights_constants() {
    let zero_point = |shape: &'static [usize]| {
        integer(|graph| {
            *tensor_called(graph, "weight.zero_point") =
                byte_tensor("weight.zero_point", shape, vec![128; shape.iter().product()]);
        })
    };
    assert_says(
        &zero_point(&[2]),
        "node 'conv1.sums' (ConvInteger): weight's zero point: expected one value",
    );
    let signed = integer(|graph| tensor_called(graph, "weight.zero_point").data_type = 3);
    assert_says(&signed, "weight's zero point type: expected uint8, found int8");
    let computed = integer(|graph| node_called(graph, "fc1.sums").input[3] = "fc1.zero_point".into());
    assert_says(&computed, "node 'fc1.sums' (MatMulInteger): weight's zero point: expected a constant");
    let omitted = integer(|graph| node_called(graph, "fc1.sums").input.truncate(2));
    assert_says(&omitted, "inputs: expected 4, found 2");
}

#[test]
fn integers_are_summed_and_cast_and_nothing_else() {
    let weight = integer(|graph| tensor_called(graph, "fc1.weight").data_type = 3);
    assert_says(&weight, "node 'fc1.sums' (MatMulInteger): weight type: expected uint8, found int8");
    let rectified = integer(|graph| node_called(graph, "relu1").input[0] = "fc1.sums".into());
    assert_says(&rectified, "node 'relu1' (Relu): input type: expected f32 or f16, found int32");
    let scaled = integer(|graph| node_called(graph, "fc1.rescaled").input[0] = "fc1.sums".into());
    assert_says(&scaled, "first input type: expected f32 or f16, found int32");
    let cast = integer(|graph| node_called(graph, "fc1.f32").attribute = vec![int("to", 3)]);
    assert_says(&cast, "to: type: expected FLOAT or FLOAT16, found int8");
    let constant = integer(|graph| node_called(graph, "fc1.input").input[0] = "fc1.bias".into());
    assert_says(&constant, "input: expected a value that depends on the image, found a constant");
    let quantised_twice = integer(|graph| node_called(graph, "fc1.input").input[0] = "pixels".into());
    assert_says(
        &quantised_twice,
        "node 'fc1.input' (DynamicQuantizeLinear): input type: expected f32, found uint8",
    );
    let one = integer(|graph| node_called(graph, "fc1.input").output.truncate(1));
    assert_says(&one, "node 'fc1.input' (DynamicQuantizeLinear): expected 3 outputs, found 1");
    let again = integer(|graph| node_called(graph, "fc1.input").output[1] = "conv1".into());
    assert_says(&again, "output 'conv1': expected one node that makes it, found several");
    let typed = integer(|graph| tensor_called(graph, "fc1.weight").int32_data = vec![1]);
    assert_says(&typed, "found values of another type");
}

/// 255 · 255 · 33,026 is over 2³¹.
#[test]
fn integer_sums_that_could_overflow_are_refused() {
    let mut model = integer_model();
    let contract = &mut model.metadata_props[0].value;
    let mut parsed = models::ModelContract::from_json(contract).unwrap();
    (parsed.input.height, parsed.input.width) = (3, 4096);
    *contract = parsed.to_json();
    let graph = model.graph.as_mut().unwrap();
    let Some(Value::TensorType(declared)) = graph.input[0].r#type.as_mut().unwrap().value.as_mut() else {
        panic!()
    };
    let sides = &mut declared.shape.as_mut().unwrap().dim;
    sides[2].value = Some(dimension::Value::DimValue(3));
    sides[3].value = Some(dimension::Value::DimValue(4096));
    graph.node.drain(..5);
    node_called(graph, "flatten").input[0] = "image".into();
    *tensor_called(graph, "fc1.weight") = byte_tensor("fc1.weight", &[36_864, 6], vec![255; 36_864 * 6]);
    assert_says(&message(&model), "weight: expected at most 33025 products in a sum, found 36864");
}

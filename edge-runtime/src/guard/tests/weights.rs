//! What can be wrong with a weight.

use super::spoiled::{assert_says, dense, spoiled_graph};
use crate::Classifier;
use crate::model::onnx_protobuf::{GraphProto, Refused, StringStringEntryProto, TensorProto, tensor_proto};
use crate::test_models::{bytes, dense_model, half_precision_model, tensor};

#[test]
fn weights_have_as_many_bytes_as_their_shape_needs() {
    let part = "initializer 'fc1.bias': data: expected 24 bytes for [6], found 20";
    assert_says(&dense(|graph| graph.initializer[1].raw_data.truncate(20)), part);
    assert_says(&dense(|graph| graph.initializer[1].raw_data.clear()), "found 0");
    assert_says(&dense(|graph| graph.initializer[1].dims = vec![i64::MAX, i64::MAX]), "values, found [9223");
    assert_says(&dense(|graph| graph.initializer[1].dims = vec![-6]), "expected positive sides, found [-6]");
    assert_says(&dense(|graph| graph.initializer[1].dims = vec![0]), "found [0]");
    assert_says(
        &dense(|graph| graph.initializer[1].dims = vec![1; 99]),
        "number of axes: expected at most 4",
    );
    let typed = |graph: &mut GraphProto, count| {
        graph.initializer[1].raw_data.clear();
        graph.initializer[1].float_data = vec![0.5; count];
    };
    assert_says(&dense(|graph| typed(graph, 5)), "values: expected 6, found 5");
    assert_says(
        &dense(|graph| graph.initializer[1].float_data = vec![0.5; 6]),
        "values in one field, found in two",
    );
    assert_says(&dense(|graph| graph.initializer[1].int64_data = vec![1]), "found values of another type");
    let mut model = dense_model();
    typed(model.graph.as_mut().unwrap(), 6);
    Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap();
}

#[test]
fn weights_are_finite_numbers_in_this_file() {
    let nan = f32::NAN.to_le_bytes();
    let with = |tensor: &mut TensorProto, at: usize, value: &[u8]| {
        let raw = &tensor.raw_data;
        tensor.raw_data = [&raw[..at], value, &raw[at + value.len()..]].concat().into();
    };
    let message = dense(|graph| with(&mut graph.initializer[1], 8, &nan));
    assert_says(&message, "initializer 'fc1.bias': value 2: expected a finite number, found NaN or infinity");
    let half = spoiled_graph(half_precision_model(), |graph| with(&mut graph.initializer[2], 1, &[0x7c]));
    assert_says(&half, "value 0: expected a finite number");
    let outside = Some(tensor_proto::DataLocation::External as i32);
    assert_says(&dense(|graph| graph.initializer[1].data_location = outside), "expected bytes in this file");
    let location = StringStringEntryProto { key: "location".into(), value: "/etc/passwd".into() };
    assert_says(
        &dense(|graph| graph.initializer[1].external_data.push(location)),
        "expected bytes in this file",
    );
    let segment = Refused {};
    assert_says(&dense(|graph| graph.initializer[1].segment = Some(segment)), "expected a whole tensor");
    assert_says(
        &dense(|graph| graph.initializer[1].data_type = 7),
        "expected FLOAT, FLOAT16, INT8 or UINT8, found INT64",
    );
    assert_says(&dense(|graph| graph.initializer[1].data_type = 77), "found number 77");
}

#[test]
fn weights_have_names_of_their_own() {
    assert_says(
        &dense(|graph| graph.initializer[1].name = "fc1.weight".into()),
        "expected a name of its own",
    );
    assert_says(
        &dense(|graph| graph.initializer.push(tensor("", &[1], &[0.0]))),
        "expected a name, found none",
    );
}

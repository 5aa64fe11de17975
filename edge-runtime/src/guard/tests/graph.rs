//! What can be wrong with the names that hold a graph together, and with its two ends.

use super::spoiled::{assert_says, dense, message, spoiled};
use crate::Classifier;
use crate::model::onnx_protobuf::tensor_shape_proto::Dimension;
use crate::model::onnx_protobuf::tensor_shape_proto::dimension;
use crate::model::onnx_protobuf::type_proto::Value;
use crate::model::onnx_protobuf::{ModelProto, ValueInfoProto, tensor_proto};
use crate::test_models::{bytes, dense_model};

#[test]
fn other_batch_declarations_pass_and_a_batch_of_two_does_not() {
    fn shape(value: &mut ValueInfoProto) -> &mut Vec<Dimension> {
        let Some(Value::TensorType(tensor)) = value.r#type.as_mut().unwrap().value.as_mut() else { panic!() };
        &mut tensor.shape.as_mut().unwrap().dim
    }
    use dimension::Value::{DimParam, DimValue};
    for batch in
        [None, Some(DimValue(1)), Some(DimParam("N".into())), Some(DimParam("((((batch-size".into()))]
    {
        Classifier::from_bytes("test.onnx", &bytes(&with_batch_of(batch))).unwrap();
    }
    assert_says(&message(&with_batch_of(Some(DimValue(2)))), "expected [batch, 3, 7, 5], found [2, 3, 7, 5]");

    fn with_batch_of(value: Option<dimension::Value>) -> ModelProto {
        let mut model = dense_model();
        let graph = model.graph.as_mut().unwrap();
        shape(&mut graph.input[0])[0].value = value.clone();
        shape(&mut graph.output[0])[0].value = value;
        model
    }
}

#[test]
fn unknown_operators_and_domains_are_named() {
    let message = dense(|graph| graph.node[2].op_type = "Loop".into());
    assert_says(&message, "node 'relu1': expected one of Add, AveragePool, Cast, Conv,");
    assert_says(&message, "found operator 'Loop'");
    assert_says(&dense(|graph| graph.node[2].domain = "com.example".into()), "operator 'com.example.Relu'");
}

#[test]
fn every_value_is_made_once_and_before_it_is_used() {
    assert_says(&dense(|graph| graph.node[2].input[0] = "nothing".into()), "found one that nothing makes");
    assert_says(&dense(|graph| graph.node.swap(1, 2)), "found one that only a later node makes");
    let cycle = dense(|graph| graph.node[1].input[0] = "relu1".into());
    assert_says(&cycle, "node 'fc1' (Gemm): input 'relu1'");
    assert_says(
        &dense(|graph| graph.node[2].output[0] = "fc1".into()),
        "output 'fc1': expected one node that makes",
    );
    assert_says(
        &dense(|graph| graph.node[2].output[0] = "fc2.bias".into()),
        "output 'fc2.bias': expected one node",
    );
    assert_says(&dense(|graph| graph.node[2].output.push("mask".into())), "expected one output, found 2");
    assert_says(&dense(|graph| graph.node[2].output.clear()), "expected one output, found 0");
    assert_says(&dense(|graph| graph.node[2].output[0].clear()), "expected a name for its output");
    assert_says(&dense(|graph| graph.node[2].input[0].clear()), "input ''");
    assert_says(&dense(|graph| graph.node[2].name = "fc1".into()), "expected a name of its own");
}

#[test]
fn an_output_that_nobody_produces_is_refused() {
    assert_says(&dense(|graph| graph.output[0].name = "nowhere".into()), "output 'nowhere': expected a node");
    assert_says(&dense(|graph| graph.output.clear()), "outputs: expected one, found 0");
    assert_says(&dense(|graph| graph.output[0].name = "fc2".into()), "expected the last node's Softmax");
    let logits = dense(|graph| {
        graph.node.pop();
        graph.output[0].name = "fc2".into();
    });
    assert_says(&logits, "expected the last node's Softmax, found Gemm");
}

#[test]
fn the_output_has_a_class_for_each_label() {
    let message = spoiled(dense_model(), |model| {
        let property = &mut model.metadata_props[0];
        property.value = property.value.replace("\"moth\"", "\"moth\",\"wasp\"");
    });
    assert_says(&message, "output shape: expected [1, 5] for the contract's 5 labels, found [1, 4]");
}

#[test]
fn the_input_is_one_image_of_the_contract() {
    let message = spoiled(dense_model(), |model| {
        let property = &mut model.metadata_props[0];
        property.value = property.value.replace("\"height\":7", "\"height\":9");
    });
    assert_says(&message, "input shape: expected [batch, 3, 9, 5], found [batch, 3, 7, 5]");
    let further = ValueInfoProto { name: "mask".into(), ..Default::default() };
    assert_says(&dense(|graph| graph.input.push(further)), "inputs: expected one image, found 2");
    assert_says(&dense(|graph| graph.input.clear()), "inputs: expected one image, found 0");
    assert_says(&dense(|graph| graph.input[0].r#type = None), "expected a tensor type");
    let wide = dense(|graph| {
        let Some(Value::TensorType(tensor)) = graph.input[0].r#type.as_mut().unwrap().value.as_mut() else {
            panic!()
        };
        tensor.elem_type = tensor_proto::DataType::Double as i32;
    });
    assert_says(&wide, "input: type: expected FLOAT, FLOAT16, INT8 or UINT8, found DOUBLE");
}

#[test]
fn weights_that_are_inputs_too_are_no_images() {
    let mut model = dense_model();
    let graph = model.graph.as_mut().unwrap();
    graph.input.push(ValueInfoProto { name: "fc1.bias".into(), ..Default::default() });
    Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap();
}

#[test]
fn names_from_the_file_stay_on_one_line() {
    let message = dense(|graph| {
        graph.node[2].name = "re\nlu\u{1b}[2J".into();
        graph.node[2].op_type = "Fancy\nOperator".into();
    });
    assert_says(&message, "node 're\\nlu\\u{1b}[2J'");
}

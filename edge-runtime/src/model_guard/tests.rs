//! One valid model, one thing spoiled a test; what the guard says, and that tract never sees it.

use crate::onnx_protobuf::attribute_proto::AttributeType;
use crate::onnx_protobuf::tensor_shape_proto::{Dimension, dimension};
use crate::onnx_protobuf::type_proto::Value;
use crate::onnx_protobuf::{
    AttributeProto, GraphProto, ModelProto, OperatorSetIdProto, Refused, StringStringEntryProto, TensorProto,
    ValueInfoProto, tensor_proto,
};
use models::contract::METADATA_KEY;
use prost::bytes::Bytes;

mod integers;

use super::check;
use crate::Classifier;
use crate::test_models::{
    bytes, convolutional_model, dense_model, float, half_precision_model, int, integer_model, ints, node,
    student_model, tensor,
};

fn message(model: &ModelProto) -> String {
    check(bytes(model).into()).expect_err("the spoiled model passed").to_string()
}

fn spoiled(mut model: ModelProto, spoil: impl FnOnce(&mut ModelProto)) -> String {
    spoil(&mut model);
    message(&model)
}

fn spoiled_graph(model: ModelProto, spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled(model, |model| spoil(model.graph.as_mut().unwrap()))
}

/// The dense model with a spoiled graph.
fn dense(spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled_graph(dense_model(), spoil)
}

/// The convolutional model with other attributes at its node `index`.
fn window(index: usize, attribute: Vec<AttributeProto>) -> String {
    spoiled_graph(convolutional_model(), |graph| graph.node[index].attribute = attribute)
}

fn assert_says(message: &str, part: &str) {
    assert!(message.contains(part) && !message.contains('\n'), "'{message}' does not say '{part}'");
}

#[test]
fn sound_models_pass() {
    for model in
        [dense_model(), convolutional_model(), half_precision_model(), integer_model(), student_model()]
    {
        check(bytes(&model).into()).unwrap();
    }
}

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
fn files_that_are_no_onnx_are_told_from_models() {
    assert_says(&check(Bytes::new()).unwrap_err().to_string(), "found an empty file");
    for bytes in [&b"hello, world"[..], b"\x89PNG\r\n\x1a\n", &[0xff; 100], &[0; 64]] {
        assert_says(&check(Bytes::copy_from_slice(bytes)).unwrap_err().to_string(), "expected an ONNX model");
    }
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    let whole = bytes(&dense_model());
    for length in 0..whole.len() {
        assert!(Classifier::from_bytes("cut.onnx", &whole[..length]).is_err(), "{length} of {}", whole.len());
    }
}

#[test]
fn a_flipped_bit_anywhere_never_panics_nor_needs_the_second_net() {
    for model in [dense_model(), convolutional_model(), half_precision_model(), integer_model()] {
        let whole = bytes(&model);
        for position in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[position] ^= 1 << (position % 8);
            let outcome = Classifier::from_bytes("flipped.onnx", &flipped).map(|classifier| {
                let _ = classifier.probabilities(&vec![0.5; classifier.contract().input.values()]);
            });
            if let Err(error) = outcome {
                assert!(
                    !error.to_string().contains("tract cannot run it: panic"),
                    "byte {position}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_model_without_a_contract_was_not_written_by_exporter() {
    let message = spoiled(dense_model(), |model| model.metadata_props.clear());
    assert_says(&message, "'imago.contract': expected the model contract, found none");
    assert_says(&message, "not written by `exporter`");
}

#[test]
fn a_contract_must_be_there_once_and_of_this_version() {
    let twice = spoiled(dense_model(), |model| {
        let value = model.metadata_props[0].value.clone();
        model.metadata_props.push(StringStringEntryProto { key: METADATA_KEY.into(), value });
    });
    assert_says(&twice, "expected one model contract, found 2");
    let newer = spoiled(dense_model(), |model| {
        let property = &mut model.metadata_props[0];
        property.value = property.value.replace("\"version\":1", "\"version\":2");
    });
    assert_says(&newer, "expected version 1, found 2");
    assert_says(&spoiled(dense_model(), |model| model.metadata_props[0].value.clear()), "model contract");
}

#[test]
fn versions_out_of_range_are_refused() {
    assert_says(
        &spoiled(dense_model(), |model| model.ir_version = 99),
        "ONNX format version: expected 4 to 10",
    );
    assert_says(
        &spoiled(dense_model(), |model| model.opset_import[0].version = 12),
        "expected 13 to 21, found 12",
    );
    assert_says(
        &spoiled(dense_model(), |model| model.opset_import.clear()),
        "operator sets: expected one, found 0",
    );
    let further = OperatorSetIdProto { domain: "com.microsoft".into(), version: 1 };
    let message = spoiled(dense_model(), |model| model.opset_import.push(further.clone()));
    assert_says(&message, "operator sets: expected one, found 2");
    assert_says(&spoiled(dense_model(), |model| model.opset_import = vec![further]), "the default domain");
}

#[test]
fn what_the_board_does_not_run_must_be_absent() {
    let function = Refused {};
    assert_says(
        &spoiled(dense_model(), |model| model.functions.push(function)),
        "model functions: expected none",
    );
    let training = Refused {};
    assert_says(&spoiled(dense_model(), |model| model.training_info.push(training)), "training information");
    let sparse = Refused {};
    assert_says(&dense(|graph| graph.sparse_initializer.push(sparse)), "sparse initializers: expected none");
    let annotation = Refused {};
    assert_says(&dense(|graph| graph.quantization_annotation.push(annotation)), "quantization annotations");
    assert_says(&spoiled(dense_model(), |model| model.graph = None), "graph: expected one, found none");
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
    assert_says(&window(0, vec![int("group", 3)]), "group: expected 1, found 3");
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

#[test]
fn names_from_the_file_stay_on_one_line() {
    let message = dense(|graph| {
        graph.node[2].name = "re\nlu\u{1b}[2J".into();
        graph.node[2].op_type = "Fancy\nOperator".into();
    });
    assert_says(&message, "node 're\\nlu\\u{1b}[2J'");
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

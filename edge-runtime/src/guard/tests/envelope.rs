//! What can be wrong with a file as a whole and with the frame around its graph.

use models::contract::METADATA_KEY;
use prost::bytes::Bytes;

use super::spoiled::{assert_says, dense, spoiled};
use crate::Classifier;
use crate::guard::check;
use crate::model::onnx_protobuf::{OperatorSetIdProto, Refused, StringStringEntryProto};
use crate::test_models::{
    bytes, convolutional_model, dense_model, half_precision_model, integer_model, student_model,
};

#[test]
fn sound_models_pass() {
    for model in
        [dense_model(), convolutional_model(), half_precision_model(), integer_model(), student_model()]
    {
        check(bytes(&model).into()).unwrap();
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
        property.value = property.value.replace("\"version\":2", "\"version\":3");
    });
    assert_says(&newer, "expected version 1 or 2, found 3");
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

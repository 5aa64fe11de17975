//! What is written, and what is not.

use models::{ModelContract, Network, Provenance};

use super::*;

const PRECISIONS: [Precision<'static>; 4] =
    [Precision::F32, Precision::F16, Precision::Int8, Precision::Int8Weights];

fn weights(seed: usize) -> Weights {
    let network = Network::student(&[7, 5]);
    let value = |index: usize| ((index * 7919 + seed * 104_729) % 1000) as f32 / 1000.0 - 0.5;
    let values = (0..network.parameter_count()).map(value).collect();
    Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None }
}

fn bytes(weights: &Weights, precision: Precision<'_>) -> Vec<u8> {
    Export::new(weights, precision).unwrap().to_bytes()
}

/// Writes bytes made from other weights through the gate of `weights(1)`, over an earlier file, and answers with the
/// message; nothing has changed.
fn refusal(bytes: &[u8], precision: Precision<'_>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("student.onnx");
    std::fs::write(&path, "earlier").unwrap();
    let weights = weights(1);
    let error = Export::new(&weights, precision).unwrap().write_bytes(bytes, &path).unwrap_err().to_string();
    assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(error.contains("student.onnx: not written: "), "{error}");
    error
}

#[test]
fn a_file_that_agrees_gets_its_name_in_every_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("student.onnx");
    let weights = weights(1);
    let pixels = golden::digits(&weights.contract).into_iter().map(|image| image.pixels);
    let images: Vec<_> = pixels
        .map(|pixels| models::picture::preprocessing::from_bytes(&pixels, &weights.contract.input))
        .collect();
    for precision in PRECISIONS.into_iter().chain([Precision::Int8Calibrated(&images)]) {
        let export = Export::new(&weights, precision).unwrap();
        let exported = export.images(&images).write(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap().len(), exported.bytes);
        assert_eq!((exported.agreement.golden, exported.agreement.images), (10, 10));
        let int8 = exported.encoding.precision() == "int8";
        assert_eq!(exported.agreement.candle_onnx_difference.is_none(), int8);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_file_of_other_weights_is_not_left_behind() {
    for precision in PRECISIONS {
        let message = refusal(&bytes(&weights(2), precision), precision);
        assert!(message.contains("not written: weights: expected those of SHA-256"), "{message}");
    }
}

/// The mistake that the gate is there for: the graph divides the logits by the training temperature. The record still
/// names the right weights, and the golden vectors are gone, so that the numbers alone can tell.
#[test]
fn a_graph_with_a_temperature_in_it_is_not_left_behind() {
    for precision in PRECISIONS {
        let mut softened = weights(1);
        let last_layer = 5 * 10 + 10;
        let start = softened.values.len() - last_layer;
        softened.values[start..].iter_mut().for_each(|value| *value /= 4.0);
        let plan = EncodingPlan::new(&softened, precision).unwrap();
        let model = onnx::onnx_model(&softened, &plan, weights(1).sha256(), None);
        let message = refusal(&model.encode_to_vec(), precision);
        assert!(message.contains("the runtime disagrees with the trainer"), "{message}");
    }
}

#[test]
fn a_file_with_another_contract_is_not_left_behind() {
    let mut relabelled = weights(1);
    relabelled.contract.labels.swap(0, 1);
    let message = refusal(&bytes(&relabelled, Precision::F32), Precision::F32);
    assert!(message.contains("its contract is not the one of the weights"), "{message}");
}

#[test]
fn golden_vectors_that_the_file_does_not_reproduce_are_found() {
    let (right, wrong) = (weights(1), weights(2));
    let golden = golden::golden_vectors(&wrong, &golden::digits(&wrong.contract), 1e-5);
    for precision in PRECISIONS {
        let plan = EncodingPlan::new(&right, precision).unwrap();
        let model = onnx::onnx_model(&right, &plan, right.sha256(), golden.as_ref());
        let message = refusal(&model.encode_to_vec(), precision);
        assert!(message.contains("the runtime disagrees with the golden vectors"), "{message}");
    }
}

/// One bit anywhere in the data of any initializer.
#[test]
fn a_single_flipped_bit_in_the_weights_is_found_by_the_hash() {
    for precision in PRECISIONS {
        let whole = bytes(&weights(1), precision);
        let model = candle_onnx::onnx::ModelProto::decode(whole.as_slice()).unwrap();
        for tensor in 0..model.graph.as_ref().unwrap().initializer.len() {
            let mut flipped = model.clone();
            let initializer = &mut flipped.graph.as_mut().unwrap().initializer[tensor];
            let (name, middle) = (initializer.name.clone(), initializer.raw_data.len() / 2);
            initializer.raw_data[middle] ^= 1;
            let message = refusal(&flipped.encode_to_vec(), precision);
            let by_hash = message.contains("weights: expected SHA-256");
            // The runtime refuses weights around another zero point than 128 before the hash is looked at.
            let by_zero_point = name.ends_with("zero_point") && message.contains("zero point");
            assert!(by_hash || by_zero_point, "{name}: {message}");
        }
        assert!(
            refusal(&model_without_record(&model), precision)
                .contains("expected the export record, found none")
        );
    }
}

fn model_without_record(model: &candle_onnx::onnx::ModelProto) -> Vec<u8> {
    let mut bare = model.clone();
    bare.metadata_props.retain(|property| property.key != models::model_file::export_record::METADATA_KEY);
    bare.encode_to_vec()
}

#[test]
fn the_same_weights_give_the_same_bytes() {
    for precision in PRECISIONS {
        assert_eq!(bytes(&weights(1), precision), bytes(&weights(1), precision));
        assert_ne!(bytes(&weights(1), precision), bytes(&weights(2), precision));
    }
}

#[test]
fn a_file_that_is_there_already_stays_where_it_was_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("student.onnx");
    std::fs::write(&path, "earlier").unwrap();
    let weights = weights(1);
    let export = Export::new(&weights, Precision::F32).unwrap().existing(Existing::Keep);
    let error = export.write(&path).unwrap_err().to_string();
    assert!(error.ends_with("student.onnx: there is a file already; --overwrite replaces it"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
    export.existing(Existing::Replace).write(&path).unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), b"earlier");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = export(&weights(1), Path::new("nowhere/at/all/student.onnx")).unwrap_err().to_string();
    assert!(error.starts_with("nowhere/at/all/student.onnx: cannot be written"), "{error}");
}

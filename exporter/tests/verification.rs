//! `exporter verify`: what it finds in files, and what it says of that which it could not check.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use candle_onnx::onnx::{GraphProto, ModelProto};
use models::model_file::export_record::{self, ExportRecord};
use models::model_file::golden_vectors;
use models::{ModelContract, contract};
use prost::Message;

mod workbench;
use workbench::{answer, message, run, saved, text, weights, write_set};

/// The message of a `verify` that refuses its file.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    message(run(&[&["verify"], arguments].concat()), folder)
}

#[test]
fn verify_repeats_the_gate_on_a_file_and_says_what_it_could_not_check() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(folder.path());
    write_set(folder.path(), 10);
    for precision in ["f32", "f16", "int8"] {
        let out = folder.path().join(format!("{precision}.onnx"));
        answer(&[text(&model), "--out", text(&out), "--precision", precision]);
        let alone = answer(&["verify", text(&out)]);
        assert!(alone.contains("10 vectors of 10 classes"), "{alone}");
        assert!(alone.contains("graph        it and the contract have the recorded SHA-256"), "{alone}");
        assert!(alone.contains("against      not checked: no weights: --against names them"), "{alone}");
        assert!(alone.contains("accuracy     not checked: no images: --data names them"), "{alone}");
        assert!(alone.ends_with("\nsound in what was checked; not checked: against, accuracy\n"), "{alone}");
        let all = ["verify", text(&out), "--against", text(&model), "--data", text(folder.path())];
        let all = answer(&all);
        assert!(all.contains("by tract") && all.contains("of 10 test images of"), "{all}");
        assert!(all.ends_with("\nsound\n") && !all.contains("not checked"), "{all}");
    }
}

#[test]
fn right_answers_are_counted_on_a_set_without_training_files() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    write_set(folder.path(), 10);
    answer(&[text(&model), "--out", text(&out)]);
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let counted = ["verify", text(&out), "--data", text(folder.path())];
    assert!(answer(&counted).contains("of 10 test images of"));
    // Against weights, validation images are compared, which are some of the training files'.
    let found = refused(folder.path(), &[&counted[1..], &["--against", text(&model)]].concat());
    assert!(found.contains("expected train-labels-idx1-ubyte or "), "{found}");
}

/// Exports the weights, and writes the file anew with a change.
fn changed(folder: &Path, change: impl FnOnce(&mut ModelProto)) -> std::path::PathBuf {
    let (model, out) = (saved(folder), folder.join("student.onnx"));
    answer(&[text(&model), "--out", text(&out), "--overwrite"]);
    let mut proto = ModelProto::decode(std::fs::read(&out).unwrap().as_slice()).unwrap();
    change(&mut proto);
    std::fs::write(&out, proto.encode_to_vec()).unwrap();
    out
}

fn property<'a>(model: &'a mut ModelProto, key: &str) -> &'a mut String {
    &mut model.metadata_props.iter_mut().find(|property| property.key == key).unwrap().value
}

/// Makes the file one of an earlier exporter, whose record says nothing of the graph.
fn as_version_one(model: &mut ModelProto) {
    let json = property(model, export_record::METADATA_KEY);
    let record = ExportRecord::from_json(json).unwrap();
    *json = ExportRecord { version: 1, answer_sha256: None, ..record }.to_json();
}

fn without_golden_vectors(model: &mut ModelProto) {
    model.metadata_props.retain(|property| property.key != golden_vectors::METADATA_KEY);
}

fn swap_labels(model: &mut ModelProto) {
    let json = property(model, contract::METADATA_KEY);
    let mut contract = ModelContract::from_json(json).unwrap();
    contract.labels.swap(3, 8);
    *json = contract.to_json();
}

/// A softmax of a softmax: nearly equal probabilities, whose order is that of the right ones.
fn soften_twice(graph: &mut GraphProto) {
    let mut second = graph.node.last().unwrap().clone();
    let first = graph.node.last_mut().unwrap();
    first.output = vec!["once".to_owned()];
    (second.name, second.input) = ("softmax2".to_owned(), first.output.clone());
    graph.node.push(second);
}

fn drop_the_activation(graph: &mut GraphProto) {
    let place = graph.node.iter().position(|node| node.op_type == "Relu").unwrap();
    let relu = graph.node.remove(place);
    graph.node[place].input[0] = relu.input[0].clone();
}

#[test]
fn labels_and_graph_are_under_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "student.onnx: graph or contract: expected SHA-256 ";
    let out = changed(folder.path(), swap_labels);
    assert!(refused(folder.path(), &[text(&out)]).contains(expected));
    let out = changed(folder.path(), |model| {
        without_golden_vectors(model);
        drop_the_activation(model.graph.as_mut().unwrap());
    });
    assert!(refused(folder.path(), &[text(&out)]).contains(expected));
    let out = changed(folder.path(), |model| model.opset_import[0].version = 18);
    assert!(refused(folder.path(), &[text(&out)]).contains(expected));
}

#[test]
fn a_second_softmax_is_found_where_nothing_else_tells() {
    let folder = tempfile::tempdir().unwrap();
    let out = changed(folder.path(), |model| {
        as_version_one(model);
        without_golden_vectors(model);
        soften_twice(model.graph.as_mut().unwrap());
    });
    let found = refused(folder.path(), &[text(&out)]);
    assert!(found.contains("student.onnx: graph: expected one Softmax, at the end, found 2"), "{found}");
}

#[test]
fn a_file_of_an_earlier_exporter_is_sound_in_less() {
    let folder = tempfile::tempdir().unwrap();
    let out = changed(folder.path(), |model| {
        as_version_one(model);
        without_golden_vectors(model);
    });
    let found = answer(&["verify", text(&out)]);
    assert!(found.contains("graph        not checked: written by an earlier exporter"), "{found}");
    assert!(found.contains("golden       not checked: no vectors in the file"), "{found}");
    let end = "\nsound in what was checked; not checked: graph, golden, against, accuracy\n";
    assert!(found.ends_with(end), "{found}");
    // Against its weights, what they say of labels is looked at.
    let relabelled = changed(folder.path(), |model| {
        as_version_one(model);
        swap_labels(model);
    });
    let against = ["--against", text(&folder.path().join("student.safetensors"))].map(str::to_owned);
    let found = refused(folder.path(), &[text(&relabelled), &against[0], &against[1]]);
    assert!(found.contains("its contract is not the one of the weights"), "{found}");
}

#[test]
fn verify_finds_a_changed_bit_other_weights_and_files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    answer(&[text(&model), "--out", text(&out)]);
    let verify = |options: &[&str]| refused(folder.path(), options);

    let mut other = weights();
    other.values[7] += 0.25;
    let others = folder.path().join("other.safetensors");
    other.save(&others).unwrap();
    let found = verify(&[text(&out), "--against", text(&others)]);
    assert!(found.contains("student.onnx: weights: expected those of SHA-256"), "{found}");

    let bytes = std::fs::read(&out).unwrap();
    let weight = weights().values[1234].to_le_bytes();
    let place = bytes.windows(4).position(|window| window == weight).unwrap();
    let mut flipped = bytes.clone();
    flipped[place] ^= 1;
    std::fs::write(&out, flipped).unwrap();
    let found = verify(&[text(&out)]);
    assert!(found.contains("student.onnx: weights: expected SHA-256"), "{found}");

    std::fs::write(&out, &bytes[..bytes.len() / 2]).unwrap();
    assert!(verify(&[text(&out)]).contains("student.onnx: expected an ONNX model"));
    assert!(verify(&["nowhere.onnx"]).contains("nowhere.onnx: cannot be read"));
}

//! The networks in `models/zoo/`: what they are, and that they know the sample pictures.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use edge_runtime::{Classifier, DEFAULT_MAX_PIXELS, Loader, read_picture};
use exporter::{Export, Precision};
use models::weights::Weights;
use models::{Network, network::STUDENT_HIDDEN_UNITS};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn zoo(name: &str) -> PathBuf {
    repository().join("models/zoo").join(name)
}

fn weights(name: &str) -> Weights {
    Weights::load(&zoo(name)).unwrap()
}

/// Each sample's path and the digit that it shows.
fn samples() -> Vec<(PathBuf, String)> {
    let folder = repository().join("samples");
    let table = std::fs::read_to_string(folder.join("labels.csv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_once(',').unwrap());
    rows.map(|(file, label)| (folder.join(file), label.to_owned())).collect()
}

#[test]
fn the_teacher_is_the_deep_one_with_its_batch_norms_folded() {
    let teacher = weights("teacher.safetensors");
    assert_eq!(teacher.network, Network::deep_teacher().folded());
    assert_eq!(teacher.values.len(), 306_922);
}

#[test]
fn the_student_is_small_and_was_distilled_from_the_shipped_teacher() {
    let student = weights("student.safetensors");
    assert_eq!(student.network, Network::student(&STUDENT_HIDDEN_UNITS));
    assert_eq!(student.values.len(), 118_282);
    let provenance = &student.contract.provenance;
    assert_eq!(provenance.training, "distill");
    assert_eq!(provenance.teachers, [weights("teacher.safetensors").sha256()]);
}

/// A change of the format would make the commands in the cards give other bytes than those shipped.
#[test]
fn the_shipped_weights_are_written_as_they_are_read() {
    for name in ["teacher.safetensors", "student.safetensors"] {
        assert!(weights(name).to_bytes().unwrap() == std::fs::read(zoo(name)).unwrap(), "{name}");
    }
}

#[test]
fn the_shipped_onnx_file_is_the_export_of_the_shipped_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("student.onnx");
    exporter::export(&weights("student.safetensors"), &path).unwrap();
    assert!(std::fs::read(path).unwrap() == std::fs::read(zoo("student.onnx")).unwrap());
}

#[test]
fn the_student_knows_every_sample() {
    let classifier = Classifier::builtin().unwrap();
    let samples = samples();
    assert_eq!(samples.len(), 30);
    for (path, label) in samples {
        let answer = classifier.classify(&read_picture(&path, DEFAULT_MAX_PIXELS).unwrap()).unwrap();
        assert_eq!(answer.best().unwrap().label, label, "{}", path.display());
    }
}

#[test]
fn both_loaders_answer_every_sample_with_the_same_bits_in_every_precision() {
    let folder = tempfile::tempdir().unwrap();
    for (name, precision) in ["student", "teacher"]
        .iter()
        .flat_map(|name| [Precision::F32, Precision::F16, Precision::Int8].map(|precision| (name, precision)))
    {
        let path = folder.path().join("network.onnx");
        Export::new(&weights(&format!("{name}.safetensors")), precision).unwrap().write(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let [core, onnx] = [Loader::TractCore, Loader::TractOnnx]
            .map(|loader| Classifier::from_bytes_with(name, &bytes, loader).unwrap());
        for (sample, _) in samples() {
            let picture = read_picture(&sample, DEFAULT_MAX_PIXELS).unwrap();
            let answers = [&core, &onnx].map(|classifier| classifier.classify(&picture).unwrap());
            let [core, onnx] = answers.each_ref().map(|answer| answer.in_label_order());
            assert_eq!(core, onnx, "{name}, {precision:?}, {}", sample.display());
        }
    }
}

/// The cards say how each network was made: a reader can repeat it.
#[test]
fn every_shipped_network_has_a_card_with_its_command_and_hash() {
    for name in ["teacher", "student"] {
        let card = std::fs::read_to_string(zoo(&format!("{name}.md"))).unwrap();
        let weights = weights(&format!("{name}.safetensors"));
        assert!(card.contains(&weights.sha256()), "{name}.md: the hash");
        let provenance = &weights.contract.provenance;
        assert!(card.contains(&format!("--seed {} ", provenance.seed)), "{name}.md: the seed");
        assert!(card.contains(&format!("--epochs {} ", provenance.epochs)), "{name}.md: the epochs");
        let accuracy =
            format!("| validation accuracy | {:.2} %", 100.0 * provenance.validation_accuracy.unwrap());
        assert!(card.contains(&accuracy), "{name}.md: {accuracy}");
    }
}

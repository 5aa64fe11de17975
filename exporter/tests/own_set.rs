//! The set that a network was trained on: which one an export takes where none is asked for, and what it says of one that
//! it cannot use.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Output;

use edge_runtime::Classifier;
use models::weights::Weights;
use models::zoo::STUDENT_ONNX;
use trainer::data::DATASET_FILE;

mod workbench;
use workbench::{student, text, write_set};

/// The pixels of a file's golden vectors, one vector for each class.
fn golden_pixels(file: &Path) -> Vec<Vec<u8>> {
    let vectors = Classifier::from_file(file).unwrap().golden_vectors().unwrap().unwrap().vectors;
    vectors.into_iter().map(|vector| vector.pixels).collect()
}

/// The pixels of the digits inside the program.
fn digits() -> Vec<Vec<u8>> {
    exporter::golden::digits(&workbench::weights().contract).into_iter().map(|digit| digit.pixels).collect()
}

/// Exports `model` to `out` where fetched sets are in `fetched`; it succeeds.
fn export(model: &Path, out: &Path, fetched: &Path, options: &[&str]) -> (String, String) {
    let mut command = assert_cmd::Command::cargo_bin("exporter").unwrap();
    let command = command.args([text(model), "--out", text(out), "--overwrite", "--force"]).args(options);
    let Output { status, stdout, stderr } = command.env("IMAGO_DATA", fetched).output().unwrap();
    let [printed, said] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(status.success(), "{said}");
    (printed, said)
}

/// A set with `test` test images in `folder`.
fn set_in(folder: PathBuf, test: usize) -> PathBuf {
    std::fs::create_dir_all(&folder).unwrap();
    write_set(&folder, test);
    folder
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/zoo").join(name)
}

#[test]
fn a_set_that_is_called_mnist_is_not_taken_for_the_fetched_one() {
    let folder = tempfile::tempdir().unwrap();
    let (fetched, out) = (folder.path().join("fetched"), folder.path().join("student.onnx"));
    set_in(fetched.join("mnist"), 20);
    let own = set_in(folder.path().join("my/mnist"), 10);
    let run = student(&own, &["--learning-rate", "0.01"]);
    let run_file = run.join("model.safetensors");
    assert_eq!(Weights::load(&run_file).unwrap().contract.provenance.data, "mnist");
    for model in [&run, &run_file] {
        let (printed, said) = export(model, &out, &fetched, &[]);
        assert!(printed.contains(&format!("of 10 test images of {}", own.display())), "{printed}");
        assert_eq!(said, "");
        assert!(golden_pixels(&out).iter().all(|pixels| !digits().contains(pixels)));
    }
    // Alone, the file does not say which set of this name it was.
    let alone = folder.path().join("alone.safetensors");
    std::fs::copy(&run_file, &alone).unwrap();
    let (printed, said) = export(&alone, &out, &fetched, &[]);
    assert!(!printed.contains("accuracy") && said.is_empty(), "{printed}{said}");
    assert_eq!(golden_pixels(&out), digits());
    // A set that is asked for has the pictures, whatever its name.
    let (printed, _) = export(&alone, &out, &fetched, &["--data", text(&own)]);
    assert!(printed.contains("of 10 test images of "), "{printed}");
    assert_ne!(golden_pixels(&out), digits());
    let (printed, _) = export(&alone, &out, &fetched, &["--data", "mnist"]);
    assert!(printed.contains("of 20 test images of mnist"), "{printed}");
    assert_eq!(golden_pixels(&out), digits());
}

#[test]
fn the_shipped_networks_are_measured_on_the_fetched_set_and_come_out_as_they_are_shipped() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("student.onnx");
    set_in(folder.path().join("mnist"), 20);
    for (name, options) in [
        ("student", vec![]),
        ("student", vec!["--data", "mnist"]),
        ("teacher", vec!["--split", "validation"]),
    ] {
        let model = shipped(&format!("{name}.safetensors"));
        let (printed, _) = export(&model, &out, folder.path(), &options);
        let expected = if name == "student" { "of 20 test images of mnist" } else { " images of mnist" };
        assert!(printed.contains(expected), "{printed}");
        assert_eq!(golden_pixels(&out), digits());
        assert!(name == "teacher" || std::fs::read(&out).unwrap() == STUDENT_ONNX);
    }
    let (printed, said) = export(&shipped("student.safetensors"), &out, &folder.path().join("none"), &[]);
    assert!(!printed.contains("accuracy") && said.is_empty(), "{printed}{said}");
    assert!(std::fs::read(&out).unwrap() == STUDENT_ONNX);
}

#[test]
fn a_set_that_cannot_be_used_is_named_and_one_that_is_gone_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (nowhere, out) = (folder.path().join("nowhere"), folder.path().join("student.onnx"));
    let own = set_in(folder.path().join("own"), 10);
    let inside = student(&own, &["--learning-rate", "0.01"]);
    let run = folder.path().join("run");
    std::fs::rename(inside, &run).unwrap();
    let said = |change: &dyn Fn()| {
        change();
        let (printed, said) = export(&run, &out, &nowhere, &[]);
        assert!(!printed.contains("accuracy"), "{printed}");
        assert!(said.is_empty() || (said.starts_with("exporter: ") && said.lines().count() == 1), "{said}");
        said
    };
    let test_labels = own.join("t10k-labels-idx1-ubyte");
    let missing = said(&|| std::fs::remove_file(&test_labels).unwrap());
    assert!(missing.contains("own: expected t10k-labels-idx1-ubyte or "), "{missing}");
    assert!(missing.ends_with("; so nothing is measured, --data names other images\n"), "{missing}");
    write_set(&own, 10);
    // A run reads its set as it did when it began, so that a later description changes nothing.
    std::fs::write(own.join(DATASET_FILE), "classes = [\"0\", \"1\"]").unwrap();
    assert!(export(&run, &out, &nowhere, &[]).0.contains("of 10 test images of "));
    let broken = said(&|| std::fs::write(&test_labels, "none").unwrap());
    assert!(broken.contains("t10k-labels-idx1-ubyte: "), "{broken}");
    assert_eq!(said(&|| std::fs::remove_dir_all(&own).unwrap()), "");
}

//! The command `exporter`, as a user meets it.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use models::weights::Weights;
use models::{ModelContract, Network, Provenance};

fn weights() -> Weights {
    let network = Network::student(&[6]);
    let values = (0..network.parameter_count()).map(|index| (index % 13) as f32 / 13.0 - 0.5).collect();
    let provenance = Provenance { distillation_temperature: Some(20.0), ..Provenance::default() };
    Weights { network, contract: ModelContract::mnist(provenance), values }
}

fn saved(folder: &Path) -> PathBuf {
    let path = folder.join("student.safetensors");
    weights().save(&path).unwrap();
    path
}

fn exporter(model: &Path, out: &Path) -> Output {
    Command::cargo_bin("exporter").unwrap().arg(model).arg("--out").arg(out).output().unwrap()
}

/// One line on standard error, nothing on standard output, status 1, no file.
fn refusal(model: &Path, out: &Path) -> String {
    let output = exporter(model, out);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("exporter: "), "{message}");
    let folder = model.parent().unwrap();
    let left = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().ends_with(".tmp")
    };
    assert!(!std::fs::read_dir(folder).unwrap().any(left), "a temporary file is left");
    message
}

#[test]
fn writes_the_file_and_says_what_it_proved() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("student.onnx");
    let output = exporter(&saved(folder.path()), &out);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{text}");
    assert!(text.contains("distilled at 20, exported at 1"), "{text}");
    assert!(text.lines().skip(1).all(|line| line.chars().count() < 80), "{text}");
    assert!(out.is_file());
}

#[test]
fn refuses_weights_that_are_truncated_and_keeps_the_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    std::fs::write(&out, "earlier").unwrap();
    let bytes = std::fs::read(&model).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    let message = refusal(&model, &out);
    assert!(message.contains("student.safetensors: expected a safetensors file"), "{message}");
    assert_eq!(std::fs::read(&out).unwrap(), b"earlier");
}

#[test]
fn refuses_weights_with_a_value_that_is_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(folder.path());
    let mut bytes = std::fs::read(&model).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&model, bytes).unwrap();
    let out = folder.path().join("student.onnx");
    let message = refusal(&model, &out);
    assert!(!out.exists());
    assert!(message.contains("expected finite values, found NaN"), "{message}");
}

#[test]
fn refuses_a_folder_that_is_no_run_and_a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("student.onnx");
    assert!(refusal(folder.path(), &out).contains("config.toml: cannot be read"));
    assert!(refusal(&folder.path().join("nothing"), &out).contains("nothing: cannot be read"));
}

#[test]
fn refuses_a_place_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(folder.path());
    let message = refusal(&model, &folder.path().join("no/such/student.onnx"));
    assert!(message.contains("student.onnx: cannot be written"), "{message}");
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    assert!(refusal(&model, &taken).contains("taken: cannot be written"));
    assert!(
        refusal(&model, Path::new("/dev/null")).contains("/dev/null: cannot be written: expected a file")
    );
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    let output = Command::cargo_bin("exporter").unwrap().arg("runs/student").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

//! What the tests of the command share: weights, data and runs to export, and the command as it is started.

// Each test file is a program of its own and uses a part of this module.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use clap::Parser;
use models::weights::Weights;
use models::{ModelContract, Network, Provenance};
use trainer::command::CommandLine;
use trainer::data::idx::{IdxImages, images_to_idx, labels_to_idx};
use trainer::data::{DATASET_FILE, DatasetDescription, ValidationRule};

/// Weights of a student of six units, distilled at 20.
pub fn weights() -> Weights {
    let network = Network::student(&[6]);
    let values = (0..network.parameter_count()).map(|index| (index % 13) as f32 / 13.0 - 0.5).collect();
    let provenance = Provenance { distillation_temperature: Some(20.0), ..Provenance::default() };
    Weights { network, contract: ModelContract::mnist(provenance), values, finding: None }
}

/// Saves [`weights`] as `student.safetensors`.
pub fn saved(folder: &Path) -> PathBuf {
    let path = folder.join("student.safetensors");
    weights().save(&path).unwrap();
    path
}

/// Runs the command to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::cargo_bin("exporter").unwrap().args(arguments).output().unwrap()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Exports `model` to `out`.
pub fn exporter(model: &Path, out: &Path, options: &[&str]) -> Output {
    run(&[&[text(model), "--out", text(out)], options].concat())
}

/// What a command that succeeds prints: lines of at most 80 columns beside the file's name.
pub fn answer(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.lines().skip(1).all(|line| line.chars().count() <= 80), "{answer}");
    answer
}

/// One line on standard error, nothing on standard output, status 1, no temporary file.
pub fn message(output: Output, folder: &Path) -> String {
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("exporter: "), "{message}");
    let left = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().ends_with(".tmp")
    };
    assert!(!std::fs::read_dir(folder).unwrap().any(left), "a temporary file is left");
    message
}

/// The message of an export that is refused.
pub fn refusal(model: &Path, out: &Path, options: &[&str]) -> String {
    message(exporter(model, out, options), model.parent().unwrap())
}

/// The names in a folder that begin with `start`.
pub fn names(folder: &Path, start: &str) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.retain(|name| name.starts_with(start));
    names.sort();
    names
}

/// Writes the IDX files of `part`, `train` or `t10k`, with `count` images that have two pixels lit in each row, in other
/// columns for each class.
fn write_part(folder: &Path, part: &str, count: usize) {
    let pixel = |at: usize| if (at / 784 % 10 + at).is_multiple_of(14) { 200 } else { 0 };
    let pixels = (0..count * 784).map(pixel).collect();
    let set = IdxImages { count, height: 28, width: 28, pixels };
    let classes: Vec<u8> = (0..count).map(|image| (image % 10) as u8).collect();
    std::fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images_to_idx(&set)).unwrap();
    std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels_to_idx(&classes)).unwrap();
}

/// Writes a set that calls itself digits, with 60 training images and `test` images to test.
pub fn write_set(folder: &Path, test: usize) {
    write_part(folder, "train", 60);
    write_part(folder, "t10k", test);
    let digits = DatasetDescription { validation: ValidationRule::Stratified, ..DatasetDescription::mnist() };
    digits.write(&folder.join(DATASET_FILE)).unwrap();
}

/// Trains a student for two epochs with `options` on a set that is there, and returns its run.
pub fn student(folder: &Path, options: &[&str]) -> PathBuf {
    let run = folder.join("run");
    let (data, out) = (text(folder), text(&run));
    let words = ["trainer", "student", "--data", data, "--out", out, "--network", "mlp:16", "--epochs", "2"];
    let words = words.into_iter().chain(["--batch-size", "4"]).chain(options.iter().copied());
    trainer::command::run(CommandLine::parse_from(words).command, &mut Vec::new()).unwrap();
    run
}

/// A set of 60 images, and a run on it.
pub fn run_of_two_epochs(folder: &Path) -> PathBuf {
    write_set(folder, 10);
    student(folder, &["--learning-rate", "0.01"])
}

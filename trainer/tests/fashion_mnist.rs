//! A data set of garments: its class names go with the weights, and no teacher of digits teaches a student of garments.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use models::weights::Weights;
use trainer::data::idx::{IdxImages, images_to_idx, labels_to_idx};
use trainer::data::{DATASET_FILE, DatasetDescription, ValidationRule};

/// Writes a data set in which an image of class c has a bright row 2c, and beside it what it says of itself.
fn write_set(folder: &Path, description: Option<DatasetDescription>) {
    std::fs::create_dir_all(folder).unwrap();
    let count = 60;
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let image = |&class: &u8| {
        (0..784usize).map(move |pixel| if pixel / 28 == 2 * usize::from(class) { 255 } else { 0 })
    };
    let pixels = labels.iter().flat_map(image).collect();
    let images = images_to_idx(&IdxImages { count, height: 28, width: 28, pixels });
    std::fs::write(folder.join("train-images-idx3-ubyte"), images).unwrap();
    std::fs::write(folder.join("train-labels-idx1-ubyte"), labels_to_idx(&labels)).unwrap();
    if let Some(description) = description {
        description.write(&folder.join(DATASET_FILE)).unwrap();
    }
}

/// The garments, with a split that a set of 60 images can have.
fn garments() -> Option<DatasetDescription> {
    Some(DatasetDescription { validation: ValidationRule::Stratified, ..DatasetDescription::fashion_mnist() })
}

fn trainer(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(words).current_dir(folder).env("IMAGO_DATA", folder.join("sets")).output().unwrap()
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_set_that_is_not_there_says_how_to_bring_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = trainer(folder.path(), &["student", "--data", "fashion-mnist", "--out", "run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message(&output).contains("`trainer fetch fashion-mnist` brings the set"),
        "{}",
        message(&output)
    );
}

#[test]
fn weights_carry_the_names_of_garments_and_teach_no_digits() {
    let folder = tempfile::tempdir().unwrap();
    write_set(&folder.path().join("sets/fashion-mnist"), garments());
    write_set(&folder.path().join("wardrobe"), garments());
    // What it is called says nothing.
    write_set(&folder.path().join("plain/fashion-mnist"), None);
    let short = ["--epochs", "1", "--network", "mlp:4"];
    for (data, run) in
        [("fashion-mnist", "named"), ("wardrobe", "directory"), ("plain/fashion-mnist", "plain-run")]
    {
        let output =
            trainer(folder.path(), &[&["student", "--data", data, "--out", run], &short[..]].concat());
        assert!(output.status.success(), "{}", message(&output));
        let weights = Weights::load(&folder.path().join(run).join("model.safetensors")).unwrap();
        let expected = if run == "plain-run" { ["0", "9"] } else { ["T-shirt/top", "Ankle boot"] };
        assert_eq!([&weights.contract.labels[0], &weights.contract.labels[9]], expected, "{data}");
    }
    let distill = |teacher: &str, data: &str, run: &str| {
        let words = ["distill", "--teacher", teacher, "--data", data, "--out", run];
        trainer(folder.path(), &[&words, &short[..]].concat())
    };
    assert!(distill("named", "wardrobe", "garments").status.success());
    let refused = distill("plain-run", "fashion-mnist", "refused");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        message(&refused)
            .starts_with("trainer: plain-run: expected the classes of fashion-mnist: T-shirt/top, "),
        "{}",
        message(&refused)
    );
    assert!(!folder.path().join("refused").exists());
}

#[test]
fn answers_are_told_in_names() {
    let folder = tempfile::tempdir().unwrap();
    write_set(&folder.path().join("sets/fashion-mnist"), garments());
    let words = ["student", "--data", "fashion-mnist", "--out", "run", "--epochs", "1", "--network", "mlp:4"];
    assert!(trainer(folder.path(), &words).status.success());
    let output = trainer(folder.path(), &["soften", "run", "--data", "fashion-mnist", "--index", "9"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("  Ankle boot") && text.contains("T-shirt/top "), "{text}");

    let evaluate = ["evaluate", "run", "--data", "fashion-mnist", "--split", "validation"];
    let text = String::from_utf8(trainer(folder.path(), &evaluate).stdout).unwrap();
    let (_, by_class) = text.split_once("  wrong by class\n").unwrap();
    let lines: Vec<&str> = by_class.lines().map(|line| line.trim_end_matches(char::is_numeric)).collect();
    assert_eq!(lines[..2], ["    T-shirt/top       ", "    Trouser           "], "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = trainer(folder.path(), &[&evaluate[..], &["--format", "json"]].concat()).stdout;
    let object: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(object["labels"][9], "Ankle boot");
    assert_eq!(object["errors_by_class"].as_array().unwrap().len(), 10);
}

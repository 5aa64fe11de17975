//! Networks and data whose classes stand in another order, or are others.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use clap::Parser;
use edge_runtime::Classifier;
use models::weights::Weights;
use trainer::command::CommandLine;
use trainer::data::idx::{IdxImages, images_to_idx, labels_to_idx};
use trainer::data::{DATASET_FILE, DatasetDescription};

mod workbench;
use workbench::{answer, message, names, run, text};

const PETS: [&str; 3] = ["cat", "dog", "owl"];
const TURNED: [&str; 3] = ["owl", "cat", "dog"];

/// Writes a set whose images show the classes of [`PETS`] in turn, each with rows of its own lit; its labels count them in
/// the order of `order`, and it calls its classes `classes`.
fn write_set(folder: &Path, order: [&str; 3], classes: [&str; 3]) {
    std::fs::create_dir_all(folder).unwrap();
    for (part, count) in [("train", 90), ("t10k", 30)] {
        let pixel = |at: usize| {
            let noise = ((at * 2_654_435_761) >> 16) % 128;
            (noise + if at % 784 / 28 % 3 == at / 784 % 3 { 127 } else { 0 }) as u8
        };
        let pixels = (0..count * 784).map(pixel).collect();
        let set = IdxImages { count, height: 28, width: 28, pixels };
        let place = |image: usize| order.iter().position(|class| *class == PETS[image % 3]).unwrap() as u8;
        let labels: Vec<u8> = (0..count).map(place).collect();
        std::fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images_to_idx(&set)).unwrap();
        std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels_to_idx(&labels)).unwrap();
    }
    let classes = classes.map(str::to_owned).to_vec();
    DatasetDescription { classes, ..DatasetDescription::mnist() }.write(&folder.join(DATASET_FILE)).unwrap();
}

/// The sets `pets` and `turned`, which are the same but for the order of their classes, `numbers` with other names, and the
/// weights of a network that was trained on `pets`.
fn bench(folder: &Path) -> PathBuf {
    write_set(&folder.join("pets"), PETS, PETS);
    write_set(&folder.join("turned"), TURNED, TURNED);
    write_set(&folder.join("numbers"), PETS, ["0", "1", "2"]);
    let (data, out) = (folder.join("pets"), folder.join("run"));
    let words = ["trainer", "student", "--data", text(&data), "--out", text(&out), "--network", "mlp:8"];
    let words = words.into_iter().chain(["--epochs", "6", "--batch-size", "10", "--learning-rate", "0.01"]);
    trainer::command::run(CommandLine::parse_from(words).command, &mut Vec::new()).unwrap();
    let weights = folder.join("pets.safetensors");
    std::fs::copy(out.join("model.safetensors"), &weights).unwrap();
    weights
}

/// What a command prints that says in one line that classes stand in another order, without the figures that change with
/// time and the name of the set.
fn turned_answer(arguments: &[&str], data: &Path) -> Vec<String> {
    let output = run(&[arguments, &["--data", text(data)]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let is_turned = data.ends_with("turned");
    assert_eq!(said.lines().count(), usize::from(is_turned), "{said}");
    assert_eq!(
        said.contains("turned: its classes stand in another order than those of "),
        is_turned,
        "{said}"
    );
    let answer = String::from_utf8(output.stdout).unwrap().replace(text(data), "DATA");
    answer.lines().filter(|line| !line.contains("µs")).map(str::to_owned).collect()
}

#[test]
fn a_set_in_another_order_proves_and_measures_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (model, out) = (bench(path), path.join("pets.onnx"));
    let labels = Weights::load(&model).unwrap().contract.labels;
    let export = |data: &str| {
        let arguments = [text(&model), "--out", text(&out), "--overwrite"];
        let answer = turned_answer(&arguments, &path.join(data));
        let golden = Classifier::from_file(&out).unwrap().golden_vectors().unwrap().unwrap();
        for vector in &golden.vectors {
            let answer = models::probability::arg_max(&vector.probabilities);
            assert_eq!(labels[vector.class], labels[answer], "{data}");
        }
        let accuracy = answer.into_iter().find(|line| line.contains("accuracy")).unwrap();
        assert!(accuracy.contains("100.00 % of 30 test images"), "{accuracy}");
    };
    export("pets");
    export("turned");
    let verify =
        |data: &str| turned_answer(&["verify", text(&out), "--against", text(&model)], &path.join(data));
    let (own, turned) = (verify("pets"), verify("turned"));
    assert_eq!(own.last().unwrap(), "sound");
    assert_eq!(
        own.iter().find(|line| line.contains("accuracy")),
        turned.iter().find(|line| line.contains("accuracy"))
    );

    let evaluate = |data: &str| {
        let data = path.join(data);
        let words = ["trainer", "evaluate", text(&out), "--data", text(&data), "--format", "json"];
        let mut printed = Vec::new();
        trainer::command::run(CommandLine::parse_from(words).command, &mut printed).unwrap();
        String::from_utf8(printed).unwrap()
    };
    assert_eq!(evaluate("pets"), evaluate("turned"));
}

#[test]
fn other_classes_are_refused_with_the_names_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (model, out, numbers) = (bench(path), path.join("pets.onnx"), path.join("numbers"));
    let expect = |said: String, file: &str| {
        let expected = format!("{file}: cat, dog, owl; found 0, 1, 2\n");
        assert!(said.contains("numbers: expected the classes of ") && said.ends_with(&expected), "{said}");
    };
    let export = run(&[text(&model), "--out", text(&out), "--data", text(&numbers)]);
    expect(message(export, path), "pets.safetensors");
    assert!(names(path, "pets.onnx").is_empty());
    let data = path.join("pets");
    answer(&[text(&model), "--out", text(&out), "--data", text(&data)]);
    let verify = ["verify", text(&out), "--data", text(&numbers)];
    expect(message(run(&verify), path), "pets.onnx");
    let against = [&verify[..], &["--against", text(&model)]].concat();
    expect(message(run(&against), path), "pets.onnx");
    let words = ["trainer", "evaluate", text(&out), "--data", text(&numbers)];
    let error = trainer::command::run(CommandLine::parse_from(words).command, &mut Vec::new()).unwrap_err();
    expect(format!("{error:#}\n"), "pets.onnx");
}

//! Data sets as people bring them: without a description, of other than ten classes, sorted by class, or too small. In
//! come folders of IDX files, out comes what `trainer` makes of them and what it says about that.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;

use models::weights::Weights;
use models::{ContractVersion, Polarity, Resize};
use trainer::data::idx::{IdxImages, write_files};
use trainer::data::{DATASET_FILE, DatasetDescription};

use workshop::{message, noisy_stripes, succeed, trainer};

const CLASSES: usize = 5;

/// Writes a set of five kinds of stripes, 30 images to train of each, one class after the other as where a folder was
/// packed class by class.
fn write_sorted_set(folder: &Path) {
    for (part, each) in [("train", 30), ("t10k", 4)] {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for class in 0..CLASSES {
            for image in 0..each {
                // Of ten images in turn, the one that shows this class.
                let stripes = noisy_stripes(10, image * 10);
                pixels.extend_from_slice(&stripes[class * 784..(class + 1) * 784]);
                labels.push(class as u8);
            }
        }
        let images = IdxImages { count: labels.len(), height: 28, width: 28, pixels };
        write_files(folder, part, &images, Some(&labels)).unwrap();
    }
}

fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_sorted_set(&folder.path().join("stripes"));
    folder
}

const STUDENT: [&str; 9] =
    ["student", "--data", "stripes", "--network", "mlp:16", "--batch-size", "16", "--epochs", "20"];

fn student(folder: &Path, run: &str, more: &[&str]) -> (String, Weights) {
    let output = succeed(folder, &[&STUDENT[..], &["--out", run], more].concat());
    (message(&output), Weights::load(&folder.join(run).join("model.safetensors")).unwrap())
}

#[test]
fn a_sorted_set_of_five_classes_trains_on_all_of_them_and_says_what_it_was_taken_for() {
    let folder = workshop();
    let (said, weights) = student(folder.path(), "run", &[]);
    let note = "stripes: no dataset.toml: classes 0 to 4, pictures are fitted whole (--classes, --resize ink say \
                otherwise)";
    assert!(said.lines().any(|line| line == note), "{said}");
    assert_eq!(weights.contract.labels, ["0", "1", "2", "3", "4"]);
    let input = &weights.contract.input;
    assert_eq!((input.polarity, input.resize()), (Polarity::Natural, Resize::Fit));
    assert_eq!(weights.network.classes(), Ok(CLASSES));
    let output = succeed(folder.path(), &["evaluate", "run", "--data", "stripes", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["errors_by_class"].as_array().unwrap().len(), CLASSES);
    assert!(object["accuracy"].as_f64().unwrap() > 0.9, "{object}");
}

#[test]
fn a_set_that_says_nothing_is_framed_as_the_teachers_pictures_were() {
    let folder = workshop();
    student(folder.path(), "teacher", &["--resize", "ink:28"]);
    let distill = |more: &[&str]| {
        let words =
            ["distill", "--teacher", "teacher", "--data", "stripes", "--network", "mlp:16", "--epochs", "2"];
        trainer(folder.path(), &[&words, more].concat()).output().unwrap()
    };
    let output = distill(&["--out", "run"]);
    let said = message(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains(
            "classes 0 to 4, pictures are brought to size as the teacher's, ink:28 (--classes, --resize"
        ),
        "{said}"
    );
    let weights = Weights::load(&folder.path().join("run/model.safetensors")).unwrap();
    assert_eq!(weights.contract.input.resize(), Resize::Ink { longest_side: 28 });
    // Whoever says otherwise has a teacher that sees other pictures.
    let refused = distill(&["--out", "other", "--resize", "fit"]);
    assert!(
        !refused.status.success() && message(&refused).contains("preprocessing"),
        "{}",
        message(&refused)
    );
}

#[test]
fn what_the_command_line_says_of_a_set_goes_with_the_run() {
    let folder = workshop();
    let words = ["--classes", "one,two,three,four,five", "--resize", "ink"];
    let (said, weights) = student(folder.path(), "run", &words);
    assert!(!said.contains(DATASET_FILE), "{said}");
    assert_eq!(weights.contract.labels[4], "five");
    assert_eq!(weights.contract.input.resize(), Resize::Ink { longest_side: 20 });

    // A run that goes on needs to be told nothing, and comes to the same bits.
    let model = folder.path().join("run/model.safetensors");
    let before = std::fs::read(&model).unwrap();
    std::fs::remove_file(&model).unwrap();
    succeed(folder.path(), &["resume", "run"]);
    assert!(std::fs::read(&model).unwrap() == before);

    let output = succeed(folder.path(), &["report", "run", "--out", "report.html"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("validation images"));
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("\"three\""));
    let (said, _) = student(folder.path(), "half", &["--classes", "one,two,three,four,five"]);
    assert!(
        said.contains("stripes: no dataset.toml: pictures are fitted whole (--resize ink says otherwise)")
    );
}

#[test]
fn a_set_that_describes_itself_is_believed_unless_the_command_line_says_otherwise() {
    let folder = workshop();
    let names = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    let description = DatasetDescription { classes: names, ..DatasetDescription::numbered(CLASSES) };
    description.write(&folder.path().join("stripes").join(DATASET_FILE)).unwrap();
    let (said, weights) = student(folder.path(), "run", &["--resize", "ink:24"]);
    assert!(!said.contains(DATASET_FILE), "{said}");
    assert_eq!(weights.contract.labels, description.classes);
    assert_eq!(weights.contract.input.resize(), Resize::Ink { longest_side: 24 });
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("resize = \"ink:24\""), "{config}");
}

#[test]
fn a_teacher_of_five_classes_teaches_a_student_of_the_same_validation_images() {
    let folder = workshop();
    let words = ["teacher", "--data", "stripes", "--out", "teacher", "--epochs", "2", "--batch-size", "16"];
    succeed(folder.path(), &[&words[..], &["--seed", "5"]].concat());
    let distill =
        ["distill", "--data", "stripes", "--teacher", "teacher", "--out", "student", "--epochs", "2"];
    succeed(folder.path(), &[&distill[..], &["--network", "mlp:8"]].concat());
    let hash = |run: &str| {
        let config = std::fs::read_to_string(folder.path().join(run).join("config.toml")).unwrap();
        config.lines().find(|line| line.starts_with("data_sha256")).unwrap().to_owned()
    };
    assert_eq!(hash("teacher"), hash("student"), "seeds differ, the split does not");
}

/// Earlier versions fetched sets without a description: a network of such a set is judged by images that it never saw.
#[test]
fn a_named_set_without_a_description_is_what_fetch_brings() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("sets/mnist");
    workshop::write_images(&set, "train", noisy_stripes(240, 0));
    workshop::write_labels(&set, "train", 240);
    let _ = std::fs::remove_file(set.join(DATASET_FILE));
    let run = |words: &[&str]| {
        let output = trainer(folder.path(), words).env("IMAGO_DATA", "sets").output().unwrap();
        assert!(output.status.success(), "{}", message(&output));
        output
    };
    let words = ["student", "--data", "mnist", "--out", "run", "--epochs", "1", "--network", "mlp:4"];
    let said = message(&run(&words));
    let expected =
        "sets/mnist: no dataset.toml: taken for mnist, as fetch brings it (`trainer fetch mnist` writes one)";
    assert!(said.lines().any(|line| line == expected), "{said}");
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("validation = \"last-twelfth\"") && config.contains("ink:20"), "{config}");

    // A copy of the weights, without its run, is judged by the same images as the run.
    std::fs::copy(folder.path().join("run/model.safetensors"), folder.path().join("copy.safetensors"))
        .unwrap();
    let judged = |model: &str, data: &str| {
        let words = ["evaluate", model, "--data", data, "--split", "validation", "--format", "json"];
        let output = run(&words);
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (object["negative_log_likelihood"].as_f64().unwrap(), message(&output))
    };
    let of_run = judged("run", "mnist");
    assert_eq!(judged("copy.safetensors", "mnist"), of_run);
    // By its path it is a set like any other, whose split is said, but for the run that was trained on it.
    let (other, said) = judged("copy.safetensors", "sets/mnist");
    assert_ne!(other, of_run.0);
    let note = "sets/mnist: no dataset.toml: the validation images are those of a stratified split\n";
    assert_eq!(said, note);
    assert_eq!(judged("run/model.safetensors", "sets/mnist"), of_run);
}

#[test]
fn a_report_finds_the_run_of_a_set_by_its_place() {
    let folder = workshop();
    let names = ["--classes", "one,two,three,four,five", "--resize", "ink"];
    student(folder.path(), "run", &names);
    student(folder.path(), "whole", &[&names[..2], &["--resize", "fit"]].concat());
    let words = ["report", "run", "whole", "--data", "./stripes", "--out", "report.html"];
    let said = message(&succeed(folder.path(), &words));
    assert_eq!(said, "whole: took ./stripes otherwise than run, after which the report goes\n");
}

#[test]
fn classes_that_do_not_fit_the_labels_are_refused() {
    let folder = workshop();
    for (names, expected) in [
        ("a,b,c", "label 90: expected 0 to 2, found 3"),
        (
            "a,b,c,d,e,f",
            "stripes: class f: expected at least 4 training images, so that some train and some judge, found 0",
        ),
        ("a,b,c,d,a", "--classes, name 4: expected a name that no other class has, found 'a'"),
        ("a", "--classes: expected 2 to 256 names, found 1"),
    ] {
        let words = [&STUDENT[..], &["--out", "run", "--classes", names, "--resize", "fit"]].concat();
        let output = trainer(folder.path(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(message(&output).contains(expected), "{}", message(&output));
        assert_eq!(message(&output).lines().count(), 1, "{}", message(&output));
        assert!(!folder.path().join("run").exists());
    }
}

#[test]
fn labels_of_one_class_are_told_with_their_file_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let images = IdxImages { count: 60, height: 28, width: 28, pixels: noisy_stripes(60, 0) };
    write_files(&folder.path().join("one"), "train", &images, Some(&[0; 60])).unwrap();
    let output = trainer(folder.path(), &["student", "--data", "one", "--out", "run"]).output().unwrap();
    let said = message(&output);
    let expected =
        "trainer: one/train-labels-idx1-ubyte: expected labels of at least 2 classes, found 0 alone; ";
    assert!(said.starts_with(expected) && said.contains("with the label 1"), "{said}");
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1));
}

#[test]
fn a_run_of_an_earlier_version_keeps_its_split_and_its_classes() {
    let folder = tempfile::tempdir().unwrap();
    workshop::write_images(&folder.path().join("data"), "train", noisy_stripes(240, 0));
    workshop::write_labels(&folder.path().join("data"), "train", 240);
    let words = ["student", "--data", "data", "--out", "run", "--epochs", "2", "--network", "mlp:8"];
    succeed(folder.path(), &words);
    // Earlier versions had neither this file nor this part of config.toml.
    std::fs::remove_file(folder.path().join("data").join(DATASET_FILE)).unwrap();
    let model = folder.path().join("run/model.safetensors");
    let config = folder.path().join("run/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let start = text.find("[data_set]").unwrap();
    let end = start + text[start + 1..].find("\n[").unwrap() + 2;
    std::fs::write(&config, [&text[..start], &text[end..]].concat()).unwrap();
    let before = Weights::load(&model).unwrap();
    std::fs::remove_file(&model).unwrap();
    std::fs::remove_dir_all(folder.path().join("run/checkpoint")).unwrap();
    std::fs::create_dir(folder.path().join("run/checkpoint")).unwrap();
    succeed(folder.path(), &["resume", "run"]);
    let after = Weights::load(&model).unwrap();
    assert!(after.values == before.values && after.contract.labels == before.contract.labels);
    // Its pictures are preprocessed as that version did it.
    let versions = [after, before].map(|weights| weights.contract.input.version);
    assert_eq!(versions, [ContractVersion::One, ContractVersion::Two]);
    let output = succeed(folder.path(), &["evaluate", "run", "--data", "data", "--split", "validation"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("run on 20 validation images\n"), "{text}");
    assert_eq!(Weights::load(&model).unwrap().contract.input.resize(), Resize::Ink { longest_side: 20 });
    assert_eq!(DatasetDescription::mnist().resize, Resize::Ink { longest_side: 20 });
}

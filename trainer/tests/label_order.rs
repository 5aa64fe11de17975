//! Models and data whose classes stand in another order, or are others: by names they are told apart.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use models::storage::sha256;
use models::weights::Weights;
use trainer::data::idx::{IdxImages, labels_to_idx, write_files};
use trainer::data::{DATASET_FILE, DatasetDescription};

mod workshop;
use workshop::{message, succeed, trainer};

const PETS: [&str; 3] = ["cat", "dog", "owl"];
/// The same classes: number 0 of these is number 2 of those, and so on.
const TURNED: [&str; 3] = ["owl", "cat", "dog"];

/// Writes a set whose images show the classes of [`PETS`] in turn, a bright row for each in noise; its labels count the
/// classes in the order of `classes`.
fn write_set(folder: &Path, classes: [&str; 3]) {
    for (part, count) in [("train", 180), ("t10k", 60)] {
        let pixel = |image: usize, at: usize| {
            let noise = (((image * 7919 + at * 104_729) * 2_654_435_761) >> 16) % 128;
            (noise + if at / 28 == 4 * (image % 3) + 4 { 127 } else { 0 }) as u8
        };
        let pixels = (0..count).flat_map(|image| (0..784).map(move |at| pixel(image, at))).collect();
        write_files(folder, part, &IdxImages { count, height: 28, width: 28, pixels }, None).unwrap();
        let place = |image: usize| classes.iter().position(|class| *class == PETS[image % 3]).unwrap() as u8;
        let labels: Vec<u8> = (0..count).map(place).collect();
        std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels_to_idx(&labels)).unwrap();
    }
    let classes = classes.map(str::to_owned).to_vec();
    DatasetDescription { classes, ..DatasetDescription::mnist() }.write(&folder.join(DATASET_FILE)).unwrap();
}

/// Sets `pets` and `turned`, which are the same but for the order of their classes, the set `numbers`, whose classes have
/// other names, and the run `teacher` on `pets`.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, classes) in [("pets", PETS), ("turned", TURNED), ("numbers", ["0", "1", "2"])] {
        let set = folder.path().join(name);
        write_set(&set, if name == "numbers" { PETS } else { classes });
        if name == "numbers" {
            let classes = classes.map(str::to_owned).to_vec();
            let numbers = DatasetDescription { classes, ..DatasetDescription::mnist() };
            numbers.write(&set.join(DATASET_FILE)).unwrap();
        }
    }
    let words = ["teacher", "--data", "pets", "--network", "mlp:8", "--batch-size", "20", "--epochs", "8"];
    succeed(folder.path(), &[&words[..], &["--learning-rate", "0.01", "--out", "teacher"]].concat());
    folder
}

/// Writes the weights of the run `teacher` with their answers in the order of [`TURNED`]: the same network.
fn turn_teacher(folder: &Path) {
    let mut weights = Weights::load(&folder.join("teacher/model.safetensors")).unwrap();
    let inputs = 8;
    let first = weights.values.len() - 3 * (inputs + 1);
    let last = weights.values.split_off(first);
    let number = |name: &str| PETS.iter().position(|pet| *pet == name).unwrap();
    for name in TURNED {
        weights.values.extend(&last[number(name) * inputs..][..inputs]);
    }
    weights.values.extend(TURNED.map(|name| last[3 * inputs + number(name)]));
    weights.contract.labels = TURNED.map(str::to_owned).to_vec();
    weights.save(&folder.join("turned.safetensors")).unwrap();
}

const NOTE: &str = "its classes stand in another order than those of";

#[test]
fn a_set_in_another_order_is_measured_by_names() {
    let folder = bench();
    let evaluate = |data: &str| {
        let words = ["evaluate", "teacher", "--data", data, "--format", "json"];
        let output = succeed(folder.path(), &words);
        (String::from_utf8(output.stdout.clone()).unwrap(), message(&output))
    };
    let ((own, silence), (turned, note)) = (evaluate("pets"), evaluate("turned"));
    assert_eq!(own, turned);
    // Right about most: another order of the labels would show.
    let errors: serde_json::Value = serde_json::from_str(&own).unwrap();
    assert!(errors["errors"].as_u64().unwrap() < 10, "{own}");
    assert!(silence.is_empty(), "{silence}");
    assert_eq!(note.trim_end(), format!("turned: {NOTE} teacher, and are taken by their names"));

    let soften =
        |data: &str| succeed(folder.path(), &["soften", "teacher", "--data", data, "--index", "4"]).stdout;
    assert_eq!(soften("pets"), soften("turned"));
}

#[test]
fn a_teacher_in_another_order_teaches_the_same() {
    let folder = bench();
    turn_teacher(folder.path());
    let distil = |teachers: &[&str], out: &str| {
        let words = ["distill", "--data", "pets", "--network", "mlp:4", "--epochs", "2", "--out", out];
        let more = ["--batch-size", "20", "--logit-cache", "logits", "--correct-bias", "--teacher"];
        let output = succeed(folder.path(), &[&words[..], &more, teachers].concat());
        let weights = Weights::load(&folder.path().join(out).join("model.safetensors")).unwrap();
        (weights, message(&output))
    };
    let (by_own, silence) = distil(&["teacher", "teacher"], "by-own");
    let (by_turned, note) = distil(&["turned.safetensors", "teacher"], "by-turned");
    assert!(by_own.values == by_turned.values);
    assert!(by_own.contract.labels == PETS && by_turned.contract.labels == PETS);
    assert!(!silence.contains(NOTE), "{silence}");
    assert!(note.contains(&format!("turned.safetensors: {NOTE} pets")), "{note}");

    let correct = |teacher: &str, out: &str| {
        let words = ["correct-bias", "by-own", "--data", "turned", "--out", out, "--teacher", teacher];
        succeed(folder.path(), &words);
        sha256::hex([std::fs::read(folder.path().join(out)).unwrap()])
    };
    assert_eq!(correct("teacher", "a.safetensors"), correct("turned.safetensors", "b.safetensors"));
}

#[test]
fn a_report_shows_networks_in_the_order_of_the_images() {
    let folder = bench();
    turn_teacher(folder.path());
    let report = |network: &str| {
        let words = ["report", network, "--data", "pets", "--out", "report.html"];
        let output = succeed(folder.path(), &words);
        let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        // All that is measured comes after the names of files.
        let confusion =
            page.split("\"details\":").nth(1).unwrap().split("\"caps\":").next().unwrap().to_owned();
        (confusion, message(&output))
    };
    std::fs::copy(folder.path().join("teacher/model.safetensors"), folder.path().join("own.safetensors"))
        .unwrap();
    let ((own, _), (turned, note)) = (report("own.safetensors"), report("turned.safetensors"));
    assert_eq!(own, turned);
    assert!(note.contains(&format!("turned.safetensors: {NOTE} pets")), "{note}");
}

/// A set that was made before sets named their classes has numbers, which are the names that digits have always had.
#[test]
fn a_set_without_names_fits_networks_that_answer_in_numbers() {
    let folder = bench();
    std::fs::remove_file(folder.path().join("turned").join(DATASET_FILE)).unwrap();
    let output = trainer(folder.path(), &["evaluate", "teacher", "--data", "turned"]).output().unwrap();
    let said = message(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.ends_with("found 0, 1, 2, since no dataset.toml in it names them\n"), "{said}");
    let mut weights = Weights::load(&folder.path().join("teacher/model.safetensors")).unwrap();
    weights.contract.labels = ["0", "1", "2"].map(str::to_owned).to_vec();
    weights.save(&folder.path().join("numbers.safetensors")).unwrap();
    succeed(folder.path(), &["evaluate", "numbers.safetensors", "--data", "turned"]);
}

#[test]
fn other_classes_are_refused_by_every_command_with_the_names_of_both() {
    let folder = bench();
    let out = ["--out", "out"];
    for words in [
        &["evaluate", "teacher", "--data", "numbers"][..],
        &["soften", "teacher", "--data", "numbers", "--index", "0"],
        &["correct-bias", "teacher", "--data", "numbers", "--prior", "uniform", out[0], out[1]],
        &["report", "teacher", "--data", "numbers", out[0], out[1]],
        &["distill", "--teacher", "teacher", "--data", "numbers", out[0], out[1]],
        &["sweep", "--teacher", "teacher", "--data", "numbers", out[0], out[1]],
    ] {
        let output = trainer(folder.path(), words).output().unwrap();
        let said = message(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{words:?}: {said}");
        assert!(said.contains("expected the classes of "), "{words:?}: {said}");
        assert!(said.contains("cat, dog, owl") && said.contains("0, 1, 2"), "{words:?}: {said}");
        assert!(said.contains("teacher") && said.contains("numbers"), "{words:?}: {said}");
        assert!(!folder.path().join("out").exists(), "{words:?}");
    }
}

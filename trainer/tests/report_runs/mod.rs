//! A small set and runs of it, for the tests of `trainer report`.

// Each test file is a program of its own and takes what it needs.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;

use assert_cmd::Command;
use serde_json::Value;
use trainer::data::idx::{IdxImages, write_files};
use trainer::data::{DATASET_FILE, DatasetDescription};

/// A twelfth of them, 30, is kept for validation.
pub const TRAINING: usize = 360;
pub const TEST: usize = 40;

/// The first and the 17th training image of MNIST, with their labels.
pub const EXAMPLES: [(usize, u8, &[u8]); 2] = [
    (0, 5, include_bytes!("../pictures/mnist-training-0.png")),
    (16, 2, include_bytes!("../pictures/mnist-training-16.png")),
];

/// Class c has a bright row 2c, but one image in seven shows the row of the next class: nobody can get all right.
pub fn write_set(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (part, count) in [("train", TRAINING), ("t10k", TEST)] {
        let mut classes: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
        let image = |index: usize| {
            let shown = if index % 7 == 3 { index + 1 } else { index } % 10;
            let speck = (index * 37) % 784;
            (0..784).map(
                move |pixel| {
                    if pixel / 28 == 2 * shown { 255 } else { u8::from(pixel == speck) * 120 }
                },
            )
        };
        let mut pixels: Vec<u8> = (0..count).flat_map(image).collect();
        for (index, label, png) in EXAMPLES.into_iter().filter(|_| part == "train") {
            let picture = image::load_from_memory(png).unwrap().into_luma8().into_raw();
            pixels[index * 784..(index + 1) * 784].copy_from_slice(&picture);
            classes[index] = label;
        }
        let images = IdxImages { count, height: 28, width: 28, pixels };
        write_files(folder, part, &images, Some(&classes)).unwrap();
    }
    DatasetDescription::mnist().write(&folder.join(DATASET_FILE)).unwrap();
}

/// The number of classes of [`write_many_classes`]: more than a matrix has rows.
pub const MANY_CLASSES: usize = 40;

/// Class c has a bright block at one of 49 places, but every third image shows that of another class.
pub fn write_many_classes(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (part, count) in [("train", 12 * MANY_CLASSES), ("t10k", MANY_CLASSES)] {
        let classes: Vec<u8> = (0..count).map(|index| (index % MANY_CLASSES) as u8).collect();
        let image = |index: usize| {
            let shown = (index + if index % 3 == 0 { index / 3 } else { 0 }) % MANY_CLASSES;
            let is_block = move |pixel: usize| pixel / 28 / 4 == shown / 7 && pixel % 28 / 4 == shown % 7;
            let speck = (index * 37) % 784;
            (0..784).map(move |pixel| if is_block(pixel) { 255 } else { u8::from(pixel == speck) * 120 })
        };
        let pixels = (0..count).flat_map(image).collect();
        write_files(folder, part, &IdxImages { count, height: 28, width: 28, pixels }, Some(&classes))
            .unwrap();
    }
    DatasetDescription::numbered(MANY_CLASSES).write(&folder.join(DATASET_FILE)).unwrap();
}

/// A folder with a set of many classes, a teacher and a student of it.
pub fn workshop_of_many_classes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_many_classes(&folder.path().join("many"));
    let common = ["--data", "many", "--batch-size", "30", "--epochs", "2", "--network", "mlp:16"];
    succeed(folder.path(), &[&["teacher", "--out", "teacher"], &common[..]].concat());
    let distill = ["distill", "--teacher", "teacher", "--out", "student"];
    succeed(folder.path(), &[&distill, &common[..]].concat());
    folder
}

pub fn trainer(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(words).current_dir(folder).env_remove("IMAGO_DATA").output().unwrap()
}

pub fn succeed(folder: &Path, words: &[&str]) -> String {
    let output = trainer(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a set and with runs of it, made once: a teacher, baselines, and distilled students of two temperatures
/// and two seeds in a folder of their own.
pub fn workshop() -> &'static Path {
    static WORKSHOP: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = WORKSHOP.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write_set(&folder.path().join("data"));
        let train = |words: &[&str]| {
            let common = ["--data", "data", "--batch-size", "30", "--augment", "affine"];
            succeed(folder.path(), &[words, &common].concat());
        };
        train(&["teacher", "--out", "teacher", "--epochs", "2"]);
        train(&["student", "--out", "baseline", "--epochs", "6", "--network", "mlp:16"]);
        for (temperature, seed) in [("2", "1"), ("2", "2"), ("8", "1"), ("8", "2")] {
            let out = format!("sweep/t{temperature}/s{seed}");
            let words =
                ["distill", "--teacher", "teacher", "--out", &out, "--epochs", "6", "--network", "mlp:16"];
            train(&[&words, ["--temperature", temperature, "--seed", seed].as_slice()].concat());
        }
        folder
    });
    folder.path()
}

/// The page of `words`, and the data in it.
pub fn report(folder: &Path, words: &[&str], name: &str) -> (String, Value) {
    let line = succeed(folder, &[&["report"], words, &["--out", name]].concat());
    assert!(line.starts_with(&format!("{name}: ")), "{line}");
    let page = std::fs::read_to_string(folder.join(name)).unwrap();
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    let data = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    (page, data)
}

pub const ALL: [&str; 3] = ["teacher", "baseline", "sweep"];

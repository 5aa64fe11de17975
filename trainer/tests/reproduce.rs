//! `trainer reproduce`: every run is trained once, whatever stops it, and a table stands at the end.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::collections::BTreeMap;
use std::path::Path;

use workshop::{interrupt, message, noisy_stripes, succeed, trainer, wait_for, write_images, write_labels};

/// Returns a folder with a data set of noisy stripes in training and test files.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (part, count, offset) in [("train", 240, 0), ("t10k", 50, 999)] {
        write_images(&data, part, noisy_stripes(count, offset));
        write_labels(&data, part, count);
    }
    folder
}

fn reproduce<'a>(experiment: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["reproduce", experiment, "--quick", "--data", "data"], options].concat()
}

/// Returns the weights of each run, by the name of its directory.
fn models(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let model = |path: std::path::PathBuf| {
        let bytes = std::fs::read(path.join("model.safetensors")).ok()?;
        Some((path.file_name().unwrap().to_str().unwrap().to_owned(), bytes))
    };
    paths.filter_map(model).collect()
}

#[cfg(unix)]
#[test]
fn an_experiment_that_was_stopped_goes_on_to_the_same_table() {
    let folder = workshop();
    let whole = succeed(folder.path(), &reproduce("kariya-2018", &["--out", "whole", "--seeds", "2"]));
    let table = String::from_utf8(whole.stdout).unwrap();
    assert!(table.starts_with("Kariya 2018, "), "{table}");
    assert!(table.contains("50 test images of data, mean ± deviation of 2 seeds"), "{table}");
    assert!(table.contains("A look only: "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let row = table.lines().find(|line| line.starts_with("the same, distilled")).unwrap();
    assert!(row.contains("98.18 %") && row.contains('±'), "{row}");

    let words = reproduce("kariya-2018", &["--out", "parts", "--seeds", "2"]);
    let mut child = trainer(folder.path(), &words).spawn().unwrap();
    let metrics = folder.path().join("parts/student-seed1/metrics.jsonl");
    wait_for(&mut child, &metrics);
    let output = interrupt(child);
    assert!(output.stdout.is_empty());
    let text = message(&output);
    assert!(text.contains("trainer: parts: stopped at run ") && text.contains("of 6; "), "{text}");
    let kept = models(&folder.path().join("parts"));
    assert!(!kept.is_empty() && kept.len() < 6, "{:?}", kept.keys());

    let output = succeed(folder.path(), &reproduce("kariya-2018", &["--out", "parts", "--seeds", "2"]));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), table);
    let (whole, parts) = (models(&folder.path().join("whole")), models(&folder.path().join("parts")));
    assert_eq!(parts.len(), 6);
    assert_eq!(parts.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(),);
    for name in ["teacher-seed1", "student-seed2"] {
        assert!(parts[name] == whole[name], "{name}");
    }

    let again = succeed(folder.path(), &reproduce("seed", &["--out", "parts", "--seeds", "2"]));
    assert!(!message(&again).contains("epoch"), "{}", message(&again));
    let other = reproduce("kariya-2018", &["--out", "parts", "--data", "data"]);
    assert_eq!(trainer(folder.path(), &other).output().unwrap().status.code(), Some(2));
}

#[test]
fn missing_classes_stand_in_the_table_before_and_after_the_correction() {
    let folder = workshop();
    let words = ["--out", "runs", "--teacher", "nowhere.safetensors"];
    let output = succeed(folder.path(), &reproduce("hinton-2015", &words));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("nowhere.safetensors is not there: no column"), "{table}");
    let corrected: Vec<&str> = table.lines().filter(|line| line.contains("bias corrected")).collect();
    assert_eq!(corrected.len(), 2, "{table}");
    for name in ["without-3", "only-7-8"] {
        assert!(folder.path().join(format!("runs/{name}-seed1-corrected.safetensors")).is_file());
    }
}

#[test]
fn the_commands_are_listed_and_nothing_is_done() {
    let folder = workshop();
    let output = succeed(folder.path(), &reproduce("kariya-2018", &["--list", "--seeds", "2"]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 6);
    let last = "--epochs 50 --seed 2 --data data --teacher runs/reproduce/kariya-2018-quick/teacher-seed2 \
                --out runs/reproduce/kariya-2018-quick/distilled-seed2";
    assert!(text.trim_end().ends_with(last), "{text}");
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn a_set_without_test_images_is_found_before_anything_is_trained() {
    let folder = workshop();
    std::fs::remove_file(folder.path().join("data/t10k-images-idx3-ubyte")).unwrap();
    let output = trainer(folder.path(), &reproduce("kariya-2018", &["--out", "runs"])).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).starts_with("trainer: data: expected t10k-images-idx3-ubyte"));
    assert!(!folder.path().join("runs").exists());
}

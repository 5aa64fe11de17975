//! Augmented images kept on disk: the same bits as images drawn for each batch, whatever has happened to the files.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use models::weights::Weights;

mod workshop;
use workshop::{message, noisy_stripes, succeed, trainer, write_images, write_labels};

fn set() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (part, count) in [("train", 240), ("t10k", 10)] {
        write_images(&data, part, noisy_stripes(count, 0));
        write_labels(&data, part, count);
    }
    folder
}

const STUDENT: [&str; 13] = [
    "student",
    "--data",
    "data",
    "--network",
    "mlp:16",
    "--batch-size",
    "50",
    "--epochs",
    "5",
    "--augment",
    "elastic",
    "--augment-pool",
    "2",
];

fn trained(folder: &Path, out: &str, options: &[&str]) -> Vec<f32> {
    succeed(folder, &[&STUDENT[..], &["--out", out], options].concat());
    Weights::load(&folder.join(out).join("model.safetensors")).unwrap().values
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("kept")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn kept_augmented_images_change_no_bit() {
    let folder = set();
    let path = folder.path();
    let drawn = trained(path, "drawn", &[]);
    let kept = ["--augment-cache", "kept"];
    assert!(trained(path, "read", &kept) == drawn);
    let first = files(path);
    assert_eq!(first.len(), 2);
    // Files are read again, and made anew where one is torn.
    std::fs::write(&first[0], b"torn").unwrap();
    let mut changed = std::fs::read(&first[1]).unwrap();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    changed.truncate(last);
    std::fs::write(&first[1], changed).unwrap();
    assert!(trained(path, "again", &kept) == drawn);
    // Another seed or strength has other files, and the files that are there are left alone.
    let weak = ["--augment-strength", "0.5"];
    let weakly = trained(path, "weak", &weak);
    assert!(weakly != drawn);
    assert!(trained(path, "weak-kept", &[&weak[..], &kept].concat()) == weakly);
    assert_eq!(files(path).len(), 4);
    trained(path, "seed", &[&["--augment-seed", "9"], &kept[..]].concat());
    assert_eq!(files(path).len(), 6);
}

/// The training sees what is in a file: without this, the test above could not fail.
#[test]
fn augmented_images_come_from_the_files() {
    let folder = set();
    let path = folder.path();
    let kept = ["--augment-cache", "kept"];
    let first = trained(path, "first", &kept);
    for file in files(path) {
        let mut content = std::fs::read(&file).unwrap();
        let start = content.len() - 100 * 784;
        content[start..].fill(255);
        std::fs::write(&file, content).unwrap();
    }
    assert!(trained(path, "painted", &kept) != first);
}

#[test]
fn what_cannot_be_kept_or_scaled_is_said_in_one_line() {
    let folder = set();
    let run = |options: &[&str], status: i32| {
        let output =
            trainer(folder.path(), &[&STUDENT[..], &["--out", "run"], options].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{}", message(&output));
        message(&output)
    };
    for strength in ["-1", "5", "nan"] {
        let line = run(&["--augment-strength", strength], 2);
        assert!(
            line.contains(&format!("'{strength}'")) && line.contains("expected a number from 0 to 4"),
            "{line}"
        );
    }
    assert!(!folder.path().join("run").exists());
    std::fs::write(folder.path().join("kept"), "a file").unwrap();
    let line = run(&["--augment-cache", "kept"], 1);
    assert!(line.contains("kept") && line.contains("cannot be written"), "{line}");
    let words = ["student", "--data", "data", "--augment-strength", "0.5", "--out", "other"];
    let output = trainer(folder.path(), &words).output().unwrap();
    assert!(
        message(&output).contains("expected affine, elastic or photos augmentation"),
        "{}",
        message(&output)
    );
}

//! Exports that fail or are stopped halfway: all files are there afterwards, or what was there before.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

mod workbench;
use workbench::{answer, names, refusal, saved, text, weights, write_set};

/// f32 could be written, f16 cannot hold a value; int8 could, but a folder is in its place.
#[test]
fn of_several_precisions_all_are_written_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    let all = ["--precision", "all", "--overwrite"];
    let mut large = weights();
    large.values[3] = 70_000.0;
    large.save(&model).unwrap();
    for name in ["student-f32.onnx", "student-f16.onnx"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let old_files_alone = |found: String| {
        for name in ["student-f32.onnx", "student-f16.onnx"] {
            assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), name, "{found}");
        }
        assert!(!folder.path().join("student-int8.onnx").is_file(), "{found}");
        found
    };
    let found = old_files_alone(refusal(&model, &out, &all));
    assert!(found.contains("expected values of at most 65504 for f16"), "{found}");

    weights().save(&model).unwrap();
    std::fs::create_dir(folder.path().join("student-int8.onnx")).unwrap();
    let found = old_files_alone(refusal(&model, &out, &all));
    assert!(found.contains("student-int8.onnx: cannot be written: expected a file or nothing"), "{found}");

    std::fs::remove_dir(folder.path().join("student-int8.onnx")).unwrap();
    answer(&[&[text(&model), "--out", text(&out)], &all[..]].concat());
    assert_eq!(
        names(folder.path(), ""),
        ["student-f16.onnx", "student-f32.onnx", "student-int8.onnx", "student.safetensors"]
    );
    assert!(std::fs::metadata(folder.path().join("student-f32.onnx")).unwrap().len() > 1000);
}

/// Starts an export of all precisions that takes a while, and sends it a signal once its first file lies there whole or
/// in part.
#[cfg(unix)]
fn stopped_export(folder: &Path, signal: &str) -> Output {
    let model = saved(folder);
    write_set(folder, 20_000);
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin("exporter"))
        .args([text(&model), "--out", text(&folder.join("student.onnx")), "--precision", "all"])
        .args(["--data", text(folder), "--split", "test", "--overwrite", "--force"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..60_000 {
        if !names(folder, ".student-").is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    child.wait_with_output().unwrap()
}

#[test]
#[cfg(unix)]
fn an_export_that_is_interrupted_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("student-f16.onnx"), "earlier").unwrap();
    let output = stopped_export(folder.path(), "-INT");
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty());
    assert_eq!(names(folder.path(), "student-"), ["student-f16.onnx"]);
    assert_eq!(std::fs::read(folder.path().join("student-f16.onnx")).unwrap(), b"earlier");
    assert!(names(folder.path(), ".").is_empty());
}

#[test]
#[cfg(unix)]
fn what_a_killed_export_leaves_is_gone_after_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = stopped_export(folder.path(), "-KILL");
    assert_eq!(output.status.code(), None);
    assert!(!names(folder.path(), ".student-f32.onnx.").is_empty());
    assert!(names(folder.path(), "student-").is_empty());
    // What another process writes at the time stays.
    let others = folder.path().join(".student-f32.onnx.1-0.tmp");
    let other = std::fs::File::create(&others).unwrap();
    other.lock().unwrap();
    let (model, out) = (folder.path().join("student.safetensors"), folder.path().join("student.onnx"));
    answer(&[text(&model), "--out", text(&out), "--precision", "all"]);
    assert_eq!(names(folder.path(), "."), [".student-f32.onnx.1-0.tmp"]);
    drop(other);
    answer(&[text(&model), "--out", text(&out), "--precision", "all", "--overwrite"]);
    assert!(names(folder.path(), ".").is_empty());
}

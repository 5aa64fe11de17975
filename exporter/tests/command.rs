//! The command `exporter`, as a user meets it.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

mod workbench;
use workbench::{answer, message, refusal, run, run_of_two_epochs, saved, text, weights};

#[test]
fn writes_the_file_and_says_what_it_proved() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    for (options, expected) in [
        (vec![], "f32; "),
        (vec!["--precision", "f16"], "values rounded"),
        (vec!["--precision", "int8"], "int8, dynamic activations; "),
        (vec!["--precision", "int8", "--activations", "f32"], "int8 weights, f32 activations; "),
    ] {
        let arguments = [vec![text(&model), "--out", text(&out), "--overwrite"], options].concat();
        let answer = answer(&arguments);
        assert!(answer.contains("distilled at 20, exported at 1"), "{answer}");
        assert!(answer.contains(expected) && answer.contains("10 golden vectors"), "{answer}");
        assert!(out.is_file());
    }
}

#[test]
fn writes_all_precisions_beside_each_other_and_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    let table = answer(&[text(&model), "--out", text(&out), "--precision", "all"]);
    for precision in ["f32", "f16", "int8"] {
        let file = format!("student-{precision}.onnx");
        let bytes = std::fs::metadata(folder.path().join(&file)).unwrap().len();
        let row = table.lines().find(|line| line.starts_with(&file)).unwrap();
        assert!(row.contains(&bytes.to_string()), "{table}");
    }
    assert!(!out.exists());
    assert!(table.contains("--data names the images"), "{table}");
}

#[test]
fn refuses_a_file_that_is_there_unless_it_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    std::fs::write(&out, "earlier").unwrap();
    let found = refusal(&model, &out, &[]);
    assert!(found.contains("student.onnx: there is a file already; --overwrite replaces it"), "{found}");
    assert_eq!(std::fs::read(&out).unwrap(), b"earlier");
    answer(&[text(&model), "--out", text(&out), "--overwrite"]);
    assert_ne!(std::fs::read(&out).unwrap(), b"earlier");
    // Of several files none is written where one is there already.
    std::fs::write(folder.path().join("student-int8.onnx"), "earlier").unwrap();
    assert!(
        refusal(&model, &out, &["--precision", "all"]).contains("student-int8.onnx: there is a file already")
    );
    assert!(!folder.path().join("student-f32.onnx").exists());
}

#[test]
fn refuses_weights_that_are_truncated_and_keeps_the_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    std::fs::write(&out, "earlier").unwrap();
    let bytes = std::fs::read(&model).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    let found = refusal(&model, &out, &["--overwrite"]);
    assert!(found.contains("student.safetensors: expected a safetensors file"), "{found}");
    assert_eq!(std::fs::read(&out).unwrap(), b"earlier");
}

/// The weights' file with a part of its header replaced by another of the same length.
fn with_header(folder: &Path, part: &str, other: &str) -> PathBuf {
    assert_eq!(part.len(), other.len());
    let model = saved(folder);
    let mut bytes = std::fs::read(&model).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - part.len()).filter(|&at| bytes[at..].starts_with(part.as_bytes())).collect();
    assert!(!places.is_empty(), "{part}");
    places.into_iter().for_each(|at| bytes[at..at + part.len()].copy_from_slice(other.as_bytes()));
    std::fs::write(&model, bytes).unwrap();
    model
}

#[test]
fn refuses_tensors_that_are_missing_surplus_or_misshapen() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("student.onnx");
    let found = |part: &str, other: &str| {
        let found = refusal(&with_header(folder.path(), part, other), &out, &[]);
        assert!(!out.exists());
        found
    };
    let missing = found("\"fc2.bias\"", "\"fc9.bias\"");
    assert!(missing.contains("tensor \"fc2.bias\": expected F32 [10], found none"), "{missing}");
    let misshapen = found("\"shape\":[10,6]", "\"shape\":[6,10]");
    assert!(
        misshapen.contains("tensor \"fc2.weight\": expected F32 [10, 6], found F32 [6, 10]"),
        "{misshapen}"
    );
    let mistyped = found("{\"dtype\":\"F32\",\"shape\":[6,784]", "{\"dtype\":\"I32\",\"shape\":[6,784]");
    assert!(mistyped.contains("tensor \"fc1.weight\": expected F32 [6, 784], found I32"), "{mistyped}");
    // Of another architecture: seven units where the tensors have six.
    let other = found("\\\"outputs\\\":6}", "\\\"outputs\\\":7}");
    assert!(other.contains("linear: expected 6 inputs, found 7"), "{other}");
}

#[test]
fn refuses_labels_that_are_not_as_many_as_the_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let model = with_header(folder.path(), ",\\\"8\\\",\\\"9\\\"]", ",\\\"8\\\"      ]");
    let found = refusal(&model, &folder.path().join("student.onnx"), &[]);
    assert!(
        found.contains("student.safetensors: classes: the contract has 9, the network has 10"),
        "{found}"
    );
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
    let found = refusal(&model, &out, &[]);
    assert!(!out.exists());
    assert!(found.contains("expected finite values, found NaN"), "{found}");
}

#[test]
fn refuses_values_that_f16_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut large = weights();
    large.values[3] = -70_000.0;
    let (model, out) = (folder.path().join("large.safetensors"), folder.path().join("student.onnx"));
    large.save(&model).unwrap();
    let found = refusal(&model, &out, &["--precision", "f16"]);
    let expected =
        "large.safetensors: tensor \"fc1.weight\": expected values of at most 65504 for f16, found -70000";
    assert!(found.contains(expected), "{found}");
    assert!(!out.exists());
}

#[test]
fn refuses_a_folder_that_is_no_run_and_a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("student.onnx");
    let found = refusal(folder.path(), &out, &[]);
    assert!(found.contains("config.toml: cannot be read"), "{found}");
    assert_eq!(found.matches("No such file").count(), 1, "{found}");
    assert!(refusal(&folder.path().join("nothing"), &out, &[]).contains("nothing: cannot be read"));
}

#[test]
fn the_table_to_choose_by_reads_no_test_images() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of_two_epochs(folder.path());
    let out = folder.path().join("student.onnx");
    for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let table = answer(&[text(&run), "--out", text(&out), "--precision", "all"]);
    assert!(table.contains(" validation images of "), "{table}");
    let single = [text(&run), "--out", text(&out), "--data", text(folder.path())];
    assert!(answer(&[&single[..], &["--split", "validation"]].concat()).contains(" validation images of "));
    let found = refusal(&run, &out, &["--overwrite", "--data", text(folder.path())]);
    assert!(found.contains("expected t10k-labels-idx1-ubyte"), "{found}");
}

#[test]
fn a_run_that_has_not_finished_says_so_and_gives_its_last_checkpoint_when_forced() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of_two_epochs(folder.path());
    let (finished, forced) = (folder.path().join("finished.onnx"), folder.path().join("forced.onnx"));
    let answer_of_finished = answer(&[text(&run), "--out", text(&finished)]);
    // What the run was trained on is there, and is what the file is tried on.
    assert!(answer_of_finished.contains("of 10 test images of"), "{answer_of_finished}");

    std::fs::remove_file(run.join("model.safetensors")).unwrap();
    let found = refusal(&run, &forced, &[]);
    assert!(
        found.contains("run: the run has not finished; `trainer resume` goes on with it, --force takes"),
        "{found}"
    );
    answer(&[text(&run), "--out", text(&forced), "--force"]);
    assert!(std::fs::read(&forced).unwrap() == std::fs::read(&finished).unwrap());

    std::fs::remove_file(run.join("checkpoint/state.safetensors")).unwrap();
    let found = refusal(&run, &forced, &["--force", "--overwrite"]);
    assert!(
        found.contains("state.safetensors: expected a checkpoint after an epoch, found none yet"),
        "{found}"
    );
}

#[test]
fn calibration_takes_images_of_the_training_split() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of_two_epochs(folder.path());
    let out = folder.path().join("student.onnx");
    let calibrated = [text(&run), "--out", text(&out), "--precision", "int8", "--calibrate"];
    let answer = answer(&[calibrated.as_slice(), &["40"]].concat());
    assert!(answer.contains("int8, activations calibrated on 40 images"), "{answer}");
    let found = refusal(&run, &out, &["--precision", "int8", "--calibrate", "41", "--overwrite"]);
    assert!(found.contains("--calibrate: expected at most 40 training images, found 41"), "{found}");
}

#[test]
fn refuses_a_place_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(folder.path());
    let found = refusal(&model, &folder.path().join("no/such/student.onnx"), &[]);
    assert!(found.contains("student.onnx: cannot be written"), "{found}");
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    assert!(refusal(&model, &taken, &[]).contains("taken: cannot be written"));
    let found = refusal(&model, Path::new("/dev/null"), &[]);
    assert!(found.contains("/dev/null: cannot be written: expected a file"), "{found}");
}

/// A limit on the size of files stands for the disk: both give a part of a write, then an error.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let program = assert_cmd::cargo::cargo_bin("exporter");
    let output = std::process::Command::new("sh")
        .args(["-c", script, text(&program), text(&model), "--out", text(&out)])
        .output()
        .unwrap();
    let found = message(output, folder.path());
    assert!(found.contains("student.onnx: cannot be written: File too large"), "{found}");
    assert!(!out.exists());
}

#[test]
fn options_that_belong_to_another_precision_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    let calibrate = refusal(&model, &out, &["--calibrate", "10"]);
    assert!(calibrate.contains("--calibrate: expected --precision int8"), "{calibrate}");
    let activations = refusal(&model, &out, &["--precision", "f16", "--activations", "f32"]);
    assert!(activations.contains("--activations: expected --precision int8"), "{activations}");
    let without_data = refusal(&model, &out, &["--precision", "int8", "--calibrate", "10"]);
    assert!(without_data.contains("--calibrate: expected --data"), "{without_data}");
    let nowhere = refusal(&model, &out, &["--data", "no/such/folder"]);
    let expected = "exporter: no/such/folder: expected a directory with a folder of pictures for each class";
    assert!(nowhere.starts_with(expected) && nowhere.contains("found nothing there"), "{nowhere}");
    assert!(!out.exists());
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    for arguments in [vec!["runs/student"], vec!["--out", "a.onnx"], vec!["verify"], vec![]] {
        assert_eq!(run(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    let output = run(&["runs/student", "--out", "a.onnx", "--precision", "f8"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

#[test]
fn the_sign_for_standard_output_is_no_name_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(folder.path());
    let mut command = assert_cmd::Command::cargo_bin("exporter").unwrap();
    let output = command.args([text(&model), "--out", "-"]).current_dir(folder.path()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
    assert!(message.contains("expected the name of a file, found the sign for standard output"), "{message}");
    assert!(!folder.path().join("-").exists());
}

#[test]
fn what_is_invisible_in_a_word_is_shown() {
    for word in ["--pre\u{202e}cision", "--precision=\u{202e}"] {
        let message = String::from_utf8(run(&["x", "--out", "y", word]).stderr).unwrap();
        assert!(message.contains("\\u{202e}") && !message.contains('\u{202e}'), "{message:?}");
    }
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (saved(folder.path()), folder.path().join("student.onnx"));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("exporter"));
    let output = command.args([text(&model), "--out", text(&out)]).stdout(full).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("exporter: standard output: cannot be written: No space left"), "{message}");
}

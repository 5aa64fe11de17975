//! Wrong words on the command line: in come slips that people make, out comes one line that says what was expected, what
//! may have been meant, or what to do.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;
use models::zoo::STUDENT_ONNX;

/// Runs `trainer` and returns its one line on standard error; expects nothing on standard output.
fn refusal(folder: &Path, words: &[&str], status: i32) -> String {
    let mut command = Command::cargo_bin("trainer").unwrap();
    let output = command.args(words).current_dir(folder).env_remove("IMAGO_DATA").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{words:?}: {message}");
    assert!(output.stdout.is_empty() && message.lines().count() == 1, "{words:?}: {message}");
    message
}

#[test]
fn a_misspelt_word_is_told_with_those_that_are_allowed_and_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let student = ["student", "--data", "mnist", "--out", "run"];
    for (option, found, expected) in [
        ("--optimizer", "adam", "expected adamw or sgd; did you mean adamw?"),
        ("--schedule", "cosin", "expected constant, cosine or one-cycle; did you mean cosine?"),
        (
            "--augment",
            "elastc",
            "expected none, shift, affine, elastic, flip or photos; did you mean elastic?",
        ),
        ("--network", "kariya", "; did you mean kariya-2018?"),
        ("--network", "mlp:64,32", "or a TOML file; did you mean mlp:64x32?"),
        ("--resize", "ikn", "; did you mean ink?"),
        ("--device", "cud", "expected auto, cpu, cuda or cuda:N; did you mean cuda?"),
        ("--epochs", "1M", "expected a whole number from 1 to 1000000, in digits alone"),
        ("--batch-size", "0", "expected a whole number of at least 1, in digits alone"),
        ("--seed", "one", "expected a whole number from 0 to 18446744073709551615, in digits alone"),
        ("--threads", "0", "expected a whole number from 1 to 1024, in digits alone"),
        ("--augment-strength", "strong", "expected a number from 0 to 4"),
    ] {
        let message = refusal(folder.path(), &[&student[..], &[option, found]].concat(), 2);
        let start = format!("trainer: invalid value '{found}' for '{option} ");
        assert!(message.starts_with(&start) && message.trim_end().ends_with(expected), "{message}");
    }
    let distill = ["distill", "--data", "mnist", "--teacher", "t", "--out", "run", "--loss", "softend-kl"];
    let message = refusal(folder.path(), &distill, 2);
    assert!(
        message
            .contains("expected softened-kl, logit-mse, dkd or standardized-kl; did you mean softened-kl?")
    );
    let message = refusal(folder.path(), &["fetch", "minst"], 2);
    assert!(
        message.trim_end().ends_with("expected mnist, fashion-mnist or cifar-10; did you mean mnist?"),
        "{message}"
    );
}

#[test]
fn a_set_that_is_nowhere_is_guessed_at() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let expected = "expected a directory with a folder of pictures for each class or with IDX files, a CSV file with path \
                    and label, or mnist, fashion-mnist or cifar-10, found";
    for (data, found) in [
        ("minst", "nothing there; did you mean mnist?"),
        ("fashion_mnist", "nothing there; did you mean fashion-mnist?"),
        ("no/such", "nothing there"),
        ("file", "a file"),
    ] {
        let message = refusal(folder.path(), &["student", "--data", data, "--out", "run"], 1);
        assert_eq!(message.trim_end(), format!("trainer: {data}: {expected} {found}"));
    }
}

#[test]
fn a_folder_of_pictures_that_nothing_says_the_class_of_is_told_what_a_data_set_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["photos/1.jpg", "photos/2.jpg", "photos/3.jpg"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let message = refusal(folder.path(), &["student", "--data", "photos", "--out", "run"], 1);
    for part in [
        "expected a folder for each class, found 3 pictures directly in it; ",
        "a CSV file with the columns path and label",
        "`trainer distill --transfer photos`",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn an_onnx_file_in_the_place_of_weights_is_called_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("student.onnx"), STUDENT_ONNX).unwrap();
    let expected = "trainer: student.onnx: expected a run or a safetensors file, found an ONNX file";
    for words in [
        ["distill", "--teacher", "student.onnx", "--data", "mnist", "--out", "run"].as_slice(),
        &["soften", "student.onnx", "--data", "mnist", "--index", "0"],
        &["correct-bias", "student.onnx", "--data", "mnist", "--out", "new"],
        &["report", "student.onnx", "--out", "page.html"],
    ] {
        let message = refusal(folder.path(), words, 1);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn no_cause_is_said_twice() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for words in [
        ["resume", "nowhere"].as_slice(),
        &["evaluate", "nowhere", "--data", "mnist"],
        &["report", "nowhere", "--out", "page.html"],
        &["fetch", "mnist", "--data-dir", "file/inside"],
    ] {
        let message = refusal(folder.path(), words, 1);
        assert_eq!(message.matches("os error").count(), 1, "{message}");
    }
}

#[test]
fn what_is_invisible_in_a_word_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for word in ["--form\u{202e}at", "no\u{200b}thing"] {
        let mut command = Command::cargo_bin("trainer").unwrap();
        let output = command.arg(word).current_dir(folder.path()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("\\u{") && message.lines().count() > 1, "{message}");
        let is_hidden = |character| character != '\n' && models::storage::printable::is_invisible(character);
        assert!(!message.contains(is_hidden), "{message:?}");
    }
    let evaluate = ["evaluate", "x", "--data", "mnist", "--format", "\u{202e}"];
    assert!(refusal(folder.path(), &evaluate, 2).contains("'\\u{202e}'"));
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(["student", "--data", "mnist", "--out", "run"]).current_dir(folder.path());
    let output = command.env("IMAGO_DATA", "").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("trainer: data/mnist: "), "{message}");
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("student.onnx"), STUDENT_ONNX).unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let images = trainer::data::idx::IdxImages { count: 10, height: 28, width: 28, pixels: vec![0; 7840] };
    let labels: Vec<u8> = (0..10).collect();
    trainer::data::idx::write_files(&folder.path().join("data"), "t10k", &images, Some(&labels)).unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("trainer"));
    command.args(["evaluate", "student.onnx", "--data", "data"]).current_dir(folder.path());
    let output = command.stdout(full).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("trainer: standard output: cannot be written: No space left"), "{message}");
}

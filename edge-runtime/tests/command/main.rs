//! The command as its users meet it: answers, errors and exit statuses. No test depends on what the model answers.

// A test that cannot go on may say so by a panic.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod everyday_folders;
mod reports;
mod standard_input;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use assert_cmd::Command;
use image::{GrayImage, Luma};
use prost::Message;
use tract_onnx::pb::ModelProto;

fn edge_runtime() -> Command {
    Command::cargo_bin("edge-runtime").unwrap()
}

/// The program, for tests that talk to it while it runs.
fn program() -> std::process::Command {
    std::process::Command::new(env!("CARGO_BIN_EXE_edge-runtime"))
}

const STUDENT: &[u8] = models::zoo::STUDENT_ONNX;

/// The file of the shipped student with a change.
fn changed_student(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(STUDENT).unwrap();
    change(&mut model);
    model.encode_to_vec()
}

/// A folder with the pictures `0.png` to `{count - 1}.png`, each with a stroke of its own.
fn pictures(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..count {
        picture(&folder.path().join(format!("{index}.png")), index);
    }
    folder
}

fn picture(path: &Path, index: u32) {
    let ink = |x: u32, y: u32| x.abs_diff(6 + index % 16) < 2 && (4..24).contains(&y);
    GrayImage::from_fn(28, 28, |x, y| Luma([if ink(x, y) { 255 } else { 0 }])).save(path).unwrap();
}

fn classify(arguments: &[&str], paths: &[PathBuf]) -> Output {
    edge_runtime().arg("classify").args(arguments).args(paths).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn text_has_a_line_a_picture_with_path_label_and_percent() {
    let folder = pictures(2);
    let paths = [folder.path().join("1.png"), folder.path().join("0.png")];
    let output = classify(&[], &paths);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    let lines: Vec<String> = out(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2);
    for (line, path) in lines.iter().zip(&paths) {
        assert!(line.starts_with(path.to_str().unwrap()) && line.ends_with('%'), "{line}");
    }
}

#[test]
fn further_guesses_stand_below_in_the_same_columns() {
    let folder = pictures(1);
    let output = classify(&["--top", "3"], &[folder.path().join("0.png")]);
    let text = out(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("   ") && lines.iter().all(|line| line.len() == lines[0].len()), "{text}");
}

#[test]
fn json_has_all_probabilities_in_label_order() {
    let folder = pictures(1);
    let path = folder.path().join("0.png");
    let output = classify(&["--format", "json", "--top", "2"], std::slice::from_ref(&path));
    let line = &json_lines(&output)[0];
    assert_eq!(line["path"], path.to_str().unwrap());
    let probabilities: Vec<f64> =
        line["probabilities"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(probabilities.len(), 10);
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-5);
    assert_eq!(line["top"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&line["top"][0]["label"], &line["top"][0]["probability"]),
        (&line["label"], &line["probability"])
    );
    assert_eq!(line["probability"].as_f64().unwrap(), probabilities.iter().copied().fold(0.0, f64::max));
}

#[test]
fn csv_has_a_header_and_a_row_a_guess() {
    let folder = pictures(2);
    let output = classify(&["--format", "csv", "--top", "2"], &[folder.path().to_owned()]);
    let text = out(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "path,rank,label,probability");
    assert_eq!(lines.len(), 5);
    assert!(lines[1].contains("0.png,1,") && lines[2].contains("0.png,2,") && lines[3].contains("1.png,1,"));
}

#[test]
fn more_guesses_than_classes_give_all_classes() {
    let folder = pictures(1);
    let output = classify(&["--format", "json", "--top", "999"], &[folder.path().to_owned()]);
    assert_eq!(json_lines(&output)[0]["top"].as_array().unwrap().len(), 10);
}

#[test]
fn answers_come_in_order_and_are_the_same_with_any_number_of_threads() {
    let folder = pictures(30);
    let names = |order: &mut dyn Iterator<Item = u32>| -> Vec<PathBuf> {
        order.map(|index| folder.path().join(format!("{index}.png"))).collect()
    };
    let paths = names(&mut (0..30).rev());
    let expected = out(&classify(&["--format", "json", "--threads", "1"], &paths));
    assert_eq!(expected.lines().count(), 30);
    for threads in ["2", "5", "64"] {
        assert_eq!(out(&classify(&["--format", "json", "--threads", threads], &paths)), expected);
    }
}

#[test]
fn a_bad_picture_is_named_and_skipped() {
    let folder = pictures(2);
    let whole = fs::read(folder.path().join("0.png")).unwrap();
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    for (name, bytes) in [
        ("empty.png", &b""[..]),
        ("text.png", b"no picture"),
        ("cut.png", &whole[..whole.len() - 9]),
        ("huge.png", &huge),
        ("cut.gif", b"GIF89a\x01\x00\x01\x00"),
    ] {
        let bad = folder.path().join(name);
        fs::write(&bad, bytes).unwrap();
        let paths = [folder.path().join("0.png"), bad.clone(), folder.path().join("1.png")];
        let output = classify(&["--format", "json"], &paths);
        assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 2), "{name}");
        let errors = errors(&output);
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with(&format!("{}: expected", bad.display())), "{errors}");
    }
}

#[test]
fn a_missing_file_is_named_and_skipped() {
    let folder = pictures(1);
    let output = classify(&[], &[folder.path().join("nowhere.png"), folder.path().join("0.png")]);
    assert_eq!((output.status.code(), out(&output).lines().count()), (Some(1), 1));
    assert!(errors(&output).contains("nowhere.png: cannot be read: "));
}

#[test]
fn a_folder_stands_for_its_pictures_sorted_by_name() {
    let folder = pictures(3);
    fs::rename(folder.path().join("1.png"), folder.path().join("B.PNG")).unwrap();
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    fs::create_dir(folder.path().join("inside")).unwrap();
    picture(&folder.path().join("inside").join("deep.png"), 4);
    let names = |arguments: &[&str]| -> Vec<String> {
        let output = classify(&[&["--format", "json"], arguments].concat(), &[folder.path().to_owned()]);
        assert_eq!(output.status.code(), Some(0));
        let name =
            |line: &serde_json::Value| line["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        json_lines(&output).iter().map(name).collect()
    };
    assert_eq!(names(&[]), ["0.png", "2.png", "B.PNG"]);
    assert_eq!(names(&["--recursive"]), ["0.png", "2.png", "B.PNG", "deep.png"]);
}

#[test]
fn a_folder_without_pictures_is_an_error_of_its_own() {
    let (folder, empty) = (pictures(1), tempfile::tempdir().unwrap());
    let output = classify(&[], &[empty.path().to_owned(), folder.path().to_owned()]);
    assert_eq!((output.status.code(), out(&output).lines().count()), (Some(1), 1));
    assert!(errors(&output).contains("expected pictures, found none"));
}

#[test]
fn what_is_less_likely_than_asked_for_is_unsure() {
    let folder = pictures(12);
    let path = [folder.path().to_owned()];
    let plain = json_lines(&classify(&["--format", "json"], &path));
    let mut sorted: Vec<f64> = plain.iter().map(|line| line["probability"].as_f64().unwrap()).collect();
    sorted.sort_by(f64::total_cmp);
    // Between the two in the middle, so that six are surely unsure and six are not.
    assert!(sorted[5] < sorted[6], "{sorted:?}");
    let limit = ((sorted[5] + sorted[6]) / 2.0).to_string();
    let with = |arguments: &[&str]| {
        let output = classify(&[&["--min-confidence", &limit], arguments].concat(), &path);
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        output
    };
    for (before, after) in plain.iter().zip(json_lines(&with(&["--format", "json"]))) {
        let unsure = before["probability"].as_f64().unwrap() < limit.parse().unwrap();
        assert_eq!((&before["unsure"], &after["unsure"]), (&false.into(), &unsure.into()));
        let label = if unsure { &"unsure".into() } else { &before["label"] };
        assert_eq!(&after["label"], label);
        for key in ["path", "probability", "top", "probabilities"] {
            assert_eq!(after[key], before[key]);
        }
    }
    let text = out(&with(&[]));
    assert_eq!((text.lines().count(), text.matches("  unsure  ").count()), (12, 6), "{text}");
    let csv = out(&with(&["--format", "csv"]));
    assert_eq!((csv.lines().count(), csv.matches(",0,unsure,0.").count()), (13, 6), "{csv}");
    // Where several guesses are asked for, they follow.
    assert_eq!(out(&with(&["--top", "2"])).lines().count(), 24 + 6);
    assert_eq!(out(&with(&["--top", "2", "--format", "csv"])).lines().count(), 1 + 24 + 6);
}

#[test]
fn json_lines_have_these_keys_in_this_order() {
    let folder = pictures(1);
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    let text = out(&output);
    let position = |key: &str| text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key}: {text}"));
    let keys = ["path", "label", "unsure", "probability", "top", "probabilities"];
    assert!(keys.map(position).is_sorted(), "{text}");
    assert_eq!(json_lines(&output)[0].as_object().unwrap().len(), keys.len());
}

#[test]
fn colours_are_for_terminals_unless_they_are_forced() {
    let folder = pictures(1);
    let with = |variables: &[(&str, &str)]| {
        let mut command = edge_runtime();
        command.env_remove("NO_COLOR").envs(variables.iter().copied()).arg("classify").arg(folder.path());
        out(&command.output().unwrap())
    };
    let plain = with(&[]);
    assert!(!plain.contains('\x1b'), "{plain}");
    let coloured = with(&[("CLICOLOR_FORCE", "1")]);
    assert!(coloured.contains("\x1b[1m") && coloured.contains("\x1b[0m"), "{coloured}");
    assert_eq!(coloured.replace("\x1b[1m", "").replace("\x1b[0m", ""), plain);
    assert_eq!(with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), plain);
}

#[test]
fn usage_errors_have_status_2() {
    for arguments in [
        &["classify"][..],
        &["classify", "--top", "0", "a.png"],
        &["classify", "--threads", "0", "a.png"],
        &["classify", "--threads", "9999999999", "a.png"],
        &["classify", "--max-pixels", "0", "a.png"],
        &["classify", "--format", "xml", "a.png"],
        &["classify", "--min-confidence", "1.5", "a.png"],
        &["classify", "-", "a.png", "-"],
        &["bench", "--seconds", "-1"],
        &["guess", "a.png"],
        &[],
    ] {
        let output = edge_runtime().args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
    }
}

#[test]
fn a_confidence_that_is_no_probability_is_explained() {
    for value in ["1.5", "-0.1", "NaN", "inf", "half", ""] {
        let output = classify(&["--min-confidence", value], &["a.png".into()]);
        let errors = errors(&output);
        assert!(errors.contains("expected a probability from 0 to 1"), "{value}: {errors}");
    }
}

#[test]
fn an_unusable_model_has_status_2_and_is_named() {
    let folder = pictures(1);
    let model = folder.path().join("model.onnx");
    let picture = folder.path().join("0.png");
    for (content, expected) in [
        (None, "model.onnx: cannot be read: "),
        (Some(&b""[..]), "model.onnx: expected an ONNX model, found an empty file"),
        (Some(b"just some text"), "model.onnx: expected an ONNX model, found something else"),
        (Some(b"\x08\x08\x3a\x00"), "found none: the file was not written by `exporter`"),
    ] {
        if let Some(content) = content {
            fs::write(&model, content).unwrap();
        }
        for command in ["classify", "info", "self-test", "bench"] {
            let paths: &[&Path] = if command == "classify" { &[&picture] } else { &[] };
            let output = edge_runtime().arg(command).arg("--model").arg(&model).args(paths).output().unwrap();
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
            let errors = errors(&output);
            assert!(errors.contains(expected) && errors.lines().count() == 1, "{errors}");
        }
    }
}

#[test]
fn the_limit_of_pixels_can_be_lowered() {
    let folder = pictures(1);
    let output = classify(&["--max-pixels", "783"], &[folder.path().to_owned()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("expected at most 783 pixels, found 28x28"));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_utf8_is_classified() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"a\xff\n.png"));
    let plain = folder.path().join("plain.png");
    picture(&plain, 1);
    fs::rename(&plain, &path).unwrap();
    for format in ["text", "json", "csv"] {
        let output = classify(&["--format", format], &[path.clone(), folder.path().to_owned()]);
        assert_eq!(output.status.code(), Some(0));
    }
    assert_eq!(out(&classify(&[], std::slice::from_ref(&path))).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = pictures(30);
    for format in ["text", "json", "csv"] {
        let mut child = program()
            .args(["classify", "--format", format])
            .args(vec![folder.path(); 50])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let folder = pictures(1);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = program().arg("classify").arg(folder.path()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).starts_with("standard output: cannot be written: "));
}

#[test]
fn help_teaches_examples_exit_statuses_and_formats_within_80_columns() {
    for (command, parts) in [
        (&["--help"][..], &["Examples:", "Exit status:", "self-test", "bench"][..]),
        (
            &["classify", "--help"],
            &[
                "Examples:",
                "Exit status:",
                "Any size will do",
                "probabilities",
                "path,rank,label,probability",
            ],
        ),
        (&["info", "--help"], &["Examples:", "SHA-256"]),
        (&["self-test", "--help"], &["Exit status:"]),
        (&["bench", "--help"], &["Examples:", "p99"]),
    ] {
        let help = out(&edge_runtime().args(command).output().unwrap());
        for part in parts {
            assert!(help.contains(part), "{help} lacks {part}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}

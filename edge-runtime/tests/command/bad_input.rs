//! Files and circumstances that would hang, fill the memory or mislead a careless program.

use models::contract::{METADATA_KEY, ModelContract};

use super::*;

/// More than any file that is read; it takes no room on the disk.
const FOUR_GIGABYTES: u64 = 4 << 30;

fn sparse(path: &Path, beginning: &[u8]) {
    fs::write(path, beginning).unwrap();
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(FOUR_GIGABYTES).unwrap();
}

/// The shipped student with another contract.
fn student_with(path: &Path, change: impl FnOnce(&mut ModelContract)) {
    let bytes = changed_student(|model| {
        let property = model.metadata_props.iter_mut().find(|property| property.key == METADATA_KEY);
        let property = property.unwrap();
        let mut contract = ModelContract::from_json(&property.value).unwrap();
        change(&mut contract);
        property.value = contract.to_json();
    });
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_contract_of_another_model_is_refused() {
    let folder = pictures(1);
    let model = folder.path().join("model.onnx");
    let expect = |expected: &str| {
        let output = classify(&["--model", model.to_str().unwrap()], &[folder.path().join("0.png")]);
        let errors = errors(&output);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
        assert!(errors.contains("model.onnx: ") && errors.contains(expected), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    };
    student_with(&model, |contract| contract.labels.truncate(9));
    expect("expected [1, 9] for the contract's 9 labels, found [1, 10]");
    student_with(&model, |contract| contract.labels.push("none".to_owned()));
    expect("expected [1, 11] for the contract's 11 labels, found [1, 10]");
    student_with(&model, |contract| contract.input.height = 32);
    expect("expected [batch, 1, 32, 28]");
}

#[test]
fn files_of_four_gigabytes_are_refused_unread() {
    let folder = pictures(1);
    let good = folder.path().join("0.png");
    for (name, beginning) in [
        ("huge.png", &fs::read(&good).unwrap()[..]),
        ("huge.jpg", b"\xff\xd8\xff\xe0"),
        ("huge.txt", b"text"),
    ] {
        let huge = folder.path().join(name);
        sparse(&huge, beginning);
        let output = classify(&["--format", "json"], &[huge, good.clone()]);
        assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 1));
        assert!(
            errors(&output).contains("expected at most 536870912 bytes, found more"),
            "{}",
            errors(&output)
        );
    }
    let model = folder.path().join("huge.onnx");
    sparse(&model, b"\x08\x08");
    let output = classify(&["--model", model.to_str().unwrap()], &[good]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("huge.onnx: file size: expected at most 268435456 bytes, found more"));
}

#[cfg(unix)]
#[test]
fn named_pipes_and_devices_keep_nobody_waiting() {
    let folder = pictures(1);
    let pipe = folder.path().join("pipe.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = edge_runtime();
    command.timeout(std::time::Duration::from_secs(60));
    command
        .args(["classify", "--format", "json"])
        .arg(&pipe)
        .arg("/dev/zero")
        .arg("/dev/null")
        .arg(folder.path());
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 1));
    let errors = errors(&output);
    assert!(errors.contains("pipe.png: cannot be read: expected a file, found a named pipe"), "{errors}");
    assert!(errors.contains("/dev/zero: expected a PNG") && errors.contains("/dev/null: expected a picture"));
}

/// The answers fill the pipe, and the program waits: what is removed then has been found, but not yet read.
#[cfg(unix)]
#[test]
fn files_that_vanish_meanwhile_are_named_and_skipped() {
    let folder = pictures(1);
    for index in 1..3000 {
        fs::hard_link(folder.path().join("0.png"), folder.path().join(format!("{index:04}.png"))).unwrap();
    }
    let mut child = program()
        .args(["classify", "--format", "json", "--threads", "2"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut text = vec![0];
    std::io::Read::read_exact(&mut output, &mut text).unwrap();
    for name in ["2998.png", "2999.png"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    std::io::Read::read_to_end(&mut output, &mut text).unwrap();
    let end = child.wait_with_output().unwrap();
    let errors = errors(&end);
    assert_eq!((end.status.code(), errors.lines().count()), (Some(1), 2), "{errors}");
    assert!(errors.contains("2998.png: cannot be read: ") && errors.contains("2999.png: cannot be read: "));
    assert_eq!(String::from_utf8(text).unwrap().lines().count(), 2998);
}

/// Tests that are started in the background may ignore interruptions, and programs inherit that: they would never end.
#[cfg(unix)]
fn interruptible() -> std::process::Command {
    if !cfg!(target_os = "linux") {
        return program();
    }
    let mut command = std::process::Command::new("env");
    command.arg("--default-signal=INT").arg(program().get_program());
    command
}

#[cfg(unix)]
#[test]
fn whoever_interrupts_has_whole_lines() {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;

    const INTERRUPT: i32 = 2;
    let folder = pictures(1);
    let list = format!("{}\n", folder.path().join("0.png").display()).repeat(100_000);
    for format in ["text", "json", "csv"] {
        let answers = folder.path().join("answers");
        let mut child = interruptible()
            .args(["classify", "-", "--top", "3", "--threads", "3", "--format", format])
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&answers).unwrap())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let list = list.clone();
        // The list stays open, so that the program cannot come to its end; it breaks when the program ends.
        let writer = std::thread::spawn(move || {
            let _ = input.write_all(list.as_bytes());
            input
        });
        while fs::metadata(&answers).unwrap().len() < 100_000 {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::yield_now();
        }
        let interrupted = std::process::Command::new("sh")
            .args(["-c", &format!("kill -INT {}", child.id())])
            .status()
            .unwrap();
        assert!(interrupted.success());
        assert_eq!(child.wait().unwrap().signal(), Some(INTERRUPT));
        drop(writer.join().unwrap());
        let text = fs::read_to_string(&answers).unwrap();
        assert!(text.ends_with('\n'), "{format}: {}", &text[text.len() - 200..]);
        let is_whole = |line: &str| match format {
            "json" => serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "csv" => line.split(',').count() == 4,
            _ => line.ends_with('%'),
        };
        assert!(text.lines().all(is_whole), "{format}");
    }
}

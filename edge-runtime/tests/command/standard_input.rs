//! `classify -`: lists of paths and single pictures, and answers that come while the list is still being written.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::*;

/// Long enough for a machine under load; what waits longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn classify_input(arguments: &[&str], input: impl Into<Vec<u8>>) -> Output {
    edge_runtime()
        .args(["classify", "-"])
        .args(arguments)
        .write_stdin(input)
        .timeout(PATIENCE)
        .output()
        .unwrap()
}

/// A running `classify -` and the lines that it writes.
pub(crate) struct Conversation {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Conversation {
    pub(crate) fn begin(arguments: &[&str]) -> Self {
        let mut child = program()
            .args(["classify", "-"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || output.lines().try_for_each(|line| sender.send(line.unwrap())));
        let input = child.stdin.take();
        Self { child, input, lines }
    }

    fn write(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("an answer in time")
    }

    fn end(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (status.code(), errors)
    }
}

#[test]
fn a_list_is_classified_as_the_same_arguments_are() {
    let folder = pictures(5);
    let paths: Vec<PathBuf> = (0..5).rev().map(|index| folder.path().join(format!("{index}.png"))).collect();
    let names: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    for format in ["json", "csv"] {
        let expected = out(&classify(&["--format", format], &paths));
        for list in [names.join("\n"), names.join("\r\n") + "\r\n", names.join("\0"), names.join("\0") + "\0"]
        {
            let output = classify_input(&["--format", format], list);
            assert_eq!((output.status.code(), out(&output)), (Some(0), expected.clone()));
        }
    }
    let output = classify_input(&["--format", "json"], folder.path().to_str().unwrap());
    assert_eq!(json_lines(&output).len(), 5);
}

#[cfg(unix)]
#[test]
fn names_with_line_breaks_go_into_lists_with_nuls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two\nlines.png");
    picture(&path, 1);
    let list = [path.to_str().unwrap(), path.to_str().unwrap()].join("\0");
    let output = classify_input(&["--format", "json"], list);
    assert_eq!(json_lines(&output).len(), 2, "{}", errors(&output));
}

#[test]
fn a_picture_is_answered_under_the_name_of_a_dash() {
    let folder = pictures(1);
    let path = folder.path().join("0.png");
    let output = classify_input(&["--format", "json"], fs::read(&path).unwrap());
    let (found, expected) =
        (&json_lines(&output)[0], &json_lines(&classify(&["--format", "json"], &[path]))[0]);
    assert_eq!((&found["path"], &found["probabilities"]), (&"-".into(), &expected["probabilities"]));
}

#[test]
fn a_damaged_picture_and_what_is_no_list_are_one_error() {
    let folder = pictures(1);
    let whole = fs::read(folder.path().join("0.png")).unwrap();
    for (input, expected) in [
        (&whole[..whole.len() - 3], "standard input: expected a whole PNG picture, found a truncated one"),
        (&b""[..], "standard input: expected a picture or a list of paths, found nothing"),
        (&b"\0\0\0\0"[..], "standard input: entry 1: expected a path, found nothing between two NULs"),
        (&[b'x'; 200_000][..], "standard input: entry 1: expected a path, found more than 65536 bytes"),
    ] {
        let output = classify_input(&[], input);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), ""));
        let errors = errors(&output);
        assert!(errors.starts_with(expected) && errors.lines().count() == 1, "{errors}");
    }
}

#[test]
fn a_bad_path_in_a_list_is_named_and_skipped() {
    let folder = pictures(2);
    let list = format!("{0}/0.png\n{0}/nowhere.png\n\n{0}/1.png\n", folder.path().display());
    let output = classify_input(&["--format", "json"], list);
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 2));
    assert!(
        errors(&output).contains("nowhere.png: cannot be read: ") && errors(&output).lines().count() == 1
    );
}

#[test]
fn each_answer_comes_before_the_next_path_is_asked_for() {
    let folder = pictures(3);
    for (format, threads, header) in [("text", "1", 0), ("json", "4", 0), ("csv", "2", 1)] {
        let mut conversation = Conversation::begin(&["--format", format, "--threads", threads]);
        for index in 0..3 {
            conversation.write(&format!("{}/{index}.png\n", folder.path().display()));
            if index == 0 {
                (0..header).for_each(|_| _ = conversation.line());
            }
            assert!(conversation.line().contains(&format!("{index}.png")));
        }
        assert_eq!(conversation.end(), (Some(0), String::new()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_the_same_for_a_long_list() {
    const SLACK_KILOBYTES: usize = 2000;
    let folder = pictures(4);
    let mut conversation = Conversation::begin(&["--threads", "2"]);
    let status = format!("/proc/{}/status", conversation.child.id());
    let mut most_after = |count: usize| -> usize {
        for index in 0..count {
            conversation.write(&format!("{}/{}.png\n", folder.path().display(), index % 4));
        }
        (0..count).for_each(|_| _ = conversation.line());
        let status = fs::read_to_string(&status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let (few, many) = (most_after(500), most_after(20_000));
    assert!(many <= few + SLACK_KILOBYTES, "{few} kB after 500 pictures, {many} kB after 20,500");
    assert_eq!(conversation.end(), (Some(0), String::new()));
}

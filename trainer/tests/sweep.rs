//! `trainer sweep`: every point is trained once, whatever stops it and however many processes work on it.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use trainer::run::RunDirectory;
use workshop::{interrupt, message, noisy_stripes, succeed, trainer, wait_for, write_images, write_labels};

/// Returns a folder with a data set of noisy stripes in ten classes, and a teacher of them.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    write_images(&data, "train", noisy_stripes(240, 0));
    write_labels(&data, "train", 240);
    let words =
        ["student", "--data", "data", "--out", "teacher", "--network", "mlp:16", "--batch-size", "20"];
    succeed(folder.path(), &words);
    folder
}

/// Runs `trainer` and returns its one line on standard error; expects nothing on standard output and `status`.
fn refusal(folder: &Path, words: &[&str], status: i32) -> String {
    let output = trainer(folder, words).output().unwrap();
    let message = message(&output);
    assert_eq!(output.status.code(), Some(status), "{words:?}: {message}");
    assert!(output.stdout.is_empty(), "{words:?}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

const COMMON: [&str; 9] =
    ["sweep", "--data", "data", "--teacher", "teacher", "--batch-size", "20", "--epochs", "2"];

/// The words of a grid of six points: two temperatures and the baseline, with two seeds each.
const SMALL: [&str; 7] = ["--temperatures", "2,8", "--seeds", "1,2", "--baseline", "--networks", "mlp:8"];

fn small<'a>(out: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&COMMON, SMALL.as_slice(), &["--out", out], options].concat()
}

/// Returns the weights of each point that has some, by the name of its directory.
fn models(sweep: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut models = BTreeMap::new();
    for entry in std::fs::read_dir(sweep).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(model) = std::fs::read(path.join("model.safetensors")) {
            models.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), model);
        }
    }
    models
}

/// The directory in which the teachers' logits are kept.
const KEPT: &str = ".teacher-logits";

fn entries(sweep: &Path) -> BTreeSet<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    std::fs::read_dir(sweep).unwrap().map(name).collect()
}

fn names(sweep: &Path) -> Vec<String> {
    models(sweep).into_keys().collect()
}

const SMALL_NAMES: [&str; 6] = [
    "8-T2-W0.9-seed1",
    "8-T2-W0.9-seed2",
    "8-T8-W0.9-seed1",
    "8-T8-W0.9-seed2",
    "8-hard-seed1",
    "8-hard-seed2",
];

#[test]
fn every_point_is_made_and_the_second_call_trains_nothing() {
    let folder = workshop();
    let words =
        [&COMMON[..], &["--out", "sweep", "--temperatures", "2,4.5", "--soft-weights", "0.5,1"]].concat();
    let words = [&words[..], &["--seeds", "3,4", "--baseline"]].concat();
    // The same networks in the words of an earlier version.
    let earlier = [&words[..], &["--widths", "8", "--widths", "12,6"]].concat();
    let words = [&words[..], &["--networks", "mlp:8,mlp:12x6"]].concat();
    let first = succeed(folder.path(), &words);
    let sweep = folder.path().join("sweep");
    let made = models(&sweep);
    assert_eq!(made.len(), (2 * 2 + 1) * 2 * 2);
    assert!(made.contains_key("12-6-T4.5-W0.5-seed4") && made.contains_key("8-hard-seed3"), "{made:?}");
    assert_eq!(entries(&sweep), made.keys().cloned().chain([KEPT.to_owned()]).collect::<BTreeSet<_>>());
    assert!(message(&first).contains("20 of 20 points: 20 trained, 0 finished"), "{}", message(&first));

    let second = succeed(folder.path(), &earlier);
    assert!(message(&second).contains("20 of 20 points: 0 trained, 20 finished"), "{}", message(&second));
    assert!(!message(&second).contains("epoch"), "{}", message(&second));
    assert_eq!(second.stdout, first.stdout);
    assert!(models(&sweep) == made);
}

#[test]
fn the_table_has_the_means_of_the_runs_and_the_best_last() {
    let folder = workshop();
    succeed(folder.path(), &small("sweep", &[]));
    let table = ["sweep", "--table", "--out", "sweep"];
    let text = String::from_utf8(succeed(folder.path(), &table).stdout).unwrap();
    let json = succeed(folder.path(), &[&table[..], &["--format", "json"]].concat()).stdout;
    let rows: Vec<Value> =
        String::from_utf8(json).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), text.lines().count()), (3, 5), "{text}");
    let mean = |row: &Value| row["validation_accuracy"]["mean"].as_f64().unwrap();
    assert!(rows.windows(2).all(|pair| mean(&pair[0]) <= mean(&pair[1])), "{text}");
    for (row, line) in rows.iter().zip(text.lines().skip(1)) {
        let targets = row["temperature"].as_f64().map_or("hard".to_owned(), |value| format!("T{value}-W0.9"));
        // The accuracy of each seed is that of the best of the run's epochs.
        let best = |seed: u64| {
            let metrics = folder.path().join(format!("sweep/8-{targets}-seed{seed}/metrics.jsonl"));
            let metrics = std::fs::read_to_string(metrics).unwrap();
            let epochs = metrics.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            epochs.map(|epoch| epoch["validation_accuracy"].as_f64().unwrap()).reduce(f64::max).unwrap()
        };
        let (a, b) = (best(1), best(2));
        assert!((mean(row) - (a + b) / 2.0).abs() < 1e-12, "{row}");
        let deviation = row["validation_accuracy"]["standard_deviation"].as_f64().unwrap();
        assert!((deviation - (a - b).abs() / 2f64.sqrt()).abs() < 1e-12, "{row}");
        assert!(line.starts_with("student-8 ") && line.ends_with("     2"), "{line}");
        assert!(line.contains(&format!("{:.2} %", 100.0 * mean(row))), "{line}");
    }
}

#[test]
fn a_point_has_the_bits_of_distill_and_student_with_the_same_arguments() {
    let folder = workshop();
    succeed(folder.path(), &small("sweep", &[]));
    let rest = ["--data", "data", "--batch-size", "20", "--epochs", "2", "--network", "mlp:8", "--seed", "2"];
    succeed(folder.path(), &[&["student", "--out", "s"], &rest[..]].concat());
    let words = ["distill", "--out", "d", "--teacher", "teacher", "--temperature", "8"];
    succeed(folder.path(), &[&words, &rest[..]].concat());
    let models = models(&folder.path().join("sweep"));
    for (run, point) in [("s", "8-hard-seed2"), ("d", "8-T8-W0.9-seed2")] {
        let model = std::fs::read(folder.path().join(run).join("model.safetensors")).unwrap();
        assert!(models[point] == model, "{point}");
    }
}

#[test]
fn shards_part_the_points_and_the_table_grows() {
    let folder = workshop();
    let none = succeed(folder.path(), &small("sweep", &["--shard", "7/7"]));
    assert!(none.stdout.is_empty() && message(&none).contains("0 of 6 points"), "{}", message(&none));
    let mut before = Vec::new();
    for (shard, points) in [("1/4", 2), ("2/4", 2), ("3/4", 1), ("4/4", 1)] {
        let output = succeed(folder.path(), &small("sweep", &["--shard", shard]));
        let expected = format!("{points} of 6 points: {points} trained, 0 finished");
        assert!(message(&output).contains(&expected), "{}", message(&output));
        let now = names(&folder.path().join("sweep"));
        assert_eq!(now.len(), before.len() + points);
        before = now;
    }
    assert_eq!(before, SMALL_NAMES);
}

/// Checkpoints are written after every step, and each kill waits for one more point to have begun, so that most hit a
/// point in the middle. Whatever they hit, the sweep ends with the bits of one that nobody stopped.
#[test]
fn a_killed_sweep_goes_on_to_the_same_bits() {
    let folder = workshop();
    let long = |out| small(out, &["--weight-decay", "0.1", "--checkpoint-interval", "0"]);
    succeed(folder.path(), &long("whole"));
    let sweep = folder.path().join("killed");
    let points = |has: &str| {
        let entries = std::fs::read_dir(&sweep).into_iter().flatten().filter_map(Result::ok);
        entries.filter(|entry| entry.path().join(has).exists()).count()
    };
    let mut in_the_middle = 0;
    for kill in 1..=6 {
        let mut child = trainer(folder.path(), &long("killed")).spawn().unwrap();
        while points("checkpoint/state.safetensors") < kill && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(3 * (kill as u64 % 3)));
        child.kill().unwrap();
        child.wait().unwrap();
        in_the_middle += usize::from(points("checkpoint/state.safetensors") > points("model.safetensors"));
    }
    assert!(in_the_middle >= 2, "{in_the_middle} kills in the middle of a point");
    succeed(folder.path(), &long("killed"));
    assert!(models(&sweep) == models(&folder.path().join("whole")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_checkpoint_and_says_how_to_go_on() {
    let folder = workshop();
    let long = [&COMMON[..7], &["--epochs", "100000", "--out", "sweep"]].concat();
    let mut child = trainer(folder.path(), &long).spawn().unwrap();
    let metrics = folder.path().join("sweep/128-128-T4-W0.9-seed1/metrics.jsonl");
    wait_for(&mut child, &metrics);
    let output = interrupt(child);
    let expected = "trainer: sweep: stopped at point 1 of 1; the same command goes on\n";
    assert!(message(&output).ends_with(expected), "{}", message(&output));
    assert!(output.stdout.is_empty());
    assert!(metrics.with_file_name("checkpoint").join("state.safetensors").exists());

    let table = succeed(folder.path(), &["sweep", "--table", "--out", "sweep"]);
    assert_eq!(message(&table), "not in the table: 1 point without weights yet\n");
}

#[test]
fn a_point_that_another_process_trains_is_left_to_it() {
    let folder = workshop();
    succeed(folder.path(), &small("sweep", &[]));
    let point = folder.path().join("sweep/8-T8-W0.9-seed1");
    let model = std::fs::read(point.join("model.safetensors")).unwrap();
    std::fs::remove_file(point.join("model.safetensors")).unwrap();
    let (run, _) = RunDirectory::open(&point).unwrap();
    let lock = run.lock().unwrap();
    let output = succeed(folder.path(), &small("sweep", &[]));
    assert!(message(&output).contains("0 trained, 5 finished before, 1 in use"), "{}", message(&output));
    assert!(!point.join("model.safetensors").exists());
    drop(lock);
    succeed(folder.path(), &small("sweep", &[]));
    assert!(std::fs::read(point.join("model.safetensors")).unwrap() == model);
}

#[test]
fn processes_that_begin_together_make_each_point_once() {
    let folder = workshop();
    let start = |_| trainer(folder.path(), &small("sweep", &[])).spawn().unwrap();
    let children: Vec<_> = (0..4).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", message(&output));
    }
    let sweep = folder.path().join("sweep");
    assert_eq!(names(&sweep), SMALL_NAMES);
    for name in SMALL_NAMES {
        let metrics = std::fs::read_to_string(sweep.join(name).join("metrics.jsonl")).unwrap();
        assert_eq!(metrics.lines().count(), 2, "{name}");
    }
    let expected = SMALL_NAMES.into_iter().chain([KEPT]).map(str::to_owned);
    assert_eq!(entries(&sweep), expected.collect(), "nothing half made is left");
}

#[test]
fn runs_of_other_settings_are_named_and_left_alone() {
    let folder = workshop();
    let one = [&COMMON[..7], &["--network", "mlp:8", "--out", "sweep"]].concat();
    succeed(folder.path(), &[&one[..], &["--epochs", "1"]].concat());
    let before = models(&folder.path().join("sweep"));
    for (option, value, expected) in [
        ("--epochs", "3", "epochs: expected 3, found 1"),
        ("--augment", "affine", "augmentation: expected affine, found none"),
    ] {
        let message = refusal(folder.path(), &[&one[..], &[option, value, "--seeds", "2,1"]].concat(), 1);
        assert!(message.contains("sweep/8-T4-W0.9-seed1/config.toml: "), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    assert!(models(&folder.path().join("sweep")) == before);
    let other = folder.path().join("other/8-T4-W0.9-seed1");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("notes"), "kept").unwrap();
    let words = [&COMMON[..7], &["--network", "mlp:8", "--out", "other"]].concat();
    let output = trainer(folder.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let last = message(&output).lines().last().unwrap().to_owned();
    assert!(last.ends_with("seed1: expected a run or nothing, found other files"), "{last}");
    assert_eq!(std::fs::read(other.join("notes")).unwrap(), b"kept");
}

#[test]
fn a_point_that_diverges_does_not_keep_the_others_from_being_trained() {
    let folder = workshop();
    let output = trainer(folder.path(), &small("sweep", &["--learning-rate", "1e30", "--shard", "1/2"]))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let last = message(&output).lines().last().unwrap().to_owned();
    assert!(last.starts_with("trainer: 3 points diverged; sweep/8-"), "{last}");
    assert!(last.contains("the loss became"), "{last}");
    let begun = entries(&folder.path().join("sweep"));
    assert_eq!(begun.iter().filter(|name| name.starts_with("8-")).count(), 3, "{begun:?}");
}

#[test]
fn wrong_arguments_name_the_option() {
    let folder = workshop();
    for (option, value) in [
        ("--temperatures", "2,0"),
        ("--temperatures", "2,x"),
        ("--temperatures", "4,4.0"),
        ("--soft-weights", "0.5,1.5"),
        ("--soft-weights", "0.5,0.50"),
        ("--networks", "mlp:8x0"),
        ("--networks", "mlp:8,,mlp:4"),
        ("--networks", "mlp:8,deepest"),
        ("--widths", "8,0"),
        ("--widths", "8,,4"),
        ("--seeds", "1,a"),
        ("--seeds", "3,2,3"),
        ("--shard", "3/2"),
        ("--shard", "0/2"),
        ("--shard", "2"),
        ("--epochs", "0"),
    ] {
        let words = [&COMMON[..7], &["--out", "sweep", option, value]].concat();
        let message = refusal(folder.path(), &words, 2);
        assert!(message.contains(option), "{message}");
    }
    for (list, single, value) in [
        ("--temperatures", "--temperature", "4"),
        ("--soft-weights", "--soft-weight", "1"),
        ("--networks", "--network", "mlp:8"),
        ("--widths", "--hidden", "8"),
        ("--seeds", "--seed", "1"),
    ] {
        let words = [&COMMON[..7], &["--out", "sweep", list, value, single, value]].concat();
        let output = trainer(folder.path(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = message(&output);
        assert!(message.contains(list) && message.contains(&format!("'{single} ")), "{message}");
    }
    for (words, missing) in [
        (["sweep", "--data", "data", "--out", "sweep"].as_slice(), "--teacher"),
        (&["sweep", "--teacher", "teacher", "--out", "sweep"], "--data"),
        (&["sweep", "--data", "data", "--teacher", "teacher"], "--out"),
        (&["sweep", "--table"], "--out"),
    ] {
        let output = trainer(folder.path(), words).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(message(&output).contains(missing), "{}", message(&output));
    }
    assert!(!folder.path().join("sweep").exists());
}

#[test]
fn a_directory_without_runs_has_no_table() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sweep")).unwrap();
    let message = refusal(folder.path(), &["sweep", "--table", "--out", "sweep"], 1);
    assert!(message.starts_with("trainer: sweep: expected a run or a directory of runs"), "{message}");
}

#[test]
fn the_report_of_a_sweep_holds_all_its_points() {
    let folder = workshop();
    let output = succeed(folder.path(), &small("sweep", &["--report", "sweep.html"]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().last().unwrap().starts_with("sweep.html: "), "{text}");
    let page = std::fs::read_to_string(folder.path().join("sweep.html")).unwrap();
    assert!(SMALL_NAMES.iter().all(|name| page.contains(name)));
}

//! Trainings that are stopped, by `kill -9` at any moment, by Ctrl-C, by a full disk, by a loss that becomes NaN: they
//! go on to the same bits or keep their last checkpoint.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use workshop::{interrupt, message, trainer, wait_for, write_images, write_labels};

/// Returns a folder with a data set of noisy stripes in ten classes.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let count = 600;
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let pixel = |(image, class): (usize, &u8), pixel: usize| {
        let noise = (image * 7919 + pixel * 104_729) % 64;
        (noise + if pixel / 28 == 2 * usize::from(*class) { 190 } else { 0 }) as u8
    };
    let pixels =
        labels.iter().enumerate().flat_map(|image| (0..784).map(move |at| pixel(image, at))).collect();
    write_images(&data, "train", pixels);
    write_labels(&data, "train", count);
    folder
}

/// The words of a training whose epochs have 35 steps each.
const STUDENT: [&str; 9] =
    ["student", "--data", "data", "--batch-size", "16", "--augment", "affine", "--network", "mlp:32x16"];

fn student(folder: &Path, run: &str, epochs: &str, options: &[&str]) -> Command {
    trainer(folder, &[&STUDENT, ["--out", run, "--epochs", epochs].as_slice(), options].concat())
}

fn finish(mut command: Command) -> Output {
    command.output().unwrap()
}

fn model(folder: &Path, run: &str) -> Vec<u8> {
    std::fs::read(folder.join(run).join("model.safetensors")).unwrap()
}

/// Checkpoints are written after every step, so most kills hit the writing of one. The moments are spread over the whole
/// run by growing delays; whatever they hit, the last resume ends with the bits of the run that was never stopped.
#[test]
fn a_run_killed_at_any_moment_goes_on_to_the_same_bits() {
    let folder = workshop();
    assert!(finish(student(folder.path(), "whole", "20", &[])).status.success());
    let every_step = ["--checkpoint-interval", "0"];
    let (mut kills, mut in_the_middle) = (0, 0);
    for attempt in 0..60u64 {
        let is_started = folder.path().join("killed/config.toml").exists();
        let mut command = match is_started {
            true => trainer(folder.path(), &[&["resume", "killed"], every_step.as_slice()].concat()),
            false => student(folder.path(), "killed", "20", &every_step),
        };
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + attempt * 9 + attempt * attempt % 11));
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if ended {
            break;
        }
        kills += 1;
        in_the_middle += usize::from(folder.path().join("killed/checkpoint/state.safetensors").exists());
        // A kill before the configuration was there leaves no run, maybe an empty directory.
        if !folder.path().join("killed/config.toml").exists() {
            let _ = std::fs::remove_dir_all(folder.path().join("killed"));
        }
    }
    assert!(kills >= 3 && in_the_middle >= 2, "{kills} kills, {in_the_middle} with a checkpoint");
    let output = finish(trainer(folder.path(), &["resume", "killed", "--threads", "1"]));
    assert!(output.status.success(), "{}", message(&output));
    assert!(model(folder.path(), "killed") == model(folder.path(), "whole"));
    let metrics = std::fs::read_to_string(folder.path().join("killed/metrics.jsonl")).unwrap();
    let epochs: Vec<u64> = metrics
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["epoch"].as_u64().unwrap())
        .collect();
    assert_eq!(epochs, (1..=20).collect::<Vec<u64>>());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_checkpoint_and_says_how_to_go_on() {
    let folder = workshop();
    assert!(finish(student(folder.path(), "whole", "40", &[])).status.success());
    let mut child = student(folder.path(), "stopped", "40", &[]).spawn().unwrap();
    wait_for(&mut child, &folder.path().join("stopped/metrics.jsonl"));
    let output = interrupt(child);
    assert!(
        message(&output).contains("of 40 epochs; `trainer resume stopped` goes on"),
        "{}",
        message(&output)
    );
    assert!(folder.path().join("stopped/checkpoint/state.safetensors").exists());
    assert!(!folder.path().join("stopped/model.safetensors").exists());
    assert!(finish(trainer(folder.path(), &["resume", "stopped"])).status.success());
    assert!(model(folder.path(), "stopped") == model(folder.path(), "whole"));
}

/// `timeout` sends a signal to the program and at once another one to its group.
#[cfg(unix)]
#[test]
fn two_signals_at_once_are_one_request_and_lose_nothing() {
    let folder = workshop();
    // Steps that take long enough for both signals to come in one.
    let slow = ["--batch-size", "600", "--checkpoint-interval", "1000000"];
    let words = ["teacher", "--data", "data", "--out", "run", "--epochs", "1000"];
    let mut child = trainer(folder.path(), &[&words[..], &slow].concat()).spawn().unwrap();
    wait_for(&mut child, &folder.path().join("run/metrics.jsonl"));
    std::thread::sleep(Duration::from_millis(50));
    let process = child.id().to_string();
    let kill =
        Command::new("sh").args(["-c", "kill -TERM $0; sleep 0.005; kill -TERM $0", &process]).status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", message(&output));
    assert!(message(&output).contains("`trainer resume run` goes on"), "{}", message(&output));
    assert!(folder.path().join("run/checkpoint/state.safetensors").exists());
}

/// The one who resumes a run from elsewhere is told what its paths mean.
#[test]
fn a_run_that_is_resumed_from_another_folder_says_where_its_paths_begin() {
    let folder = workshop();
    let mut child = student(folder.path(), "run", "1000", &["--checkpoint-interval", "0"]).spawn().unwrap();
    wait_for(&mut child, &folder.path().join("run/checkpoint/state.safetensors"));
    child.kill().unwrap();
    child.wait().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = finish(trainer(elsewhere.path(), &["resume", run.to_str().unwrap()]));
    let said = message(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("the path data comes from `data` in "), "{said}");
    let end = "config.toml and is relative to the folder in which the training began: go on from there";
    assert!(said.trim_end().ends_with(end), "{said}");
}

#[test]
fn two_processes_do_not_train_in_one_directory() {
    let folder = workshop();
    let mut first = student(folder.path(), "run", "1000", &[]).spawn().unwrap();
    wait_for(&mut first, &folder.path().join("run/metrics.jsonl"));
    let second = finish(trainer(folder.path(), &["resume", "run"]));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(message(&second), "trainer: run: another process is training in it\n");
}

/// A checkpoint folder that is taken away stands for a full disk: no new file can be written there.
#[test]
fn a_checkpoint_that_cannot_be_written_is_named_and_the_last_one_stays() {
    let folder = workshop();
    let mut command = student(folder.path(), "run", "1000", &["--checkpoint-interval", "0"]);
    let mut child = command.spawn().unwrap();
    let checkpoint = folder.path().join("run/checkpoint");
    wait_for(&mut child, &checkpoint.join("state.safetensors"));
    let kept = folder.path().join("run/kept");
    std::fs::rename(&checkpoint, &kept).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message(&output).contains("checkpoint/state.safetensors: cannot be written"),
        "{}",
        message(&output)
    );
    std::fs::rename(&kept, &checkpoint).unwrap();
    let mut resumed = trainer(folder.path(), &["resume", "run"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(resumed.try_wait().unwrap().is_none(), "the checkpoint is whole and goes on");
    resumed.kill().unwrap();
    resumed.wait().unwrap();
}

/// The loss of the first epochs is finite, the rate then rises until it is not: the checkpoint before is still there.
#[test]
fn a_loss_that_is_no_number_leaves_the_last_checkpoint() {
    let folder = workshop();
    let options = [
        "--checkpoint-interval",
        "0",
        "--optimizer",
        "sgd",
        "--learning-rate",
        "1e6",
        "--schedule",
        "one-cycle",
    ];
    let output = finish(student(folder.path(), "run", "6", &options));
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).contains("epoch 1: the loss became"), "{}", message(&output));
    assert!(folder.path().join("run/checkpoint/state.safetensors").exists());
    assert!(!folder.path().join("run/model.safetensors").exists());
}

#[test]
fn a_configuration_that_was_changed_is_not_gone_on_with() {
    let folder = workshop();
    let mut child = student(folder.path(), "run", "1000", &["--checkpoint-interval", "0"]).spawn().unwrap();
    wait_for(&mut child, &folder.path().join("run/checkpoint/state.safetensors"));
    child.kill().unwrap();
    child.wait().unwrap();
    let config = folder.path().join("run/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("seed = 1", "seed = 2")).unwrap();
    let output = finish(trainer(folder.path(), &["resume", "run"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).contains("has config.toml been changed?"), "{}", message(&output));
    assert_eq!(message(&output).lines().count(), 1);
}

/// SGD, clipping and every schedule train, and no number of threads changes a bit of what comes out.
#[test]
fn every_optimizer_and_schedule_gives_the_same_bits_with_any_number_of_threads() {
    let folder = workshop();
    for (name, options) in [
        ("sgd", ["--optimizer", "sgd", "--learning-rate", "0.1", "--schedule", "constant"]),
        ("clipped", ["--clip-norm", "0.5", "--learning-rate", "0.01", "--schedule", "one-cycle"]),
    ] {
        let train = |threads: &str| {
            let run = format!("{name}-{threads}");
            let output = finish(student(
                folder.path(),
                &run,
                "6",
                &[&options, ["--threads", threads].as_slice()].concat(),
            ));
            assert!(output.status.success(), "{}", message(&output));
            // `run: validation accuracy 74.00 %, from epoch 5`; guessing gives 10 %.
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let accuracy: f64 = text.split_whitespace().nth(3).unwrap().parse().unwrap();
            assert!(accuracy > 60.0, "{name}: {text}");
            model(folder.path(), &run)
        };
        let one = train("1");
        assert!(train("2") == one && train("16") == one, "{name}");
    }
}

#[test]
fn a_device_that_is_not_there_is_one_clear_line_and_leaves_no_run() {
    let folder = workshop();
    let output = finish(student(folder.path(), "run", "1", &["--device", "cuda:7"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).starts_with("trainer: --device cuda"), "{}", message(&output));
    assert_eq!(message(&output).lines().count(), 1);
    assert!(!folder.path().join("run").exists());
    let output = finish(student(folder.path(), "run", "1", &["--device", "gpu"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(message(&output).contains("expected auto, cpu, cuda or cuda:N"), "{}", message(&output));
}

//! Networks from files, from `--network` to a finished run: what fits is trained and needs its file no more, what does not
//! fit is refused in one line before anything is written.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;

use serde_json::Value;
use trainer::run::RunDirectory;
use workshop::{message, noisy_stripes, succeed, trainer, write_images, write_labels};

/// A perceptron, as a user writes it.
const SMALL: &str = "\
name = \"small\"

[[layers]]
kind = \"flatten\"

[[layers]]
kind = \"linear\"
outputs = 8

[[layers]]
kind = \"relu\"

[[layers]]
kind = \"linear\"
";

/// Returns a folder with a data set of noisy stripes in ten classes.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    write_images(&data, "train", noisy_stripes(240, 0));
    write_labels(&data, "train", 240);
    folder
}

/// Runs `trainer` and returns its one line on standard error; expects nothing on standard output.
fn refusal(folder: &Path, words: &[&str]) -> String {
    let output = trainer(folder, words).output().unwrap();
    let message = message(&output);
    assert!(!output.status.success(), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

fn entries(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const COMMON: [&str; 6] = ["--data", "data", "--batch-size", "20", "--epochs", "2"];

#[test]
fn a_run_holds_the_network_of_its_file_and_goes_on_without_it() {
    let folder = workshop();
    let folder = folder.path();
    std::fs::write(folder.join("my.toml"), SMALL).unwrap();
    succeed(folder, &[&["student", "--network", "my.toml", "--out", "whole"], &COMMON[..]].concat());
    let words = ["student", "--network", "my.toml", "--out", "run", "--checkpoint-interval", "0"];
    let mut child = trainer(folder, &[&words, &COMMON[..]].concat()).spawn().unwrap();
    workshop::wait_for(&mut child, &folder.join("run/checkpoint/state.safetensors"));
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(folder.join("my.toml")).unwrap();
    succeed(folder, &["resume", "run"]);
    let model = |run: &str| std::fs::read(folder.join(run).join("model.safetensors")).unwrap();
    assert!(model("run") == model("whole"));
    let (_, config) = RunDirectory::open(&folder.join("run")).unwrap();
    assert_eq!(config.network_from.as_deref(), Some("my.toml"));
    assert_eq!((config.network.name.as_str(), config.network.layers.len()), ("small", 4));
    let json =
        succeed(folder, &["evaluate", "run", "--data", "data", "--split", "validation", "--format", "json"]);
    let found: Value = serde_json::from_str(&text(&json)).unwrap();
    assert_eq!(found["parameters"], 784 * 8 + 8 + 8 * 10 + 10);
}

/// Returns the text of a network of these layers, each in braces as TOML has tables on one line.
fn network(layers: &str) -> String {
    format!("name = \"x\"\nlayers = [{layers}]\n")
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_its_layer_before_a_run_begins() {
    let folder = workshop();
    let folder = folder.path();
    succeed(folder, &[&["student", "--network", "mlp:8", "--out", "teacher"], &COMMON[..]].concat());
    let convolution = "{ kind = \"convolution\", out_channels = 6, kernel = 3, padding = 1";
    let last = "{ kind = \"flatten\" }, { kind = \"linear\" }";
    let cases = [
        (
            format!("{{ kind = \"flatten\" }}, {convolution} }}, {last}"),
            "layer 2 (conv1): convolution: expected an image, found a vector of 784 values",
        ),
        (
            "{ kind = \"flatten\" }, { kind = \"linear\", inputs = 7 }".to_owned(),
            "layer 2 (fc1): linear: expected 7 inputs, found 784",
        ),
        (
            format!("{convolution}, name = \"a\" }}, {convolution}, name = \"a\" }}, {last}"),
            "layer 2 (a): name: expected a word of letters, digits and underscores that no other layer has, found \"a\"",
        ),
        (
            format!("{convolution} }}, {convolution}, groups = 4 }}, {last}"),
            "layer 2 (conv2): convolution: groups: expected a number that divides 6 and 6 channels, found 4",
        ),
        (
            format!(
                "{{ kind = \"residual\", body = [{convolution} }}], shortcut = [{convolution}, stride = 2 }}] }}, {last}"
            ),
            "layer 1 (residual): residual: expected a body and a shortcut of one shape, found 6x28x28 after the body and 6x14x14 after the shortcut",
        ),
        (
            format!(
                "{{ kind = \"residual\", body = [{convolution} }}, {{ kind = \"linear\", outputs = 3 }}] }}, {last}"
            ),
            "layer 1 (residual), body, layer 2 (fc1): linear: expected a vector, found an image [6, 28, 28]",
        ),
        (
            format!(
                "{{ kind = \"branches\", branches = [[{convolution} }}], [{convolution}, stride = 2 }}]] }}, {last}"
            ),
            "layer 1 (conv1): branches: expected branches of one shape, found 6x28x28 after branch 1 and 6x14x14 after branch 2",
        ),
        (
            format!(
                "{{ kind = \"flatten\" }}, {}{{ kind = \"linear\" }}",
                "{ kind = \"linear\", outputs = 4096 }, ".repeat(5)
            ),
            "expected at most 67108864 parameters, found ",
        ),
        (
            format!(
                "{convolution}, name = \"wide\" }}, {{ kind = \"convolution\", out_channels = 30000, kernel = 1 }}, {last}"
            ),
            "layer 2 (conv2): expected 1 to 16777216 values, found the shape [30000, 28, 28]",
        ),
        (
            "{ kind = \"flatten\" }, { kind = \"linear\", outputs = 3 }".to_owned(),
            "expected 10 outputs of the last linear layer, one for each class, found 3",
        ),
    ];
    let before = entries(folder);
    for (layers, expected) in cases {
        std::fs::write(folder.join("my.toml"), network(&layers)).unwrap();
        for command in [
            &["student"][..],
            &["teacher"],
            &["distill", "--teacher", "teacher"],
            &["sweep", "--teacher", "teacher"],
        ] {
            let line =
                refusal(folder, &[command, &["--network", "my.toml", "--out", "run"], &COMMON[..]].concat());
            assert!(line.starts_with("trainer: my.toml: network \"x\"") && line.contains(expected), "{line}");
        }
        let line = refusal(folder, &["network", "my.toml", "--input", "1x28x28"]);
        assert!(line.contains(expected), "{line}");
    }
    std::fs::remove_file(folder.join("my.toml")).unwrap();
    assert_eq!(entries(folder), before);
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_name_and_line() {
    let folder = workshop();
    let folder = folder.path();
    for (text, expected) in [
        (SMALL.replace("outputs = 8", "output = 8"), "unknown key output"),
        (SMALL.replace("\"relu\"", "\"rulu\""), "did you mean relu?"),
        (SMALL.replace("outputs = 8", "outputs = \"8\""), "found \"8\""),
        (SMALL.replace("outputs = 8", "outputs 8"), "line 8: no TOML"),
        (" ".repeat((1 << 20) + 1), "at most 1048576 bytes"),
    ] {
        std::fs::write(folder.join("my.toml"), text).unwrap();
        let line =
            refusal(folder, &[&["student", "--network", "my.toml", "--out", "run"], &COMMON[..]].concat());
        assert!(line.contains("'my.toml'") && line.contains(expected), "{line}");
    }
    let line = refusal(folder, &["network", "./none"]);
    assert!(line.contains("'./none'") && line.contains("cannot be read"), "{line}");
    assert_eq!(entries(folder), ["data", "my.toml"]);
}

#[test]
fn weights_of_another_network_are_refused_with_the_shapes() {
    let folder = workshop();
    let folder = folder.path();
    for network in ["mlp:8", "mlp:9"] {
        succeed(folder, &[&["student", "--network", network, "--out", network], &COMMON[..]].concat());
    }
    std::fs::copy(folder.join("mlp:9/model.safetensors"), folder.join("mlp:8/model.safetensors")).unwrap();
    let expected = "mlp:8/model.safetensors: expected weights of the network that config.toml describes: expected the \
                    parameter fc1.weight [8, 784], found fc1.weight [9, 784]";
    for words in [
        &["evaluate", "mlp:8", "--data", "data"][..],
        &["resume", "mlp:8"],
        &[&["distill", "--teacher", "mlp:8", "--out", "student"], &COMMON[..]].concat(),
    ] {
        let line = refusal(folder, words);
        assert!(line.contains(expected), "{line}");
    }
    assert!(!folder.join("student").exists());
}

/// Returns the first block of TOML of the page about networks.
fn example() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/networks.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_networks_of_the_documents_are_networks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("my.toml"), example()).unwrap();
    for input in ["3x32x32", "1x28x40", "3x96x96"] {
        let json =
            succeed(folder, &["network", "my.toml", "--input", input, "--classes", "5", "--format", "json"]);
        let found: Value = serde_json::from_str(&text(&json)).unwrap();
        let layers = found["layers"].as_array().unwrap();
        let count =
            |word: &str| layers.iter().filter(|row| row["layer"].as_str().unwrap().contains(word)).count();
        assert!(count("residual") > 0 && count("depthwise") > 0 && count("branches") > 0, "{found}");
        assert_eq!((found["network"].as_str(), found["classes"].as_u64()), (Some("my.toml"), Some(5)));
        let number = |pointer: &str| found.pointer(pointer).unwrap().as_u64().unwrap();
        assert!(number("/as_exported/parameters") < number("/as_trained/parameters"));
        assert_eq!(number("/weight_bytes/f32"), 4 * number("/as_exported/parameters"));
        assert_eq!(number("/weight_bytes/f16"), 2 * number("/as_exported/parameters"));
    }
    let table = text(&succeed(folder, &["network", "my.toml"]));
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let list = text(&succeed(folder, &["network"]));
    assert!(list.lines().any(|line| line.starts_with("resnet8 ") && line.contains("3x32x32")), "{list}");
    assert!(list.lines().any(|line| line.starts_with("mlp:128x128 ") && line.contains("118,282")), "{list}");
}

#[test]
fn a_sweep_trains_only_what_its_budget_has_room_for() {
    let folder = workshop();
    let folder = folder.path();
    std::fs::write(folder.join("my.toml"), SMALL).unwrap();
    succeed(folder, &[&["student", "--network", "mlp:16", "--out", "teacher"], &COMMON[..]].concat());
    let sweep = |bytes: &'static str| {
        let words = ["sweep", "--teacher", "teacher", "--out", "sweep", "--networks", "my.toml,mlp:9,mlp:64"];
        [&words[..], &["--max-bytes", bytes], &COMMON[..]].concat()
    };
    let output = trainer(folder, &sweep("1000")).output().unwrap();
    let last = message(&output).lines().last().unwrap().to_owned();
    // By hand: 784 · 8 + 8 · 10 weights and 18 biases of 4 bytes.
    let expected = "--max-bytes 1000: no network fits; the nearest is my.toml, 25480 bytes of weights in f32";
    assert!(last.ends_with(expected), "{last}");
    assert!(!folder.join("sweep").exists());

    let output = succeed(folder, &sweep("30000"));
    assert!(message(&output).contains("left out: mlp:64, "), "{}", message(&output));
    assert!(message(&output).contains("2 of 3 points: 2 trained"), "{}", message(&output));
    assert_eq!(entries(&folder.join("sweep")).len(), 4, "{:?}", entries(&folder.join("sweep")));
    let table = text(&output);
    assert!(table.contains("25480") && table.contains('*') && table.ends_with("weights in f32\n"), "{table}");
    let again = succeed(folder, &sweep("30000"));
    assert!(message(&again).contains("2 of 3 points: 0 trained, 2 finished"), "{}", message(&again));
    assert_eq!(text(&again), table);
    let int8 =
        succeed(folder, &["sweep", "--table", "--out", "sweep", "--precision", "int8", "--format", "json"]);
    let row: Value = serde_json::from_str(text(&int8).lines().next().unwrap()).unwrap();
    assert_eq!((row["precision"].as_str(), row["microseconds"].is_null()), (Some("int8"), true));
}

/// The programs stand in for those of a build: they note what they were asked for, and answer with the size of the weights.
#[cfg(unix)]
#[test]
fn microseconds_are_measured_once_by_the_programs_beside_trainer() {
    use std::os::unix::fs::PermissionsExt;
    let folder = workshop();
    let folder = folder.path();
    succeed(folder, &[&["student", "--network", "mlp:16", "--out", "teacher"], &COMMON[..]].concat());
    let bin = folder.join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::copy(assert_cmd::cargo::cargo_bin("trainer"), bin.join("trainer")).unwrap();
    let words =
        ["sweep", "--teacher", "teacher", "--out", "sweep", "--networks", "mlp:8,mlp:64", "--max-us", "50"];
    let sweep = || {
        let mut command = std::process::Command::new(bin.join("trainer"));
        command
            .args([&words, &COMMON[..]].concat())
            .current_dir(folder)
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap()
    };
    let missing = message(&sweep());
    assert!(missing.contains("--max-us: expected the programs exporter and edge-runtime"), "{missing}");
    assert!(!folder.join("sweep").exists());

    let program = |name: &str, script: &str| {
        std::fs::write(
            bin.join(name),
            format!("#!/bin/sh\necho \"$0 $*\" >>\"{}/log\"\n{script}\n", folder.display()),
        )
        .unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("exporter", "cp \"$1\" \"$3\"");
    program("edge-runtime", "echo \"{\\\"inference_us\\\": {\\\"p50\\\": $(($(wc -c <\"$7\") / 1000))}}\"");
    let first = sweep();
    assert!(first.status.success(), "{}", message(&first));
    assert!(message(&first).contains("left out: mlp:64, "), "{}", message(&first));
    let log = || std::fs::read_to_string(folder.join("log")).unwrap();
    assert_eq!(log().lines().count(), 4, "{}", log());
    assert!(log().contains("--precision f32 --golden none --force"), "{}", log());
    let table = text(&first);
    assert!(table.contains("µs"), "{table}");
    let again = sweep();
    assert_eq!((text(&again), log().lines().count()), (table, 4));
}

#[test]
fn a_distillation_with_a_baseline_says_whether_it_is_ahead_of_hard_labels() {
    let folder = workshop();
    let folder = folder.path();
    succeed(folder, &[&["student", "--network", "mlp:32", "--out", "teacher"], &COMMON[..]].concat());
    let words =
        [&["distill", "--teacher", "teacher", "--network", "mlp:8", "--out", "runs/student"], &COMMON[..]]
            .concat();
    let plain = succeed(folder, &words);
    assert!(message(&plain).contains("--baseline"), "{}", message(&plain));
    let with_baseline = [&words[..], &["--baseline"]].concat();
    let output = succeed(folder, &with_baseline);
    let (last, lines) = (text(&output).lines().last().unwrap().to_owned(), text(&output).lines().count());
    assert_eq!(lines, 3, "{}", text(&output));
    assert!(text(&output).contains("runs/student: the run has finished already"), "{}", text(&output));
    let accuracy = |run: &str| {
        let weights = trainer::run::load_weights(&folder.join(run)).unwrap();
        weights.contract.provenance.validation_accuracy.unwrap()
    };
    let (student, baseline) = (accuracy("runs/student"), accuracy("runs/student-hard-labels"));
    let expected = if student > baseline { "runs/student: ahead of" } else { "runs/student: not ahead of" };
    assert!(last.starts_with(expected), "{last}");
    let figures = format!("{:.2} % against {:.2} %", 100.0 * student, 100.0 * baseline);
    assert!(last.contains(&figures) && last.ends_with("(runs/student-hard-labels)"), "{last}");
    let (_, of_student) = RunDirectory::open(&folder.join("runs/student")).unwrap();
    let (_, of_baseline) = RunDirectory::open(&folder.join("runs/student-hard-labels")).unwrap();
    assert_eq!((of_baseline.command.as_str(), of_baseline.distillation), ("student", None));
    assert_eq!((of_baseline.network, of_baseline.epochs), (of_student.network, of_student.epochs));
    // A run of the same kind that lies beside is found without the option.
    let other = [&words[..4], &["mlp:8", "--out", "runs/other"], &COMMON[..]].concat();
    assert!(text(&succeed(folder, &other)).contains("(runs/student-hard-labels)"));
    // Given again, the command has nothing left to do.
    assert!(!message(&succeed(folder, &with_baseline)).contains("epoch"));
}

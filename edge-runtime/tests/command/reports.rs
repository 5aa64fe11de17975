//! What `info`, `self-test`, `bench`, `completions` and `man` print.

use models::model_file::golden_vectors::{GoldenVectors, METADATA_KEY};
use serde_json::Value;

use super::*;

fn report(arguments: &[&str]) -> Output {
    edge_runtime().args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = report(&[arguments, &["--format", "json"]].concat());
    let mut lines = json_lines(&output);
    assert_eq!(lines.len(), 1, "{}", errors(&output));
    lines.remove(0)
}

fn assert_narrow(text: &str) {
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// A file with the student whose golden vectors `change` has changed, or that has none any more.
fn student_with(change: impl FnOnce(GoldenVectors) -> Option<GoldenVectors>) -> tempfile::NamedTempFile {
    let bytes = changed_student(|model| {
        let place = model.metadata_props.iter().position(|property| property.key == METADATA_KEY).unwrap();
        let mut property = model.metadata_props.remove(place);
        let contract = edge_runtime::Classifier::builtin().unwrap().contract().clone();
        if let Some(golden) = change(GoldenVectors::from_json(&property.value, &contract).unwrap()) {
            property.value = golden.to_json();
            model.metadata_props.push(property);
        }
    });
    let file = tempfile::Builder::new().suffix(".onnx").tempfile().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

#[test]
fn info_shows_contract_layers_and_processor_within_80_columns() {
    let output = report(&["info"]);
    assert_eq!(output.status.code(), Some(0));
    let text = out(&output);
    let hash = models::storage::sha256::hex([STUDENT]);
    for part in [
        "0, 1, 2, 3",
        "[batch, 1, 28, 28]",
        "parameters",
        "Gemm",
        "Softmax",
        "1x10",
        &hash,
        "processor",
        "kernels",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    assert_narrow(&text);
}

#[test]
fn info_as_json_is_one_object() {
    let info = json(&["info"]);
    assert_eq!(info["contract"]["input"]["height"], 28);
    assert_eq!(info["sha256"], models::storage::sha256::hex([STUDENT]));
    let layers = info["layers"].as_array().unwrap();
    let sum: u64 = layers.iter().map(|layer| layer["parameters"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), info["parameters"].as_u64());
    assert_eq!(info["processor"]["architecture"], std::env::consts::ARCH);
    // Three layers are products of matrices.
    assert!(!info["kernels"].as_array().unwrap().is_empty());
}

#[test]
fn the_built_in_model_passes_its_self_test() {
    let output = report(&["self-test"]);
    let text = out(&output);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{text}");
    assert!(text.contains("10 of 10 are the trainer's") && text.ends_with("passed\n"), "{text}");
    assert_narrow(&text);
    let found = json(&["self-test"]);
    assert_eq!(
        (&found["passed"], &found["vectors"], &found["equal_labels"]),
        (&true.into(), &10.into(), &10.into())
    );
    assert!(found["largest_difference"].as_f64().unwrap() <= found["tolerance"].as_f64().unwrap());
}

#[test]
fn a_machine_that_computes_something_else_fails_with_status_1() {
    let file = student_with(|mut golden| {
        golden.vectors[3].probabilities.rotate_left(1);
        Some(golden)
    });
    let path = file.path().to_str().unwrap();
    let output = report(&["self-test", "--model", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("9 of 10 are the trainer's") && out(&output).ends_with("FAILED\n"));
    let found = json(&["self-test", "--model", path]);
    assert_eq!((&found["passed"], &found["equal_labels"]), (&false.into(), &9.into()));
    assert!(found["largest_difference"].as_f64().unwrap() > 0.5);
}

#[test]
fn a_model_without_golden_vectors_cannot_be_tested() {
    let file = student_with(|_| None);
    let output = report(&["self-test", "--model", file.path().to_str().unwrap()]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
    let errors = errors(&output);
    assert!(errors.contains(".onnx: golden vectors: expected some in the model, found none"), "{errors}");
    assert_eq!(errors.lines().count(), 1);
}

#[test]
fn bench_prints_a_table_within_80_columns() {
    let output = report(&["bench", "--seconds", "0.05"]);
    let text = out(&output);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    for part in [
        "load the model",
        "first inference",
        "p50",
        "p99",
        "inference",
        "end to end",
        "images/s",
        "processor",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    assert_narrow(&text);
}

#[test]
fn bench_as_json_is_one_object() {
    let folder = pictures(3);
    let found = json(&["bench", "--seconds", "0.05", folder.path().to_str().unwrap()]);
    assert_eq!(found["pictures"], "3 given files");
    assert_eq!(found["sha256"], models::storage::sha256::hex([STUDENT]));
    for key in ["inference_us", "end_to_end_us"] {
        let times = ["p50", "p90", "p99"].map(|percent| found[key][percent].as_f64().unwrap());
        assert!(times[0] > 0.0 && times.is_sorted(), "{found}");
    }
    let throughput = found["throughput"].as_array().unwrap();
    assert_eq!(throughput[0]["threads"], 1);
    assert_eq!(throughput.last().unwrap()["threads"], found["processor"]["cores"]);
    assert!(throughput.iter().all(|row| row["images_per_second"].as_f64().unwrap() > 0.0));
    assert_eq!(found.get("peak_resident_bytes").is_some(), cfg!(target_os = "linux"));
}

#[test]
fn bench_refuses_what_it_cannot_classify() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.png");
    fs::write(&text, "no picture").unwrap();
    for (path, expected) in
        [(text.as_path(), "found something else"), (Path::new("nowhere.png"), "cannot be read")]
    {
        let output = report(&["bench", "--seconds", "0", path.to_str().unwrap()]);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
        assert!(errors(&output).contains(expected), "{}", errors(&output));
    }
}

#[cfg(feature = "manual")]
#[test]
fn completions_and_the_manual_know_every_command() {
    const COMMANDS: [&str; 6] = ["classify", "info", "self-test", "bench", "completions", "man"];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = out(&report(&["completions", shell]));
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{script}");
    }
    assert_eq!(report(&["completions", "dos"]).status.code(), Some(2));
    let page = out(&report(&["man"]));
    assert!(page.contains(".TH edge-runtime 1"), "{page}");
    for command in COMMANDS {
        assert!(
            page.contains(&format!(".SH EDGE-RUNTIME {}", command.to_uppercase())),
            "{page} lacks {command}"
        );
    }
}

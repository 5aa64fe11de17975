//! `trainer bench --network`: times any network for any input.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;

fn bench(words: &[&str]) -> std::process::Output {
    let small = ["bench", "--batch-size", "4", "--steps", "1"];
    Command::cargo_bin("trainer").unwrap().args([&small, words].concat()).output().unwrap()
}

#[test]
fn a_network_is_timed_for_the_input_that_was_asked_for() {
    let words = ["--network", "mlp:7", "--input", "3x6x5", "--classes", "3", "--format", "json"];
    let output = bench(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    // By hand: 90 · 7 + 7 weights and biases, then 7 · 3 + 3.
    assert_eq!((found["parameters"].as_u64(), found["multiply_adds"].as_u64()), (Some(661), Some(651)));
    assert_eq!(found["input"], serde_json::json!([3, 6, 5]));
    let number = |field: &str| found[field].as_f64().unwrap();
    for field in ["step_ms", "forward_ms", "epoch_ms", "photos_epoch_ms"] {
        assert!(number(field) > 0.0, "{field}");
    }
    let expected = number("batch_size") / number("step_ms") * 1e3;
    assert!((number("images_per_second") / expected - 1.0).abs() < 1e-9);
}

/// The same seed and the same draws: what differs is the rounding of two engines, less than 0.001 after twelve steps.
#[test]
fn the_losses_of_two_engines_stay_together() {
    let losses = |engine: &str| -> Vec<f64> {
        let words = ["--network", "resnet8:4", "--input", "3x9x12", "--classes", "3", "--batch-size", "8"];
        let own = ["bench", "--losses", "12", "--format", "json", "--engine", engine];
        let output = Command::cargo_bin("trainer").unwrap().args([own.as_slice(), &words].concat()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["engine"], engine);
        found["losses"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect()
    };
    let (kernels, candle) = (losses("imago"), losses("candle"));
    assert_eq!(kernels.len(), 12);
    assert!(kernels[11] < kernels[0], "{kernels:?}");
    for (one, other) in kernels.iter().zip(&candle) {
        assert!((one - other).abs() < 1e-3, "{kernels:?} and {candle:?}");
    }
}

#[test]
fn losses_are_of_a_network_that_is_named() {
    let output = Command::cargo_bin("trainer").unwrap().args(["bench", "--losses", "3"]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && message.contains("--network"), "{message}");
}

#[test]
fn an_input_that_is_too_small_for_a_network_is_told() {
    let output = bench(&["--network", "kariya-2018", "--input", "3x1x1"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("--network kariya-2018: no network for --input 3x1x1"), "{message}");
}

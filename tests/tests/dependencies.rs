//! What a board gets: the runtime never depends on the framework that trains.
#![allow(clippy::unwrap_used)]

use std::process::Command;

fn tree(package: &str, features: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--offline",
            "--locked",
        ])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_runtime_has_no_candle_in_it() {
    let tree = tree("imago-edge-runtime", &["--features", "cli,manual,builtin-model,tract-onnx"]);
    assert!(tree.contains("tract-onnx v"), "{tree}");
    assert!(!tree.contains("candle"), "{tree}");
    assert!(
        !tree.lines().any(|line| line.starts_with("imago-trainer ") || line.starts_with("imago-exporter ")),
        "{tree}"
    );
}

/// tract-onnx and tract-nnef are what makes the whole binary large.
#[test]
fn the_slim_runtime_has_tract_core_alone() {
    let tree = tree("imago-edge-runtime", &["--no-default-features", "--features", "slim"]);
    assert!(tree.contains("tract-core v"), "{tree}");
    for absent in ["tract-onnx", "tract-nnef", "tract-hir", "candle"] {
        assert!(!tree.contains(absent), "{absent}: {tree}");
    }
}

/// The check above would be worth nothing if the tree never showed candle.
#[test]
fn the_trainer_has() {
    assert!(tree("imago-trainer", &[]).contains("candle-core v"));
}

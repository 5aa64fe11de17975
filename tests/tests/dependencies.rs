//! What each package links: a board never gets the framework that trains, and a dependent gets a library without the
//! command line.
#![allow(clippy::unwrap_used)]

use std::process::Command;

/// The normal dependencies of a package, one a line as `name vVERSION`, as far down as `depth` or all of them.
fn tree(package: &str, features: &[&str], depth: Option<usize>) -> String {
    let depth = depth.map(|depth| format!("--depth={depth}"));
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
        .args(depth)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a package of this very name is in a tree.
fn has(tree: &str, package: &str) -> bool {
    tree.lines().any(|line| line.split_whitespace().next() == Some(package))
}

#[test]
fn the_runtime_has_no_candle_in_it() {
    let tree = tree("imago-edge-runtime", &[], None);
    assert!(has(&tree, "tract-onnx") && has(&tree, "imago-models"), "{tree}");
    assert!(!tree.contains("candle"), "{tree}");
    assert!(!has(&tree, "imago-trainer") && !has(&tree, "imago-exporter"), "{tree}");
}

/// tract-onnx and tract-nnef are what makes the whole binary large.
#[test]
fn the_slim_runtime_has_tract_core_alone() {
    let tree = tree("imago-edge-runtime", &["--no-default-features", "--features", "slim"], None);
    assert!(has(&tree, "tract-core"), "{tree}");
    for absent in ["tract-onnx", "tract-nnef", "tract-hir", "candle"] {
        assert!(!tree.contains(absent), "{absent}: {tree}");
    }
}

/// The checks above would be worth nothing if the tree never showed candle, nor packages by these names.
#[test]
fn the_trainer_has_candle_and_the_exporter_has_the_trainer() {
    assert!(has(&tree("imago-trainer", &[], None), "candle-core"));
    assert!(has(&tree("imago-exporter", &[], None), "imago-trainer"));
}

/// What the exporter's library takes for itself.
///
/// What comes with the trainer is not looked at as long as the trainer's own command line is no feature. Once it is, add
/// the same check of the whole tree, depth `None`, for clap, indicatif and ureq; tract links anyhow and tar by itself.
#[test]
fn the_exporters_library_has_no_command_line_in_it() {
    let library = tree("imago-exporter", &[], Some(1));
    assert!(has(&library, "imago-exporter") && has(&library, "candle-onnx"), "{library}");
    for absent in ["anyhow", "clap", "indicatif", "tar", "ureq"] {
        assert!(!has(&library, absent), "{absent}: {library}");
    }
    let program = tree("imago-exporter", &["--features", "cli"], Some(1));
    assert!(has(&program, "clap") && has(&program, "anyhow"), "{program}");
}

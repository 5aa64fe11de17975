//! What each package links: a board never gets the framework that trains, and a dependent gets a library without the
//! command line.
#![allow(clippy::unwrap_used)]

use std::process::Command;

/// The normal dependencies of a package, one a line as `name vVERSION`.
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

/// Whether a package of this very name is in a tree.
fn has(tree: &str, package: &str) -> bool {
    tree.lines().any(|line| line.split_whitespace().next() == Some(package))
}

#[test]
fn the_runtime_has_no_candle_in_it() {
    let tree = tree("imago-edge-runtime", &["--features", "cli,manual,builtin-model,tract-onnx"]);
    assert!(has(&tree, "tract-onnx") && has(&tree, "imago-models"), "{tree}");
    assert!(!tree.contains("candle"), "{tree}");
    assert!(!has(&tree, "imago-trainer") && !has(&tree, "imago-exporter"), "{tree}");
}

/// tract-onnx and tract-nnef are what makes the whole binary large.
#[test]
fn the_slim_runtime_has_tract_core_alone() {
    let tree = tree("imago-edge-runtime", &["--no-default-features", "--features", "slim"]);
    assert!(has(&tree, "tract-core"), "{tree}");
    for absent in ["tract-onnx", "tract-nnef", "tract-hir", "candle"] {
        assert!(!tree.contains(absent), "{absent}: {tree}");
    }
}

/// The checks above would be worth nothing if the tree never showed candle, nor packages by these names.
#[test]
fn the_trainer_has_candle_and_the_exporter_has_the_trainer() {
    assert!(has(&tree("imago-trainer", &[]), "candle-core"));
    assert!(has(&tree("imago-exporter", &[]), "imago-trainer"));
}

/// A dependent gets the libraries without what the programs add: no command line, no downloads, no progress bars.
#[test]
fn the_libraries_have_no_command_line_in_them() {
    for package in ["imago-edge-runtime", "imago-exporter", "imago-trainer"] {
        let library = tree(package, &[]);
        assert!(
            has(&library, package) && has(&library, "tract-core") | has(&library, "candle-core"),
            "{library}"
        );
        for absent in ["clap", "indicatif", "tar", "ureq"] {
            assert!(!has(&library, absent), "{package}, {absent}: {library}");
        }
        assert!(has(&tree(package, &["--features", "cli"]), "clap"), "{package}");
    }
}

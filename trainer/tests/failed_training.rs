//! Trainings that end and have failed: they say so, and so do their weights.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use models::weights::Weights;

mod workshop;
use workshop::{message, noisy_stripes, succeed, write_images, write_labels};

fn set() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (part, count) in [("train", 300), ("t10k", 10)] {
        write_images(&data, part, noisy_stripes(count, 0));
        write_labels(&data, part, count);
    }
    folder
}

/// Trains with this learning rate, and returns what was said after the last epoch, and what the weights say.
fn trained(folder: &Path, rate: &str) -> (String, Option<String>) {
    let words = ["student", "--data", "data", "--network", "mlp:16", "--batch-size", "30", "--epochs", "3"];
    let output = succeed(folder, &[&words[..], &["--learning-rate", rate, "--out", rate]].concat());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    let said = message(&output);
    let end = said.rsplit_once("epoch   3/3").unwrap().1.lines().skip(1).collect();
    (end, Weights::load(&folder.join(rate).join("model.safetensors")).unwrap().finding)
}

#[test]
fn a_training_that_went_well_says_nothing() {
    let folder = set();
    assert_eq!(trained(folder.path(), "0.01"), (String::new(), None));
}

#[test]
fn a_training_that_diverged_names_its_loss_its_answers_and_what_may_help() {
    let folder = set();
    let (said, finding) = trained(folder.path(), "50");
    let finding = finding.unwrap();
    assert!(finding.contains("where guessing has 2.3026; each of "), "{finding}");
    assert!(finding.contains(" validation images is answered '"), "{finding}");
    let expected = format!("50: the training has failed: {finding}. A lower --learning-rate than 50, ");
    assert!(said.starts_with(&expected), "{said}");
    // It teaches all the same, but not without a word.
    let words = ["distill", "--data", "data", "--teacher", "50", "--out", "taught", "--epochs", "1"];
    let taught = message(&succeed(folder.path(), &words));
    assert!(
        taught.contains(&format!("50: the training of this teacher has failed: {finding}\n")),
        "{taught}"
    );
}

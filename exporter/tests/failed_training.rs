//! Networks whose training has failed: they are exported where that is asked for, and not by mistake.
#![allow(clippy::unwrap_used)]

use models::weights::Weights;

mod workbench;
use workbench::{answer, names, refusal, student, text, weights, write_set};

/// A run whose learning rate is far too large.
#[test]
fn a_network_whose_training_has_failed_is_exported_by_force_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path(), 10);
    let run = student(folder.path(), &["--learning-rate", "50"]);
    let (run_file, out) = (run.join("model.safetensors"), folder.path().join("student.onnx"));
    let finding = Weights::load(&run_file).unwrap().finding.unwrap();
    for model in [&run, &run_file] {
        let found = refusal(model, &out, &[]);
        let expected = format!("the training has failed: {finding}; --force exports it all the same\n");
        assert!(found.ends_with(&expected), "{found}");
        assert!(refusal(model, &out, &["--precision", "all"]).ends_with(&expected));
    }
    assert!(names(folder.path(), "student").is_empty());
    let forced = answer(&[text(&run), "--out", text(&out), "--force"]);
    let first = finding.split("; ").next().unwrap();
    assert!(forced.contains(&format!("  failed       {first}\n")), "{forced}");
    // The file itself says so from then on.
    let verified = answer(&["verify", text(&out)]);
    assert!(verified.contains(&format!("  failed       {first}\n")), "{verified}");
    assert!(
        verified
            .ends_with("but its training has failed: it is as bad as the network that it was made from\n")
    );
}

/// Weights of an earlier version, whose training was not looked at: nothing but the bias of one class.
#[test]
fn one_class_for_everything_is_found_by_measuring() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path(), 10);
    let mut failed = weights();
    failed.values.fill(0.0);
    let bias_of_seven = failed.values.len() - 3;
    failed.values[bias_of_seven] = 1.0;
    let (model, out) = (folder.path().join("earlier.safetensors"), folder.path().join("student.onnx"));
    failed.save(&model).unwrap();
    let data = ["--data", text(folder.path())];
    let found = refusal(&model, &out, &data);
    assert!(
        found.contains("the training has failed: each of 10 test images is answered '7'; --force "),
        "{found}"
    );
    assert!(!out.exists());
    answer(&[&[text(&model), "--out", text(&out), "--force"], &data[..]].concat());
}

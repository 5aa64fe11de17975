//! Transfer sets, class filters and the bias correction, as commands: what a student is fitted to instead of all
//! training images, and what it then knows.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;

use image::GrayImage;
use models::weights::Weights;
use trainer::data::idx::labels_to_idx;
use trainer::data::{DATASET_FILE, DatasetDescription};
use trainer::run::{RunConfig, RunDirectory};
use workshop::{message, noisy_stripes, succeed, trainer, wait_for, write_images, write_labels};

const COUNT: usize = 480;

/// Writes a data set of images without labels.
fn write_unlabelled(folder: &Path, count: usize, offset: usize) {
    write_images(folder, "train", noisy_stripes(count, offset));
}

fn write_pictures(folder: &Path, count: usize, offset: usize) {
    let inner = folder.join("more");
    std::fs::create_dir_all(&inner).unwrap();
    for (index, image) in noisy_stripes(count, offset).chunks_exact(784).enumerate() {
        let picture = GrayImage::from_raw(28, 28, image.to_vec()).unwrap();
        let folder = if index % 2 == 0 { folder } else { &inner };
        picture.save(folder.join(format!("{index:03}.png"))).unwrap();
    }
    std::fs::write(folder.join("notes.txt"), "no picture").unwrap();
}

/// Returns a folder with a data set in `data`, and a teacher of it.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_images(&folder.path().join("data"), "train", noisy_stripes(COUNT, 0));
    write_labels(&folder.path().join("data"), "train", COUNT);
    let words =
        ["student", "--data", "data", "--out", "teacher", "--network", "mlp:32", "--batch-size", "20"];
    succeed(folder.path(), &[&words[..], &["--epochs", "8"]].concat());
    folder
}

fn answer(folder: &Path, words: &[&str]) -> String {
    String::from_utf8(succeed(folder, words).stdout).unwrap()
}

/// Runs `trainer distill` and returns its one line on standard error; expects status 1 and no run.
fn refusal(folder: &Path, options: &[&str]) -> String {
    let output = trainer(folder, &distill("refused", options)).output().unwrap();
    let message = message(&output);
    assert_eq!(output.status.code(), Some(1), "{options:?}: {message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(!folder.join("refused").exists());
    message
}

fn distill<'a>(out: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let common =
        ["distill", "--data", "data", "--teacher", "teacher", "--network", "mlp:16", "--batch-size", "20"];
    [&common[..], &["--out", out], options].concat()
}

fn config(folder: &Path, run: &str) -> RunConfig {
    RunDirectory::open(&folder.join(run)).unwrap().1
}

fn weights(folder: &Path, run: &str) -> Weights {
    Weights::load(&folder.join(run).join("model.safetensors")).unwrap()
}

/// Returns the number before ` %` in `run: validation accuracy 97.50 %, from epoch 3`.
fn accuracy(line: &str) -> f64 {
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn a_student_learns_from_images_without_labels_alone() {
    let folder = workshop();
    write_unlabelled(&folder.path().join("unlabelled"), 300, 1000);
    write_pictures(&folder.path().join("pictures"), 200, 2000);
    for (directory, run, images) in [("unlabelled", "of-idx", 300), ("pictures", "of-pictures", 200)] {
        let options = ["--transfer", directory, "--epochs", "12", "--logit-cache", "cache"];
        let line = answer(folder.path(), &distill(run, &options));
        // Guessing gives 10 %.
        assert!(accuracy(&line) > 80.0, "{line}");
        let config = config(folder.path(), run);
        let transfer = config.transfer.unwrap();
        assert_eq!((transfer.images, transfer.labelled), (images, false));
        assert_eq!(config.distillation.unwrap().soft_weight, 1.0);
        let expected = format!("{directory}, {images} images without labels");
        assert_eq!(weights(folder.path(), run).contract.provenance.transfer, Some(expected));
    }
}

/// Logits are kept for the images that they belong to: two sets, three augmentation epochs each, and the same bits from
/// the files.
#[test]
fn kept_answers_are_those_of_the_transfer_set() {
    let folder = workshop();
    write_unlabelled(&folder.path().join("unlabelled"), 300, 1000);
    write_pictures(&folder.path().join("pictures"), 200, 2000);
    let kept = || std::fs::read_dir(folder.path().join("cache")).unwrap().count();
    for (directory, files) in [("unlabelled", 3), ("pictures", 6)] {
        let options =
            ["--transfer", directory, "--epochs", "6", "--augment", "affine", "--augment-pool", "3"];
        let options = [&options[..], &["--logit-cache", "cache"]].concat();
        let trained = |run: &str| {
            succeed(folder.path(), &distill(run, &options));
            weights(folder.path(), run).values
        };
        let first = trained(&format!("{directory}-1"));
        assert_eq!(kept(), files);
        assert_eq!(trained(&format!("{directory}-2")), first);
        assert_eq!(kept(), files);
    }
}

#[test]
fn a_run_on_a_transfer_set_goes_on_to_the_same_bits_and_with_no_other_images() {
    let folder = workshop();
    write_unlabelled(&folder.path().join("unlabelled"), 300, 1000);
    let options = ["--transfer", "unlabelled", "--epochs", "400", "--correct-bias"];
    succeed(folder.path(), &distill("whole", &options));
    let words = distill("killed", &[&options[..], &["--checkpoint-interval", "0"]].concat());
    let mut child = trainer(folder.path(), &words).spawn().unwrap();
    let checkpoint = folder.path().join("killed/checkpoint/state.safetensors");
    wait_for(&mut child, &checkpoint);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.path().join("killed/model.safetensors").exists());

    write_unlabelled(&folder.path().join("unlabelled"), 300, 1001);
    let output = trainer(folder.path(), &["resume", "killed"]).output().unwrap();
    let expected = "trainer: unlabelled: expected a transfer set of SHA-256 ";
    assert!(message(&output).starts_with(expected), "{}", message(&output));

    write_unlabelled(&folder.path().join("unlabelled"), 300, 1000);
    succeed(folder.path(), &["resume", "killed", "--threads", "1"]);
    assert_eq!(weights(folder.path(), "killed"), weights(folder.path(), "whole"));
}

#[test]
fn filters_leave_classes_out_of_training_and_not_of_validation() {
    let folder = workshop();
    // 440 images are trained on, 44 of each class.
    for (options, images, words) in
        [(["--without", "3"], 396, "without 3"), (["--only", "7,8"], 88, "only 7, 8")]
    {
        succeed(folder.path(), &distill("run", &options));
        let transfer = config(folder.path(), "run").transfer.unwrap();
        assert_eq!((transfer.images, transfer.labelled), (images, true));
        let provenance = weights(folder.path(), "run").contract.provenance;
        assert_eq!(provenance.transfer.as_deref(), Some(words));
        std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    }
    let words = ["student", "--data", "data", "--out", "hard", "--network", "mlp:16", "--batch-size", "20"];
    succeed(folder.path(), &[&words[..], &["--only", "7,8"]].concat());
    let text = answer(folder.path(), &["evaluate", "hard", "--data", "data", "--split", "validation"]);
    // A student on hard labels never says what it has not seen.
    assert!(text.starts_with("hard on 40 validation images\n"), "{text}");
    let wrong: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(wrong[..14], ["0:", "4", "1:", "4", "2:", "4", "3:", "4", "4:", "4", "5:", "4", "6:", "4"]);
}

#[test]
fn validation_images_are_left_out_of_a_transfer_set() {
    let folder = workshop();
    succeed(folder.path(), &distill("run", &["--transfer", "data", "--epochs", "1"]));
    let transfer = config(folder.path(), "run").transfer.unwrap();
    assert_eq!((transfer.images, transfer.labelled), (440, true));
}

#[test]
fn what_cannot_be_a_transfer_set_is_one_line() {
    let folder = workshop();
    let unlabelled = folder.path().join("unlabelled");
    write_unlabelled(&unlabelled, 30, 1000);
    let all = "0,1,2,3,4,5,6,7,8,9";
    for (options, expected) in [
        (vec!["--without", "x"], "--without: expected labels out of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found 'x'"),
        (vec!["--only", "10"], "--only: expected labels out of"),
        (vec!["--without", all], "data: expected images to train on, found none after --without"),
        (
            vec!["--transfer", "unlabelled", "--only", "1"],
            "--only: expected a transfer set with labels, found unlabelled without train-labels-idx1-ubyte",
        ),
        (
            vec!["--transfer", "unlabelled", "--soft-weight", "0.9"],
            "soft_weight: expected 1 for a transfer set without labels, found 0.9",
        ),
        (vec!["--transfer", "unlabelled", "--loss", "dkd"], "loss: expected another than dkd"),
        (vec!["--transfer", "nowhere"], "nowhere: cannot be read: "),
        (vec!["--transfer", "teacher"], "teacher: expected train-images-idx3-ubyte, gzipped or not, or PNG"),
    ] {
        let message = refusal(folder.path(), &options);
        assert!(message.starts_with(&format!("trainer: {expected}")), "{message}");
    }
    let garments = folder.path().join("garments");
    write_unlabelled(&garments, 30, 1000);
    write_labels(&garments, "train", 30);
    DatasetDescription::fashion_mnist().write(&garments.join(DATASET_FILE)).unwrap();
    let message = refusal(folder.path(), &["--transfer", "garments"]);
    let expected =
        "trainer: garments: expected the classes of data: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; found T-shirt/top, ";
    assert!(message.starts_with(expected), "{message}");
    // Labels without names are numbers, as everywhere else.
    std::fs::remove_file(garments.join(DATASET_FILE)).unwrap();
    std::fs::write(garments.join("train-labels-idx1-ubyte"), labels_to_idx(&[10; 30])).unwrap();
    let message = refusal(folder.path(), &["--transfer", "garments"]);
    assert!(message.contains("; found 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10; without"), "{message}");
    std::fs::create_dir(folder.path().join("broken")).unwrap();
    std::fs::write(folder.path().join("broken/a.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let message = refusal(folder.path(), &["--transfer", "broken"]);
    assert!(message.starts_with(
        "trainer: broken: expected pictures that can be read, found none among 1, first broken/a.png: "
    ));
    assert!(!message.contains("--max-skipped"), "{message}");
    let output = trainer(folder.path(), &distill("refused", &["--without", "1", "--only", "2"])).output();
    assert_eq!(output.unwrap().status.code(), Some(2));
}

/// The labels of a set that counts its classes backwards are taken by their names, and a run of an earlier version, which
/// took them by their numbers, goes on as it began.
#[test]
fn a_labelled_transfer_set_in_another_order_is_taken_by_names() {
    let folder = workshop();
    let write = |name: &str, backwards: bool| {
        let set = folder.path().join(name);
        write_unlabelled(&set, 40, 500);
        let label = |image: u8| if backwards { 9 - image % 10 } else { image % 10 };
        let labels: Vec<u8> = (0..40).map(label).collect();
        std::fs::write(set.join("train-labels-idx1-ubyte"), labels_to_idx(&labels)).unwrap();
        let mut description = DatasetDescription::mnist();
        if backwards {
            description.classes.reverse();
        }
        description.write(&set.join(DATASET_FILE)).unwrap();
        set
    };
    write("same", false);
    let turned = write("turned", true);
    let train = |out: &str, set: &str| {
        let options = ["--transfer", set, "--without", "3", "--soft-weight", "0.5"];
        let output = succeed(folder.path(), &distill(out, &options));
        (message(&output), std::fs::read(folder.path().join(out).join("model.safetensors")).unwrap())
    };
    let (_, of_same) = train("by-same", "same");
    let (said, _) = train("by-turned", "turned");
    assert!(said.contains("turned: its classes stand in another order than those of data"), "{said}");
    let values = |run: &str| weights(folder.path(), run).values;
    assert_eq!(values("by-turned"), values("by-same"));
    let hash = |run: &str| config(folder.path(), run).transfer.unwrap().sha256;
    assert_eq!(hash("by-turned"), hash("by-same"));

    let resume = |run: &str| {
        let model = folder.path().join(run).join("model.safetensors");
        std::fs::remove_file(&model).unwrap();
        let output = trainer(folder.path(), &["resume", run]).output().unwrap();
        (message(&output), std::fs::read(&model).ok())
    };
    assert!(resume("by-turned").1.is_some());
    // Earlier versions took the numbers, whatever the set said of them.
    let mut named = DatasetDescription::mnist();
    named.classes[0] = "none".to_owned();
    named.write(&folder.path().join("same").join(DATASET_FILE)).unwrap();
    assert!(resume("by-same").1.unwrap() == of_same);
    // Other labels are other images to train on.
    std::fs::write(turned.join("train-labels-idx1-ubyte"), labels_to_idx(&[0; 40])).unwrap();
    let (said, model) = resume("by-turned");
    assert!(said.contains("turned: expected a transfer set of SHA-256") && model.is_none(), "{said}");
}

/// The correction as a command and as a part of the training: the same shifts, and a class that was missing found again.
#[test]
fn a_missing_class_is_found_again_without_labels() {
    let folder = workshop();
    let options = ["--without", "3", "--temperature", "8", "--epochs", "20", "--soft-weight", "1"];
    succeed(folder.path(), &distill("run", &options));
    succeed(folder.path(), &distill("at-once", &[&options[..], &["--correct-bias"]].concat()));
    let before = weights(folder.path(), "run");
    let table = answer(folder.path(), &["correct-bias", "run", "--data", "data", "--out", "new.safetensors"]);
    let corrected = Weights::load(&folder.path().join("new.safetensors")).unwrap();
    assert_eq!(corrected.values, weights(folder.path(), "at-once").values);
    // The corrected network has no validation accuracy, except from the run that evaluates it on its validation images.
    assert_eq!(corrected.contract.provenance.validation_accuracy, None);
    assert!(weights(folder.path(), "at-once").contract.provenance.validation_accuracy.is_some());
    let shifts = &corrected.contract.provenance.bias_shifts;
    assert_eq!(shifts.len(), 10);
    let changed: Vec<usize> =
        (0..before.values.len()).filter(|&at| before.values[at] != corrected.values[at]).collect();
    assert_eq!(changed, [before.values.len() - 7]);
    assert!(shifts[3] > 0.0 && shifts[2] == 0.0, "{shifts:?}");
    let row: Vec<&str> = table.lines().nth(4).unwrap().split_whitespace().collect();
    // The columns are class, before, expected, after and shift; each share is followed by its ` %`.
    assert_eq!((row[0], row[3]), ("3", row[5]), "{table}");
    assert_ne!(row[1], row[3], "{table}");

    let output =
        trainer(folder.path(), &["correct-bias", "run", "--data", "data", "--out", "new.safetensors"]);
    let text = message(&{ output }.output().unwrap());
    assert_eq!(text, "trainer: new.safetensors: expected a new file, found one\n");
    let words = ["correct-bias", "new.safetensors", "--data", "data", "--out", "newer.safetensors"];
    let text = message(&trainer(folder.path(), &words).output().unwrap());
    assert!(text.starts_with("trainer: new.safetensors: expected --teacher"), "{text}");
    let uniform = answer(folder.path(), &[&words[..], &["--prior", "uniform", "--classes", "3,4"]].concat());
    for line in [4, 5] {
        let row: Vec<&str> = uniform.lines().nth(line).unwrap().split_whitespace().collect();
        assert_eq!((row[3], row[5]), ("10.000", "10.000"), "{uniform}");
    }
}

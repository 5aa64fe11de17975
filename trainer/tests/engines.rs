//! `--engine imago` and `--engine candle`, which share no arithmetic: trainings by both on one CPU go the same way, and a run
//! keeps the engine that it began with.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::Value;
use workshop::{interrupt, message, noisy_stripes, succeed, trainer, wait_for, write_images, write_labels};

/// How far apart the losses of two epochs may be, in training and on the validation images, relative to 1 or to the loss
/// where that is larger. A bias before a batch norm has no gradient but rounding, of which AdamW makes whole steps. In training
/// the batch's mean takes them out again; the running mean follows them a little late.
const TOLERANCES: [f64; 2] = [1e-3, 2e-2];

/// Networks for colour pictures: residual blocks with projections, parallel branches.
const COLOUR_NETWORKS: [&str; 3] = ["conv:4x6", "resnet8:4", "repvgg:4x6"];

fn digits(folder: &Path) {
    for (part, count, offset) in [("train", 240, 0), ("t10k", 20, 1000)] {
        write_images(folder, part, noisy_stripes(count, offset));
        write_labels(folder, part, count);
    }
}

/// Thirty pictures of 24×20 of each of three classes, of which 81 train, three batches of 27: a batch norm of the one image
/// of a last batch would be all rounding. On each a block of the class's colour, at a place of its own, on noise.
fn pictures(folder: &Path) {
    for (class, name) in ["red", "green", "blue"].into_iter().enumerate() {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for number in 0..30usize {
            let picture = RgbImage::from_fn(24, 20, |x, y| {
                let place = x as usize * 7919 + y as usize * 104_729 + number * 31 + class * 17;
                let noise = ((place * 2_654_435_761) >> 16) % 90;
                let inside = (4..14).contains(&x) && (3 + number as u32 % 7..12).contains(&y);
                let mut pixel = [noise as u8; 3];
                pixel[class] += if inside { 150 } else { 20 };
                Rgb(pixel)
            });
            picture.save(folder.join(name).join(format!("{number}.png"))).unwrap();
        }
    }
}

fn losses(folder: &Path, run: &str) -> Vec<f64> {
    let metrics = std::fs::read_to_string(folder.join(run).join("metrics.jsonl")).unwrap();
    let of_epoch = |line: &str| {
        let metrics: Value = serde_json::from_str(line).unwrap();
        ["training_loss", "validation_loss"].map(|field| metrics[field].as_f64().unwrap())
    };
    metrics.lines().flat_map(of_epoch).collect()
}

/// Trains two epochs by each engine and compares their losses.
fn agree(folder: &Path, words: &[&str]) {
    let by = |engine: &str| {
        let own = ["--epochs", "2", "--engine", engine, "--out", engine];
        succeed(folder, &[words, &own].concat());
        let losses = losses(folder, engine);
        std::fs::remove_dir_all(folder.join(engine)).unwrap();
        losses
    };
    let (kernels, candle) = (by("imago"), by("candle"));
    assert_eq!((kernels.len(), candle.len()), (4, 4));
    assert!(kernels != candle, "{words:?}: two engines to the bit are one engine");
    let tolerances = TOLERANCES.iter().cycle();
    for ((one, other), tolerance) in kernels.iter().zip(&candle).zip(tolerances) {
        let difference = (one - other).abs() / other.max(1.0);
        assert!(difference < *tolerance, "{words:?}: {kernels:?} and {candle:?}");
    }
}

#[test]
fn two_epochs_on_digits_have_the_same_losses_by_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    digits(folder.path());
    let common = ["--data", ".", "--batch-size", "32"];
    agree(folder.path(), &[&["teacher", "--network", "kariya-2018"], common.as_slice()].concat());
    let student = ["student", "--network", "mlp:24x16", "--batch-norm", "--augment", "elastic"];
    agree(folder.path(), &[&student, common.as_slice()].concat());
}

#[test]
fn two_epochs_on_colour_pictures_have_the_same_losses_by_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("pictures"));
    for network in COLOUR_NETWORKS {
        let words = ["teacher", "--data", "pictures", "--input", "3x18x20", "--network", network];
        agree(folder.path(), &[words.as_slice(), &["--batch-size", "27"]].concat());
    }
}

#[cfg(unix)]
#[test]
fn a_run_keeps_its_engine() {
    let folder = tempfile::tempdir().unwrap();
    digits(folder.path());
    let train = |out: &str| {
        let words = ["student", "--data", ".", "--network", "mlp:24", "--batch-size", "8", "--epochs", "30"];
        let own = ["--engine", "candle", "--checkpoint-interval", "0", "--out"];
        trainer(folder.path(), &[words.as_slice(), &own, &[out]].concat())
    };
    let whole = train("whole").output().unwrap();
    assert!(whole.status.success(), "{}", message(&whole));
    let mut child = train("run").spawn().unwrap();
    wait_for(&mut child, &folder.path().join("run/checkpoint/state.safetensors"));
    interrupt(child);
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("engine = \"candle\""), "{config}");
    succeed(folder.path(), &["resume", "run"]);
    let [run, whole] = ["run", "whole"].map(|run| losses(folder.path(), run));
    assert_eq!(run.len(), 60);
    for (one, other) in run.iter().zip(&whole) {
        assert!((one - other).abs() < 1e-6, "{run:?} and {whole:?}");
    }
}

#[test]
fn an_engine_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    digits(folder.path());
    let refuse = |words: &[&str], expected: &str| {
        let train = ["student", "--data", ".", "--out", "run"];
        let output = trainer(folder.path(), &[&train, words].concat()).output().unwrap();
        assert!(!output.status.success() && message(&output).contains(expected), "{}", message(&output));
        assert!(!folder.path().join("run").exists());
    };
    refuse(&["--engine", "torch"], "expected imago or candle");
    refuse(&["--engine", "imago", "--device", "cuda"], "--engine imago: expected --device cpu, found cuda:0");
}

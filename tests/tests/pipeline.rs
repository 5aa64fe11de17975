//! From a small seeded set to labels at the edge: teacher, baseline, distilled student, ONNX, image files.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::Parser;
use edge_runtime::{Classifier, DEFAULT_MAX_PIXELS, read_picture};
use image::GrayImage;
use models::probability::{Temperature, softmax};
use models::reference;
use models::weights::Weights;
use tests::difference;
use trainer::command::CommandLine;
use trainer::data::synthetic_digits;
use trainer::run::RunOptions;
use trainer::run::load_weights;

const TEST_IMAGES: usize = 200;

/// Runs `trainer` with these words and answers with its standard output.
fn trainer(words: &[&str]) -> String {
    let arguments = CommandLine::parse_from(std::iter::once("trainer").chain(words.iter().copied()));
    let mut output = Vec::new();
    trainer::command::run(arguments.command, &mut output).unwrap();
    String::from_utf8(output).unwrap()
}

/// A folder with a set and a trained teacher, made once for all tests of this file.
struct Workshop {
    folder: PathBuf,
}

static WORKSHOP: LazyLock<Workshop> = LazyLock::new(|| {
    let workshop = Workshop { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("pipeline") };
    // What an earlier run of these tests left.
    let _ = std::fs::remove_dir_all(&workshop.folder);
    std::fs::create_dir_all(workshop.path("data")).unwrap();
    synthetic_digits::write(&workshop.path("data"), 720, TEST_IMAGES).unwrap();
    workshop.train("teacher", "teacher", &["--epochs", "4"]);
    workshop
});

impl Workshop {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn train(&self, command: &str, run: &str, more: &[&str]) -> Weights {
        let (data, out) = (self.text("data"), self.text(run));
        let common = [command, "--data", &data, "--out", &out, "--batch-size", "32"];
        trainer(&[&common, more].concat());
        load_weights(&self.path(run)).unwrap()
    }

    fn distill(&self, run: &str, more: &[&str]) -> Weights {
        let teacher = self.text("teacher");
        let options = ["--teacher", &teacher, "--epochs", "6", "--learning-rate", "0.004"];
        self.train("distill", run, &[&options, more].concat())
    }

    /// Right answers on the test images, as `evaluate` counts them.
    fn accuracy(&self, model: &str) -> f64 {
        let json =
            trainer(&["evaluate", &self.text(model), "--data", &self.text("data"), "--format", "json"]);
        let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(answer["images"], TEST_IMAGES);
        answer["accuracy"].as_f64().unwrap()
    }
}

#[test]
fn a_student_learns_from_its_teacher_and_labels_image_files_at_the_edge() {
    let workshop = &*WORKSHOP;
    let student = workshop.distill("student", &[]);
    let path = workshop.path("student.onnx");
    exporter::export(&student, &path).unwrap();
    let accuracy = workshop.accuracy("student");
    assert!(workshop.accuracy("teacher") > 0.9 && accuracy > 0.9, "{accuracy}");
    assert_eq!(workshop.accuracy("student.onnx"), accuracy);

    let classifier = Classifier::from_file(&path).unwrap();
    let (images, labels) = synthetic_digits::digits(TEST_IMAGES, 2);
    let mut right = 0;
    for (index, pixels) in images.pixels.chunks_exact(28 * 28).enumerate() {
        let file = workshop.path("digit.png");
        GrayImage::from_raw(28, 28, pixels.to_vec()).unwrap().save(&file).unwrap();
        let answer = classifier.classify(&read_picture(&file, DEFAULT_MAX_PIXELS).unwrap()).unwrap();
        right += usize::from(answer.best().unwrap().label == labels[index].to_string());
    }
    let at_the_edge = right as f64 / TEST_IMAGES as f64;
    assert!((at_the_edge - accuracy).abs() < 0.02, "{at_the_edge} from files, {accuracy} from pixels");
}

/// By the numbers: the file's probabilities are the softmax of the student's logits at 1, computed by the reference implementation, and
/// far from those at the temperature of the distillation.
#[test]
fn students_of_any_distillation_temperature_answer_at_temperature_1() {
    let workshop = &*WORKSHOP;
    for temperature in [2.0f32, 20.0] {
        let run = format!("student-at-{temperature}");
        let student = workshop.distill(&run, &["--temperature", &temperature.to_string()]);
        assert_eq!(student.contract.provenance.distillation_temperature, Some(temperature));
        let path = workshop.path(&format!("{run}.onnx"));
        exporter::export(&student, &path).unwrap();
        let classifier = Classifier::from_file(&path).unwrap();
        let (images, _) = synthetic_digits::digits(20, 3);
        let softened = Temperature::try_from(temperature).unwrap();
        let mut furthest_from_softened = 0.0f64;
        for pixels in images.pixels.chunks_exact(28 * 28) {
            let input = models::picture::preprocessing::from_bytes(pixels, &student.contract.input);
            let logits = reference::logits(&student, &input);
            let found = classifier.probabilities(&input).unwrap();
            let difference = |at: Temperature| difference::largest(&reference::softmax(&logits, at), &found);
            let at_one = difference(Temperature::ONE);
            assert!(at_one < 1e-5, "T = {temperature}: {at_one}");
            furthest_from_softened = furthest_from_softened.max(difference(softened));
        }
        assert!(furthest_from_softened > 0.1, "T = {temperature}: {furthest_from_softened}");
    }
}

#[test]
fn distillation_leaves_the_teacher_as_it_was() {
    let workshop = &*WORKSHOP;
    let file = workshop.path("teacher/model.safetensors");
    let options = RunOptions::default();
    let (bytes, before) =
        (std::fs::read(&file).unwrap(), trainer::run::load_teacher(&file, &options.device).unwrap());
    let (run, config) = {
        workshop.distill("harmless", &["--augment", "affine"]);
        trainer::run::RunDirectory::open(&workshop.path("harmless")).unwrap()
    };
    let data = trainer::data::DataDirectory::find(&workshop.text("data")).training_data().unwrap();
    std::fs::remove_file(workshop.path("harmless/checkpoint/state.safetensors")).unwrap();
    let (values, teachers) = (before.values().unwrap(), vec![before]);
    let mut epochs = 0;
    trainer::run::train(&run, &config, &data, &teachers, &options, |_| epochs += 1).unwrap();
    assert_eq!(epochs, 6, "the teacher taught again");
    assert_eq!(teachers[0].values().unwrap(), values);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let workshop = &*WORKSHOP;
    let bits =
        |run: &str, seed: &str| workshop.distill(run, &["--augment", "affine", "--seed", seed]).sha256();
    let first = bits("first", "5");
    assert_eq!(bits("second", "5"), first);
    assert_ne!(bits("third", "6"), first);
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_bits() {
    let workshop = &*WORKSHOP;
    let options = ["--epochs", "3", "--augment", "affine"];
    let whole = workshop.train("student", "whole", &options);
    let (_, config) = trainer::run::RunDirectory::open(&workshop.path("whole")).unwrap();
    let data = trainer::data::DataDirectory::find(&workshop.text("data")).training_data().unwrap();

    // The same run, stopped after its second epoch as a crash would stop it: a panic from the callback.
    let stopped = workshop.path("stopped");
    let run = trainer::run::RunDirectory::create(&stopped, &config).unwrap();
    let crash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        trainer::run::train(&run, &config, &data, &[], &RunOptions::default(), |metrics| {
            assert!(metrics.epoch < 2, "stop here");
        })
    }));
    assert!(crash.is_err());
    assert!(load_weights(&stopped).unwrap_err().to_string().contains("has not finished"));
    trainer(&["resume", stopped.to_str().unwrap()]);
    let file = |run: &str| std::fs::read(workshop.path(run).join("model.safetensors")).unwrap();
    assert!(file("stopped") == file("whole"));
    assert!(!whole.values.is_empty());
    let lines = |run: &Path| std::fs::read_to_string(run.join("metrics.jsonl")).unwrap().lines().count();
    assert_eq!(lines(&stopped), 3);
}

#[test]
fn soften_shows_the_probabilities_of_both_temperatures() {
    let workshop = &*WORKSHOP;
    let teacher = load_weights(&workshop.path("teacher")).unwrap();
    let text = trainer(&[
        "soften",
        &workshop.text("teacher"),
        "--data",
        &workshop.text("data"),
        "--index",
        "7",
        "--temperature",
        "5",
    ]);
    let (images, _) = synthetic_digits::digits(8, 1);
    let input =
        models::picture::preprocessing::from_bytes(&images.pixels[7 * 784..8 * 784], &teacher.contract.input);
    let logits = trainer::network::logits(&teacher, &[input]).unwrap();
    let soft = softmax(&logits[0], Temperature::try_from(5.0).unwrap());
    assert!(text.contains(&format!("{:.2} %", soft[7] * 100.0)), "{text}");
    assert!(text.contains("T = 1") && text.contains("T = 5"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 80), "{text}");
}

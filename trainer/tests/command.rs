//! The command `trainer` as a user meets it: command lines in, what the program prints out, mostly when something is
//! wrong.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Output, Stdio};

use assert_cmd::Command;
use trainer::data::idx::{IdxImages, images_to_idx, labels_to_idx};
use trainer::data::{DATASET_FILE, DatasetDescription, ValidationRule};

const TRAINING: usize = 60;

/// Writes a data set of stripes: an image of class c has a bright row c. It calls itself digits, of which a twelfth and at
/// least two of each class, 20 images, judge.
fn write_set(folder: &Path) {
    for (images, labels, count) in [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", TRAINING),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 20),
    ] {
        let classes: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
        let image = |class: &u8| {
            let row = 2 * usize::from(*class);
            (0..784).map(move |pixel| if pixel / 28 == row { 255 } else { 0 })
        };
        let pixels = classes.iter().flat_map(image).collect();
        std::fs::write(
            folder.join(images),
            images_to_idx(&IdxImages { count, height: 28, width: 28, pixels }),
        )
        .unwrap();
        std::fs::write(folder.join(labels), labels_to_idx(&classes)).unwrap();
    }
    let description =
        DatasetDescription { validation: ValidationRule::Stratified, ..DatasetDescription::mnist() };
    description.write(&folder.join(DATASET_FILE)).unwrap();
}

fn trainer(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(words).current_dir(folder).env_remove("IMAGO_DATA").output().unwrap()
}

/// Runs `trainer` and returns its one line on standard error; expects nothing on standard output and status 1.
fn refusal(folder: &Path, words: &[&str]) -> String {
    let output = trainer(folder, words);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("trainer: "), "{message}");
    message
}

fn student(folder: &Path) -> String {
    refusal(folder, &["student", "--data", "data", "--out", "run"])
}

/// Returns a folder with a data set in `data`.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    write_set(&folder.path().join("data"));
    folder
}

#[test]
fn trains_into_a_run_directory_with_everything_in_it() {
    let folder = workshop();
    // Training never looks at the test files.
    for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
        std::fs::remove_file(folder.path().join("data").join(name)).unwrap();
    }
    let output = trainer(
        folder.path(),
        &["student", "--data", "data", "--out", "run", "--epochs", "2", "--batch-size", "10"],
    );
    let (text, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{log}");
    assert!(text.starts_with("run: validation accuracy"), "{text}");
    assert_eq!(log.lines().filter(|line| line.starts_with("epoch")).count(), 2, "{log}");
    // What was asked for is not said.
    assert_eq!(
        log.lines().next(),
        Some("chosen, as for MNIST: --network mlp:128x128, --augment none"),
        "{log}"
    );
    for file in ["config.toml", "metrics.jsonl", "model.safetensors", "checkpoint/state.safetensors"] {
        assert!(folder.path().join("run").join(file).is_file(), "{file}");
    }
    let metrics = std::fs::read_to_string(folder.path().join("run/metrics.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    for key in ["training_loss", "validation_accuracy", "learning_rate", "seconds", "images_per_second"] {
        assert!(line[key].is_number(), "{key}");
    }
    let again = refusal(folder.path(), &["student", "--data", "data", "--out", "run"]);
    assert!(again.contains("run: expected a directory that is new or empty, found a run"), "{again}");
}

/// `config.toml` and the weights of a run of one epoch.
fn run_of(folder: &Path, words: &[&str]) -> (String, Vec<u8>) {
    let common = ["--data", "data", "--out", "run", "--epochs", "1", "--batch-size", "20"];
    let output = trainer(folder, &[words, &common].concat());
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let run = folder.join("run");
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    let weights = std::fs::read(run.join("model.safetensors")).unwrap();
    std::fs::remove_dir_all(run).unwrap();
    (config, weights)
}

#[test]
fn the_words_of_earlier_versions_make_the_same_run() {
    let folder = workshop();
    let pairs: [(&str, &str, &str); 6] = [
        ("teacher", "--design seed", "--network kariya-2018"),
        ("teacher", "--design dense", "--network hinton-2015"),
        ("student", "--hidden 12,6", "--network mlp:12x6"),
        ("student", "--hidden 8 --optimiser sgd", "--network mlp:8 --optimizer sgd"),
        (
            "student",
            "--hidden 8 --views affine --view-strength 0.5 --view-pool 3 --view-seed 4",
            "--network mlp:8 --augment affine --augment-strength 0.5 --augment-pool 3 --augment-seed 4",
        ),
        (
            "student",
            "--hidden 8 --views elastic --view-pool 2 --view-cache kept",
            "--network mlp:8 --augment elastic --augment-pool 2 --augment-cache kept",
        ),
    ];
    for (command, before, now) in pairs {
        let run = |options: &str| {
            let words: Vec<&str> = std::iter::once(command).chain(options.split(' ')).collect();
            run_of(folder.path(), &words)
        };
        assert!(run(before) == run(now), "{before}");
    }
}

#[test]
fn a_run_of_an_earlier_version_is_resumed_to_the_same_weights() {
    let folder = workshop();
    let options = ["--network", "mlp:8", "--augment", "affine", "--augment-pool", "3", "--augment-seed", "4"];
    let words = [&["student"], &options[..]].concat();
    let (config, weights) = run_of(folder.path(), &words);
    let run = folder.path().join("run");
    std::fs::create_dir_all(run.join("checkpoint")).unwrap();
    let earlier = config
        .replace("augmentation_pool", "view_pool")
        .replace("augmentation_seed", "view_seed")
        .replace("augmentation = ", "views = ")
        .replace("optimizer", "optimiser");
    for key in ["view_pool", "view_seed", "views", "optimiser"] {
        assert!(earlier.contains(key), "{key}: {config}");
    }
    std::fs::write(run.join("config.toml"), earlier).unwrap();
    let output = trainer(folder.path(), &["resume", "run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read(run.join("model.safetensors")).unwrap() == weights);
}

#[test]
fn reads_gzipped_files_too() {
    use std::io::Write;
    let folder = workshop();
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        let path = folder.path().join("data").join(name);
        let zipped = std::fs::File::create(path.with_extension("gz")).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(zipped, flate2::Compression::fast());
        encoder.write_all(&std::fs::read(&path).unwrap()).unwrap();
        encoder.finish().unwrap();
        std::fs::remove_file(path).unwrap();
    }
    let output = trainer(folder.path(), &["student", "--data", "data", "--out", "run", "--epochs", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_broken_set_is_named_and_leaves_no_run() {
    let spoiled: [(&str, Vec<u8>, &str); 6] = [
        ("train-images-idx3-ubyte", labels_to_idx(&[1, 2]), "magic number: expected 0x00000803"),
        ("train-labels-idx1-ubyte", labels_to_idx(&[1; TRAINING])[..20].to_vec(), "expected 60 bytes"),
        ("train-labels-idx1-ubyte", labels_to_idx(&[1; TRAINING - 1]), "60 images but 59 labels"),
        ("train-labels-idx1-ubyte", labels_to_idx(&[10; TRAINING]), "label 0: expected 0 to 9, found 10"),
        ("train-images-idx3-ubyte", vec![], "expected at least one image, found none"),
        ("train-labels-idx1-ubyte", labels_to_idx(&[]), "expected at least one label, found none"),
    ];
    for (file, content, expected) in spoiled {
        let folder = workshop();
        std::fs::write(folder.path().join("data").join(file), content).unwrap();
        let message = student(folder.path());
        assert!(message.contains(expected) && message.contains("data"), "{message}");
        assert!(!folder.path().join("run").exists(), "{expected}");
    }
}

#[test]
fn a_set_that_is_not_there_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let message = student(folder.path());
    assert!(message.contains("data: expected pictures in a folder for each class, found"), "{message}");
    std::fs::write(folder.path().join("data/t10k-labels-idx1-ubyte"), labels_to_idx(&[0, 1])).unwrap();
    let message = student(folder.path());
    assert!(message.contains("data: expected train-images-idx3-ubyte or"), "{message}");
    let message = refusal(folder.path(), &["student", "--data", "mnist", "--out", "run"]);
    assert!(message.contains("`trainer fetch mnist` brings the set"), "{message}");
}

#[test]
fn a_run_that_cannot_be_written_is_named() {
    let folder = workshop();
    std::fs::write(folder.path().join("file"), "kept").unwrap();
    let message = refusal(folder.path(), &["student", "--data", "data", "--out", "file/run"]);
    assert!(message.contains("file/run: cannot be created"), "{message}");
    assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"kept");
}

#[test]
fn a_teacher_that_is_no_teacher_is_refused() {
    let folder = workshop();
    std::fs::write(folder.path().join("teacher.safetensors"), "no").unwrap();
    let words = ["distill", "--data", "data", "--teacher", "teacher.safetensors", "--out", "run"];
    let message = refusal(folder.path(), &words);
    assert!(message.contains("teacher.safetensors: expected a safetensors file"), "{message}");
    assert!(!folder.path().join("run").exists());
}

#[test]
fn numbers_out_of_range_are_wrong_arguments() {
    let folder = workshop();
    for option in [
        ["--temperature", "0"],
        ["--temperature", "-4"],
        ["--temperature", "nan"],
        ["--soft-weight", "1.5"],
        ["--learning-rate", "0"],
        ["--epochs", "0"],
        ["--batch-size", "0"],
        ["--network", "mlp:0"],
    ] {
        let [name, value] = option;
        let words = ["distill", "--data", "data", "--teacher", "t", "--out", "run", name, value];
        expect_wrong_value(folder.path(), &words, name);
        assert!(!folder.path().join("run").exists());
    }
    for value in ["0", "-1", "nan"] {
        let words = ["soften", "run", "--data", "data", "--index", "1", "--temperature", value];
        expect_wrong_value(folder.path(), &words, "--temperature");
    }
}

/// Runs `trainer` and expects status 2 and one line that names the option.
fn expect_wrong_value(folder: &Path, words: &[&str], option: &str) {
    let output = trainer(folder, words);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words:?}: {message}");
    assert!(message.contains(option) && message.contains("expected"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

/// Writes a network for images of `input` that frames them as `resize` says; it answers by the mean alone.
fn write_network(path: &Path, input: [usize; 3], resize: models::Resize) {
    use models::weights::Weights;
    use models::{ImageInput, ModelContract, Network, Provenance};
    let network = Network::student(&[4]).for_images(input, 10);
    let mut contract = ModelContract::mnist(Provenance::default());
    contract.input = ImageInput::version_2(input, resize);
    let weights = Weights { values: vec![0.5; network.parameter_count()], network, contract, finding: None };
    weights.save(path).unwrap();
}

#[test]
fn a_network_for_other_images_sees_them_at_its_own_size_and_colour() {
    let folder = workshop();
    for (name, input) in [("small", [1, 14, 14]), ("coloured", [3, 20, 32])] {
        let file = format!("{name}.safetensors");
        write_network(&folder.path().join(&file), input, models::Resize::Fit);
        let output = trainer(folder.path(), &["evaluate", &file, "--data", "data", "--format", "json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        // It says one class of all ten.
        assert_eq!((&found["images"], &found["errors"]), (&20.into(), &18.into()), "{found}");
        let output = trainer(folder.path(), &["soften", &file, "--data", "data", "--index", "1"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_teacher_that_frames_pictures_otherwise_is_refused_and_one_of_another_size_is_not() {
    let folder = workshop();
    for (name, resize) in [("whole", models::Resize::Fit), ("ink", models::Resize::Ink { longest_side: 10 })]
    {
        write_network(&folder.path().join(format!("{name}.safetensors")), [1, 14, 14], resize);
    }
    let words = ["distill", "--data", "data", "--teacher", "whole.safetensors", "--out", "run"];
    let message = refusal(folder.path(), &words);
    assert!(message.contains("whole.safetensors: preprocessing: expected"), "{message}");
    write_network(
        &folder.path().join("wide.safetensors"),
        [1, 14, 20],
        models::Resize::Ink { longest_side: 10 },
    );
    let wide = ["distill", "--data", "data", "--teacher", "wide.safetensors", "--out", "run"];
    let message = refusal(folder.path(), &wide);
    assert!(message.contains("wide.safetensors: input: expected sides in proportion 28:28"), "{message}");
    assert!(!folder.path().join("run").exists());
    let words =
        ["distill", "--data", "data", "--teacher", "ink.safetensors", "--out", "run", "--epochs", "1"];
    let output = trainer(folder.path(), &words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_onnx_file_is_evaluated_only_where_it_fits() {
    let folder = workshop();
    std::fs::write(folder.path().join("no.onnx"), "no").unwrap();
    let message = refusal(folder.path(), &["evaluate", "no.onnx", "--data", "data"]);
    assert!(message.contains("no.onnx: expected an ONNX model"), "{message}");
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let folder = workshop();
    let train = |threads: &str| {
        let teacher = format!("teacher{threads}");
        let words = ["teacher", "--data", "data", "--out", &teacher, "--epochs", "1", "--batch-size", "16"];
        let output = trainer(
            folder.path(),
            &[&words, ["--augment", "affine", "--threads", threads].as_slice()].concat(),
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(folder.path().join(teacher).join("model.safetensors")).unwrap()
    };
    assert!(train("1") == train("3"));
}

#[test]
fn a_run_goes_on_with_the_same_data_alone() {
    let folder = workshop();
    let words = ["student", "--data", "data", "--out", "run", "--epochs", "1"];
    assert!(trainer(folder.path(), &words).status.success());
    std::fs::remove_file(folder.path().join("run/model.safetensors")).unwrap();
    let others: Vec<u8> = (0..TRAINING).map(|index| ((index + 1) % 10) as u8).collect();
    std::fs::write(folder.path().join("data/train-labels-idx1-ubyte"), labels_to_idx(&others)).unwrap();
    let message = refusal(folder.path(), &["resume", "run"]);
    assert!(message.contains("data: expected training images of SHA-256"), "{message}");
}

#[test]
fn a_training_that_diverges_says_so_and_leaves_no_model() {
    let folder = workshop();
    let common =
        ["student", "--data", "data", "--out", "run", "--network", "mlp:128x128", "--augment", "none"];
    let words = ["--epochs", "2", "--batch-size", "4", "--learning-rate", "1e30"];
    let message = refusal(folder.path(), &[&common[..], &words].concat());
    assert!(message.contains("the loss became"), "{message}");
    assert!(!folder.path().join("run/model.safetensors").exists());
}

#[test]
fn an_image_beyond_the_set_is_refused() {
    let folder = workshop();
    assert!(
        trainer(folder.path(), &["student", "--data", "data", "--out", "run", "--epochs", "1"])
            .status
            .success()
    );
    let message = refusal(folder.path(), &["soften", "run", "--data", "data", "--index", "60"]);
    assert!(message.contains("--index: expected 0 to 59, found 60"), "{message}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = workshop();
    assert!(
        trainer(folder.path(), &["student", "--data", "data", "--out", "run", "--epochs", "1"])
            .status
            .success()
    );
    let program = assert_cmd::cargo::cargo_bin("trainer");
    let mut soften = std::process::Command::new(program);
    soften.args(["soften", "run", "--data", "data", "--index", "1"]).current_dir(folder.path());
    let mut soften = soften.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(soften.stdout.take());
    let output = soften.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn soften_draws_in_the_colours_of_a_terminal_and_in_none_where_they_are_not_wanted() {
    let folder = workshop();
    let train = ["student", "--data", "data", "--out", "run", "--epochs", "1"];
    assert!(trainer(folder.path(), &train).status.success());
    let drawn = |variables: &[(&str, &str)]| {
        let mut command = Command::cargo_bin("trainer").unwrap();
        command.args(["soften", "run", "--data", "data", "--index", "1"]).current_dir(folder.path());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "TERM"] {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!drawn(&[("COLORTERM", "truecolor"), ("TERM", "xterm")]).contains('\u{1b}'));
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(drawn(&[forced, ("COLORTERM", "truecolor")]).contains("\u{1b}[48;2;"));
    assert!(drawn(&[forced, ("TERM", "xterm-256color")]).contains("\u{1b}[48;5;"));
    assert!(!drawn(&[forced, ("NO_COLOR", "1"), ("COLORTERM", "truecolor")]).contains('\u{1b}'));
}

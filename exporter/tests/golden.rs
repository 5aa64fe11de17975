//! What a file carries of people's pictures: as much as was asked for, and the exporter says whose they are.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Output;

use edge_runtime::Classifier;
use models::Resize;
use models::model_file::golden_vectors::GoldenVectors;
use trainer::data::{DATASET_FILE, DatasetDescription, ValidationRule};

mod workbench;
use workbench::{student, text, write_set};

struct Bench {
    folder: tempfile::TempDir,
    run: PathBuf,
}

impl Bench {
    /// A student of a set of one's own.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        std::fs::create_dir_all(&own).unwrap();
        write_set(&own, 10);
        let fitted = DatasetDescription { resize: Resize::Fit, ..DatasetDescription::mnist() };
        let fitted = DatasetDescription { validation: ValidationRule::Stratified, ..fitted };
        fitted.write(&own.join(DATASET_FILE)).unwrap();
        let run = student(&own, &["--learning-rate", "0.01"]);
        Self { folder, run }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("student.onnx")
    }

    fn export(&self, options: &[&str]) -> Output {
        let mut command = assert_cmd::Command::cargo_bin("exporter").unwrap();
        command.args([text(&self.run), "--out", text(&self.out()), "--overwrite", "--force"]).args(options);
        command.env("IMAGO_DATA", self.folder.path().join("nowhere")).output().unwrap()
    }

    /// The line about golden vectors, and the vectors of the file.
    fn golden(&self, options: &[&str]) -> (String, Option<GoldenVectors>) {
        let Output { status, stdout, stderr } = self.export(options);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        let printed = String::from_utf8(stdout).unwrap();
        // It comes last.
        let lines: Vec<&str> = printed.lines().map(str::trim).collect();
        let first = lines.iter().position(|line| line.starts_with("golden ")).unwrap();
        let golden = Classifier::from_file(self.out()).unwrap().golden_vectors().unwrap();
        (lines[first..].join(" ").trim_start_matches("golden").trim().to_owned(), golden)
    }

    fn refusal(&self, options: &[&str]) -> String {
        let Output { status, stderr, .. } = self.export(options);
        let said = String::from_utf8(stderr).unwrap();
        assert!(status.code() == Some(1) && said.lines().count() == 1, "{said}");
        said
    }
}

#[test]
fn validation_images_travel_one_as_a_file_and_the_runtime_tests_itself_with_it() {
    let bench = Bench::new();
    let (line, golden) = bench.golden(&[]);
    let golden = golden.unwrap();
    let count = golden.vectors.len();
    let mut classes: Vec<usize> = golden.vectors.iter().map(|vector| vector.class).collect();
    classes.dedup();
    assert!((2..=16).contains(&count) && classes.len() == count, "{classes:?}");
    let expected = format!(
        "{count} pictures of your validation set travel in the file, one of them as a JPEG file too; --golden none \
         leaves them out"
    );
    assert_eq!(line, expected);
    let found = Classifier::from_file(bench.out()).unwrap().self_test().unwrap();
    assert_eq!((found.vectors, found.files, found.equal_file_labels), (count, 1, 1));
    assert!(found.passed() && found.largest_input_difference == 0.0, "{found:?}");
}

#[test]
fn no_more_travels_than_was_asked_for() {
    let bench = Bench::new();
    let (line, golden) = bench.golden(&["--golden", "tensors"]);
    assert!(
        line.ends_with("travel in the file --golden none leaves them out")
            && golden.unwrap().files.is_empty(),
        "{line}"
    );
    let (line, golden) = bench.golden(&["--golden", "none"]);
    assert_eq!((line.as_str(), golden), ("no pictures: a board cannot check itself", None));
}

#[test]
fn pictures_of_a_folder_take_the_place_of_validation_images() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("mine");
    std::fs::create_dir_all(folder.join("3")).unwrap();
    std::fs::write(folder.join("notes"), "no picture").unwrap();
    for place in ["a.png", "3/b", ".hidden.png"] {
        std::fs::write(folder.join(place), models::zoo::DIGITS_PNG[3]).unwrap();
    }
    let (line, golden) = bench.golden(&["--golden-pictures", text(&folder)]);
    let golden = golden.unwrap();
    let expected =
        format!("2 pictures of {} travel in the file, one of them as a JPEG file too", folder.display());
    assert_eq!((line, golden.vectors.len(), golden.files.len()), (expected, 2, 1));
    assert_eq!(golden.vectors[1].class, 3);
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("mine");
    let options = ["--golden-pictures", text(&folder)];
    assert!(bench.refusal(&options).contains("mine: cannot be read: "));
    std::fs::create_dir(&folder).unwrap();
    assert!(
        bench
            .refusal(&options)
            .contains("mine: expected pictures, or folders of pictures by class, found none")
    );
    std::fs::write(folder.join("a.png"), "no picture").unwrap();
    assert!(bench.refusal(&options).contains("a.png: expected a PNG, JPEG"));
    let none = [options.as_slice(), &["--golden", "none"]].concat();
    assert!(bench.refusal(&none).contains("--golden-pictures: expected --golden tensors or pictures"));
    assert!(!Path::new(&bench.out()).exists());
}

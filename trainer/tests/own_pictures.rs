//! Trainings on pictures of one's own: folders by class, manifests, what goes wrong with them, and the cache of decoded
//! pictures.

#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::{Path, PathBuf};
use std::process::Output;

use image::{GrayImage, Luma, Rgb, RgbImage};
use workshop::{message, succeed, trainer};

/// Settings that make a training one of seconds.
const QUICK: [&str; 8] = ["--network", "conv:8", "--epochs", "4", "--batch-size", "8", "--input", "3x16x16"];

/// A picture of one of three classes: red, green or blue on noise, not square, no two of them alike.
fn picture(class: usize, number: usize) -> RgbImage {
    RgbImage::from_fn(20, 28, |x, y| {
        let noise = ((x as usize * 7919 + y as usize * 104_729 + number * 31 + class * 17) * 2_654_435_761
            >> 16)
            % 90;
        let inside = (4..14).contains(&x) && (6 + number as u32 % 9..18).contains(&y);
        let mut pixel = [noise as u8; 3];
        pixel[class] += if inside { 150 } else { 20 };
        Rgb(pixel)
    })
}

/// Writes `count` pictures of each of three classes below `folder`.
fn write_classes(folder: &Path, count: usize) {
    for (class, name) in ["red", "green", "blue"].into_iter().enumerate() {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for number in 0..count {
            picture(class, number).save(folder.join(name).join(format!("{number}.png"))).unwrap();
        }
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command whose cache is in this place too.
    fn run(&self, words: &[&str]) -> Output {
        trainer(self.path(), words).env("IMAGO_CACHE", self.path().join("cache")).output().unwrap()
    }

    fn succeed(&self, words: &[&str]) -> Output {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", message(&output));
        output
    }

    /// Runs a command that fails with one line, which is returned.
    fn fail(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", message(&output));
        let text = message(&output);
        let last = text.lines().last().unwrap_or_default().to_owned();
        assert!(last.starts_with("trainer: "), "{text}");
        assert!(!self.path().join("run").exists(), "a run that cannot begin leaves no directory behind");
        last
    }

    fn cache_file(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.path().join("cache")).unwrap();
        let mut files = entries.map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|it| it == "pictures")).unwrap()
    }
}

fn train<'a>(data: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["student", "--data", data, "--out", "run"], QUICK.as_slice(), more].concat()
}

fn accuracy(output: &Output) -> f64 {
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    found["accuracy"].as_f64().unwrap()
}

#[test]
fn folders_by_class_are_learned_and_a_smaller_grey_student_learns_from_their_teacher() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 20);
    let words = ["teacher", "--data", "pictures", "--out", "teacher", "--epochs", "30", "--batch-size", "8"];
    let output = place.succeed(&[&words[..], &["--network", "conv:16", "--input", "3x16x16"]].concat());
    let said = message(&output);
    assert!(
        said.contains("chosen, since nothing else was asked for") && said.contains("--augment photos"),
        "{said}"
    );
    let evaluated = place.succeed(&["evaluate", "teacher", "--data", "pictures", "--format", "json"]);
    assert!(accuracy(&evaluated) > 0.9, "{}", String::from_utf8_lossy(&evaluated.stdout));
    // The student sees its own resize of each augmented picture, without colours.
    let words =
        ["distill", "--data", "pictures", "--teacher", "teacher", "--out", "student", "--input", "1x12x12"];
    place.succeed(&[&words[..], &["--network", "conv:8", "--epochs", "2", "--batch-size", "8"]].concat());
    let config = std::fs::read_to_string(place.path().join("student/config.toml")).unwrap();
    assert!(
        config.contains("augmented_input = \"3x16x16\"") && config.contains("input = \"1x12x12\""),
        "{config}"
    );
    place.succeed(&["evaluate", "student", "--data", "pictures"]);
    place.succeed(&["report", "teacher", "student", "--out", "report.html"]);
    place.succeed(&["soften", "student", "--data", "pictures", "--index", "3"]);
}

#[test]
fn a_manifest_says_the_same_as_folders() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 12);
    let lines = ["red", "green", "blue"]
        .into_iter()
        .flat_map(|class| (0..12).map(move |number| format!("{class}/{number}.png,{class}\n")));
    let table = "path,label\n".to_owned() + &lines.collect::<String>();
    std::fs::write(place.path().join("pictures/labels.csv"), table).unwrap();
    place.succeed(&train("pictures", &[]));
    std::fs::rename(place.path().join("run"), place.path().join("by-folders")).unwrap();
    place.succeed(&train("pictures/labels.csv", &[]));
    let weights = |run: &str| {
        let words = ["evaluate", run, "--data", "pictures", "--split", "validation", "--format", "json"];
        let found: serde_json::Value = serde_json::from_slice(&place.succeed(&words).stdout).unwrap();
        (found["images"].clone(), found["negative_log_likelihood"].clone())
    };
    assert_eq!(weights("by-folders"), weights("run"));
}

#[test]
fn a_broken_picture_among_many_is_skipped_and_named_and_too_many_end_the_training() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 20);
    std::fs::write(place.path().join("pictures/red/broken.jpg"), "no picture").unwrap();
    std::fs::write(place.path().join("pictures/red/._1.png"), "litter").unwrap();
    let said = message(&place.succeed(&train("pictures", &[])));
    assert!(said.contains("1 of 61 pictures can't be read and is skipped"), "{said}");
    let named = std::fs::read_to_string(place.path().join("run/skipped.jsonl")).unwrap();
    assert!(named.contains("pictures/red/broken.jpg"), "{named}");
    std::fs::remove_dir_all(place.path().join("run")).unwrap();
    let line = place.fail(&train("pictures", &["--strict"]));
    assert!(line.contains("pictures/red/broken.jpg: expected a PNG"), "{line}");
    (0..3).for_each(|number| {
        std::fs::write(place.path().join(format!("pictures/red/{number}.heic")), "").unwrap();
    });
    let line = place.fail(&train("pictures", &[]));
    assert!(
        line.contains("expected at most 2 % of pictures in formats that are not read, found 3"),
        "{line}"
    );
    place.succeed(&train("pictures", &["--allow-unsupported"]));
}

#[test]
fn a_cache_that_was_cut_or_changed_is_decoded_again_and_a_whole_one_is_used() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 12);
    let sum = || {
        let _ = std::fs::remove_dir_all(place.path().join("run"));
        place.succeed(&train("pictures", &[]));
        std::fs::read(place.path().join("run/model.safetensors")).unwrap()
    };
    let first = sum();
    let whole = std::fs::read(place.cache_file()).unwrap();
    let modified = || place.cache_file().metadata().unwrap().len();
    for spoil in
        [whole[..whole.len() / 2].to_vec(), vec![0; 5], [&whole[..9000], &[7; 4], &whole[9004..]].concat()]
    {
        std::fs::write(place.cache_file(), spoil).unwrap();
        assert!(sum() == first, "what is in a spoilt cache is decoded again");
        assert_eq!(modified(), whole.len() as u64);
    }
    // What is whole is not looked for again: the pictures may be gone by then, as long as their names are there.
    picture(0, 99).save(place.path().join("pictures/red/5.png")).unwrap();
    assert!(sum() != first, "a changed picture is decoded again");
}

#[test]
fn a_cache_that_cannot_be_written_is_named_with_what_to_do() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 8);
    std::fs::write(place.path().join("file"), "").unwrap();
    let line = place.fail(&train("pictures", &["--cache-dir", "file/cache"]));
    assert!(
        line.contains("file/cache: cannot be made")
            && line.ends_with("--cache-dir or IMAGO_CACHE names another place"),
        "{line}"
    );
}

#[test]
fn sets_that_cannot_be_trained_on_say_why() {
    let place = Place::new();
    write_classes(&place.path().join("small"), 3);
    let line = place.fail(&train("small", &[]));
    assert!(line.contains("small: class blue: expected at least 4 training images"), "{line}");
    std::fs::create_dir_all(place.path().join("one/red")).unwrap();
    picture(0, 1).save(place.path().join("one/red/1.png")).unwrap();
    assert!(place.fail(&train("one", &[])).contains("found class red alone"));
    write_classes(&place.path().join("parts/train"), 8);
    write_classes(&place.path().join("parts/test"), 2);
    std::fs::create_dir_all(place.path().join("parts/test/yellow")).unwrap();
    picture(0, 1).save(place.path().join("parts/test/yellow/1.png")).unwrap();
    let line = place.fail(&train("parts", &[]));
    assert!(line.contains("class yellow: expected pictures in train as in test"), "{line}");
    write_classes(&place.path().join("named"), 8);
    std::fs::write(place.path().join("named/dataset.toml"), "classes = [\"red\", \"green\"]").unwrap();
    let line = place.fail(&train("named", &[]));
    assert!(
        line.contains("expected the classes of dataset.toml: red, green; found blue, green, red"),
        "{line}"
    );
    std::fs::write(place.path().join("named/dataset.toml"), "colours = 3").unwrap();
    assert!(place.fail(&train("named", &[])).contains("line 1: unknown key colours"));
    std::fs::create_dir_all(place.path().join("flat")).unwrap();
    picture(0, 1).save(place.path().join("flat/1.png")).unwrap();
    let line = place.fail(&train("flat", &[]));
    assert!(
        line.contains("flat: expected a folder for each class, found 1 picture in it directly"),
        "{line}"
    );
    let line = place.fail(&train("nowhere", &[]));
    assert!(line.contains("nowhere"), "{line}");
}

#[test]
fn pictures_of_one_pixel_are_pictures_and_all_the_same_ones_are_no_set() {
    let place = Place::new();
    for (class, tone) in [("a", 20), ("b", 220)] {
        std::fs::create_dir_all(place.path().join("tiny").join(class)).unwrap();
        for number in 0..8u8 {
            let path = place.path().join("tiny").join(class).join(format!("{number}.png"));
            GrayImage::from_pixel(1, 1, Luma([tone + number])).save(path).unwrap();
        }
    }
    // Pictures of one tone look alike: near-duplicates of one class may well be one group.
    let output = place.run(&train("tiny", &[]));
    let text = message(&output);
    assert!(matches!(output.status.code(), Some(0 | 1)) && !text.contains("panicked"), "{text}");
}

#[test]
fn the_split_is_the_same_for_inputs_of_any_size_and_groups_stay_together() {
    let place = Place::new();
    write_classes(&place.path().join("pictures"), 24);
    let lines = ["red", "green", "blue"].into_iter().flat_map(|class| {
        (0..24).map(move |number| format!("{class}/{number}.png,{class},film {}\n", number / 4))
    });
    let table = "path,label,group\n".to_owned() + &lines.collect::<String>();
    std::fs::write(place.path().join("pictures/labels.csv"), table).unwrap();
    place.succeed(&train("pictures/labels.csv", &[]));
    let words =
        ["evaluate", "run", "--data", "pictures/labels.csv", "--split", "validation", "--format", "json"];
    let found: serde_json::Value = serde_json::from_slice(&place.succeed(&words).stdout).unwrap();
    // A film has 4 pictures of each class.
    assert_eq!(found["images"].as_u64().unwrap() % 12, 0, "{found}");
    succeed(place.path(), &["evaluate", "--help"]);
}

//! `trainer inspect` as people meet it: folders of pictures in, what is here, what is wrong and what to do next out.
#![allow(clippy::unwrap_used)]

mod workshop;

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use serde_json::Value;
use trainer::data::DatasetDescription;

use workshop::{message, succeed, trainer};

/// A made photograph of 64×48 pixels; another seed gives another one.
fn photograph(seed: u64) -> RgbImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut within = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit) as f32
    };
    let blots: Vec<[f32; 6]> = (0..12)
        .map(|_| [within(64), within(48), 4.0 + within(16), within(300), within(300), within(300)])
        .collect();
    RgbImage::from_fn(64, 48, |column, row| {
        let mut colour = [60.0f32, 80.0, 100.0];
        for [x, y, size, red, green, blue] in &blots {
            let weight = (-((column as f32 - x).hypot(row as f32 - y) / size).powi(4)).exp();
            [red, green, blue]
                .iter()
                .zip(&mut colour)
                .for_each(|(value, it)| *it += weight * (**value - 150.0));
        }
        Rgb(colour.map(|value| value.clamp(0.0, 255.0) as u8))
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, quality)).unwrap();
    file
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Writes twelve photographs of cats and as many of dogs.
fn write_photographs(root: &Path) {
    for (class, first) in [("cat", 0), ("dog", 100)] {
        for number in 0..12 {
            write(root, &format!("{class}/{number}.jpg"), &jpeg(&photograph(first + number), 95));
        }
    }
}

fn inspect(folder: &Path, words: &[&str]) -> String {
    let words = [&["inspect"], words, &["--cache-dir", "cache"]].concat();
    String::from_utf8(succeed(folder, &words).stdout).unwrap()
}

fn json(folder: &Path, words: &[&str]) -> Value {
    let printed = inspect(folder, &[words, &["--format", "json"]].concat());
    assert_eq!(printed.lines().count(), 1);
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_newcomer_reads_what_is_here_what_is_wrong_and_what_to_do_next() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    write_photographs(&photos);
    write(&photos, "cat/broken.jpg", &jpeg(&photograph(7), 90)[..300]);
    write(&photos, "dog/telephone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    write(&photos, "dog/exported.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    write(&photos, "dog/._0.jpg", b"litter");
    write(&photos, "dog/notes.txt", b"notes");
    std::fs::create_dir(photos.join("bird")).unwrap();
    let text = inspect(folder.path(), &["photos"]);
    for line in [
        "photos: 24 pictures of 2 classes, in a folder for each class",
        "  ! 1 picture can't be read and is left out; more than 2 % of them need",
        "      cp -r photos photos-converted",
        "  ! 1 of them is of such a format by content and not by name, and the commands",
        "      photos/dog/exported.jpg",
        "  ! photos/bird: an empty folder: no class.",
        "  --input      3x48x48           the pictures have colours, and the shorter side",
        "  trainer teacher --data photos --out runs/teacher",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let examples = |line: &&str| !line.starts_with("      ");
    assert!(text.lines().filter(examples).all(|line| line.chars().count() <= 80), "{text}");
    let found = json(folder.path(), &["photos"]);
    assert_eq!(found["broken"][0]["path"], "photos/cat/broken.jpg");
    assert_eq!(found["unsupported"]["HEIC"], 2);
    assert_eq!(found["misnamed"], serde_json::json!(["photos/dog/exported.jpg"]));
    assert_eq!(found["left_out"].as_str().unwrap().matches("other file").count(), 1);
    let of_cats = &found["classes"][0];
    assert_eq!((&of_cats["label"], &of_cats["pictures"]), (&"cat".into(), &12.into()));
}

#[test]
fn what_shows_the_same_on_both_sides_or_in_two_classes_is_counted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        write_photographs(&folder.path().join("photos").join(part));
    }
    let test = folder.path().join("photos/test");
    for (class, first) in [("cat", 500), ("dog", 600)] {
        for number in 0..12 {
            write(&test, &format!("{class}/{number}.jpg"), &jpeg(&photograph(first + number), 95));
        }
    }
    write(&test, "cat/again.jpg", &jpeg(&photograph(3), 70));
    write(&test, "dog/wrong.jpg", &jpeg(&photograph(5), 95));
    let found = json(folder.path(), &["photos"]);
    let duplicates = &found["duplicates"];
    assert_eq!((&duplicates["groups"], &duplicates["exact"]), (&2.into(), &1.into()), "{duplicates}");
    let across = &duplicates["across"][0];
    assert_eq!(
        (&across["part"], &across["other"], &across["pictures"]),
        (&"train".into(), &"test".into(), &2.into())
    );
    assert_eq!(across["pairs"][0], serde_json::json!(["train/cat/3.jpg", "test/cat/again.jpg"]));
    assert_eq!(
        duplicates["of_several_classes"],
        serde_json::json!([["train/cat/5.jpg", "test/dog/wrong.jpg"]])
    );
}

#[test]
fn a_description_is_written_once_and_means_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    write_photographs(&folder.path().join("photos"));
    let text = inspect(folder.path(), &["photos", "--write", "--resize", "fill"]);
    assert!(!text.contains("--write"), "{text}");
    let path = folder.path().join("photos/dataset.toml");
    let written = DatasetDescription::read(&path).unwrap().unwrap();
    assert_eq!(written.classes, ["cat", "dog"]);
    assert_eq!(
        (written.resize.to_string(), written.input.unwrap().to_string()),
        ("fill".into(), "3x48x48".into())
    );
    assert_eq!(written.mean.as_ref().map(Vec::len), Some(3));
    let before = std::fs::read(&path).unwrap();
    let again = ["inspect", "photos", "--write", "--cache-dir", "cache"];
    let refused = trainer(folder.path(), &again).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let expected = "trainer: photos/dataset.toml: expected no such file, found one; --force replaces it";
    assert!(message(&refused).starts_with(expected), "{}", message(&refused));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    inspect(folder.path(), &["photos", "--write", "--force", "--input", "3x24x24"]);
    let written = DatasetDescription::read(&path).unwrap().unwrap();
    assert_eq!(
        (written.resize.to_string(), written.input.unwrap().to_string()),
        ("fill".into(), "3x24x24".into())
    );
}

#[test]
fn what_was_decoded_is_what_a_training_uses() {
    let folder = tempfile::tempdir().unwrap();
    write_photographs(&folder.path().join("photos"));
    inspect(folder.path(), &["photos"]);
    let kept = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path().join("cache")).unwrap();
        entries
            .map(|entry| entry.unwrap())
            .map(|it| (it.file_name(), std::fs::read(it.path()).unwrap()))
            .collect()
    };
    let before = kept();
    assert_eq!(before.len(), 1);
    let network = ["student", "--data", "photos", "--network", "mlp:8", "--epochs", "1", "--out", "run"];
    succeed(folder.path(), &[&network[..], &["--cache-dir", "cache"]].concat());
    assert!(kept() == before, "the training decoded pictures of its own");
}

#[test]
fn a_quick_look_reads_heads_and_looks_for_no_pairs() {
    let folder = tempfile::tempdir().unwrap();
    write_photographs(&folder.path().join("photos"));
    let found = json(folder.path(), &["photos", "--quick"]);
    assert_eq!(
        (&found["sample"], &found["pictures"], &found["coloured"]),
        (&24.into(), &24.into(), &24.into())
    );
    assert_eq!(found["sides"]["median"], serde_json::json!([64, 48]));
    assert!(found.get("duplicates").is_none());
    assert!(!folder.path().join("cache").exists(), "a quick look keeps nothing");
    assert!(inspect(folder.path(), &["photos", "--quick"]).contains("\n  trainer inspect photos  "));
}

#[test]
fn bursts_of_a_camera_propose_groups_by_time() {
    let folder = tempfile::tempdir().unwrap();
    for (class, first) in [("cat", 0), ("dog", 100)] {
        for number in 0..12u64 {
            // Three bursts of four shots, two seconds apart, and five minutes between the bursts.
            let (burst, shot) = (number / 4, number % 4);
            let date = format!("2024:05:0{} 10:{:02}:{:02}", 1 + first / 100, 5 * burst, 2 * shot);
            let file = taken_at(&jpeg(&photograph(first + number), 95), &date);
            write(folder.path(), &format!("photos/{class}/{number}.jpg"), &file);
        }
    }
    let found = json(folder.path(), &["photos"]);
    assert_eq!(found["grouping"]["group_by"], "time:5", "{found}");
    let text = inspect(folder.path(), &["photos"]);
    assert!(text.contains("\n  trainer inspect photos --group-by time:5 --write  "), "{text}");
    let grouped = json(folder.path(), &["photos", "--group-by", "time:5"]);
    assert!(grouped.get("grouping").is_none());
    for class in grouped["classes"].as_array().unwrap() {
        assert_eq!(
            [&class["train"], &class["validation"], &class["test"]],
            [&4, &4, &4],
            "whole bursts: {class}"
        );
    }
}

/// Returns a JPEG file with EXIF data that say when it was taken.
fn taken_at(jpeg: &[u8], date: &str) -> Vec<u8> {
    let tiff =
        [b"II*\0\x08\0\0\0\x01\0\x32\x01\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0", date.as_bytes(), b"\0"].concat();
    let exif = [b"Exif\0\0", &tiff[..]].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

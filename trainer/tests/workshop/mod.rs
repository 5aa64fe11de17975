//! What the tests of whole trainings share: data sets of noisy stripes, and the command `trainer` as it is started,
//! watched and interrupted.

// Each test file is a program of its own and uses a part of this module.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use trainer::data::idx::{IdxImages, labels_to_idx, write_files};
use trainer::data::{DATASET_FILE, DatasetDescription};

/// Returns `count` images of 28×28, one after another, whose classes come in turn: an image of class c has a bright row
/// 2c + 2 in noise, and another `offset` gives other noise.
pub fn noisy_stripes(count: usize, offset: usize) -> Vec<u8> {
    let pixel = |image: usize, pixel: usize| {
        let noise = ((((image + offset) * 7919 + pixel * 104_729) * 2_654_435_761) >> 16) % 128;
        (noise + if pixel / 28 == 2 * (image % 10) + 2 { 127 } else { 0 }) as u8
    };
    (0..count).flat_map(|image| (0..784).map(move |at| pixel(image, at))).collect()
}

/// Writes the image file of `part`, `train` or `t10k`, with images of 28×28.
pub fn write_images(folder: &Path, part: &str, pixels: Vec<u8>) {
    let images = IdxImages { count: pixels.len() / 784, height: 28, width: 28, pixels };
    write_files(folder, part, &images, None).unwrap();
}

/// Writes the label file of `part`, with the classes in turn, and a description of digits whose last twelfth judges.
pub fn write_labels(folder: &Path, part: &str, count: usize) {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels_to_idx(&labels)).unwrap();
    DatasetDescription::mnist().write(&folder.join(DATASET_FILE)).unwrap();
}

pub fn trainer(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("trainer"));
    command.args(words).current_dir(folder).env_remove("IMAGO_DATA");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn succeed(folder: &Path, words: &[&str]) -> Output {
    let output = trainer(folder, words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", message(&output));
    output
}

/// Waits until the training has come so far that `path` is there.
pub fn wait_for(child: &mut Child, path: &Path) {
    for _ in 0..60_000 {
        if path.exists() {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "{} is not there", path.display());
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{} does not come", path.display());
}

/// Interrupts the program as Ctrl-C does, expects exit status 130 and returns what the program printed.
#[cfg(unix)]
pub fn interrupt(child: Child) -> Output {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", message(&output));
    output
}

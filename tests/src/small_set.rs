//! A small set of drawn digits, u8 `[count, 28, 28]` with labels, made from a seed: tests that train need no data set.

use std::path::Path;

use models::random::{Generator, Purpose};
use trainer::idx::{IdxImages, images_to_idx, labels_to_idx};

/// Digits in 3 columns and 5 rows, a bit a cell, the first row on top.
const GLYPHS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b001, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Pixels of a cell's side.
const CELL: usize = 4;

/// Returns `count` images of the digits 0 to 9 in turn, each a little shifted, unevenly inked and with some noise, and their
/// labels. Each image depends on the seed and on its place in the set alone.
#[must_use]
pub fn digits(count: usize, seed: u64) -> (IdxImages, Vec<u8>) {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let random = |index: usize| Generator::new(seed, Purpose::Sample, 0, index as u64);
    let pixels = (0..count).flat_map(|index| digit(index % 10, &mut random(index))).collect();
    (IdxImages { count, height: 28, width: 28, pixels }, labels)
}

fn digit(label: usize, random: &mut Generator) -> Vec<u8> {
    let (left, top) = (6 + random.below(5) as usize, 2 + random.below(5) as usize);
    let ink = 170 + random.below(86);
    let mut pixels = vec![0u8; 28 * 28];
    for (row, bits) in GLYPHS[label].iter().enumerate() {
        for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
            for pixel in 0..CELL * CELL {
                let (y, x) = (top + row * CELL + pixel / CELL, left + column * CELL + pixel % CELL);
                pixels[y * 28 + x] = (ink - random.below(40)) as u8;
            }
        }
    }
    for _ in 0..12 {
        let place = random.below(28 * 28) as usize;
        pixels[place] = pixels[place].saturating_add(random.below(90) as u8);
    }
    pixels
}

/// Writes the four IDX files of a set into `folder`, with `training` and `test` images, under the names that MNIST's have.
///
/// # Errors
/// [`std::io::Error`] where a file cannot be written.
pub fn write(folder: &Path, training: usize, test: usize) -> std::io::Result<()> {
    for (images, labels, count, seed) in [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", training, 1),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", test, 2),
    ] {
        let (pixels, classes) = digits(count, seed);
        std::fs::write(folder.join(images), images_to_idx(&pixels))?;
        std::fs::write(folder.join(labels), labels_to_idx(&classes))?;
    }
    Ok(())
}

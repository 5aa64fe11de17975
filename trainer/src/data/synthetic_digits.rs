//! A small set of drawn digits, for tests, examples and trials where no data set is at hand.
//!
//! In comes a seed, out go images `[count, 28, 28]` of one byte a pixel with their labels, or four IDX files. Nothing
//! has to be downloaded for them.

use std::path::Path;

use models::random::{Generator, Purpose};

use crate::data::description::{DATASET_FILE, DatasetDescription};
use crate::data::idx::{IdxImages, write_files};

/// The digits in 3 columns and 5 rows, a bit a cell, the first row on top.
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

/// The number of pixels of a cell's side.
const CELL: usize = 4;

/// Returns `count` images of the digits in turn, each a little shifted, unevenly inked and with some noise, and their
/// labels. The same seed gives the same images.
#[must_use]
pub fn digits(count: usize, seed: u64) -> (IdxImages, Vec<u8>) {
    let mut generator = Generator::new(seed, Purpose::Sample, 0, 0);
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let pixels = labels.iter().flat_map(|&label| digit(usize::from(label), &mut generator)).collect();
    (IdxImages { count, height: 28, width: 28, pixels }, labels)
}

fn digit(label: usize, generator: &mut Generator) -> Vec<u8> {
    let (left, top) = (6 + generator.below(5) as usize, 2 + generator.below(5) as usize);
    let ink = 170 + generator.below(86) as usize;
    let mut pixels = vec![0u8; 28 * 28];
    for (row, bits) in GLYPHS[label].iter().enumerate() {
        for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
            for pixel in 0..CELL * CELL {
                let (y, x) = (top + row * CELL + pixel / CELL, left + column * CELL + pixel % CELL);
                pixels[y * 28 + x] = (ink - generator.below(40) as usize) as u8;
            }
        }
    }
    for _ in 0..12 {
        let place = generator.below(28 * 28) as usize;
        pixels[place] = pixels[place].saturating_add(generator.below(90) as u8);
    }
    pixels
}

/// Writes the four IDX files of a set with this number of `training` and `test` images into `folder`, and a `dataset.toml`
/// that describes digits as MNIST's does.
///
/// # Errors
/// Where the files cannot be written.
pub fn write(folder: &Path, training: usize, test: usize) -> std::io::Result<()> {
    for (part, count, seed) in [("train", training, 1), ("t10k", test, 2)] {
        let (images, labels) = digits(count, seed);
        write_files(folder, part, &images, Some(&labels))?;
    }
    std::fs::write(folder.join(DATASET_FILE), DatasetDescription::mnist().to_toml())
}

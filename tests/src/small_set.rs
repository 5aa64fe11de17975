//! A small set of drawn digits, 28×28, made from a seed: no data set has to be there for the tests.

use std::path::Path;

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

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound as u64) as usize
    }

    /// Uniform in [-1, 1).
    pub fn symmetric(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// `count` images of the digits in turn, each a little shifted, unevenly inked and with some noise, and their labels.
#[must_use]
pub fn digits(count: usize, seed: u64) -> (IdxImages, Vec<u8>) {
    let mut random = Random(seed);
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let pixels = labels.iter().flat_map(|&label| digit(usize::from(label), &mut random)).collect();
    (IdxImages { count, height: 28, width: 28, pixels }, labels)
}

fn digit(label: usize, random: &mut Random) -> Vec<u8> {
    let (left, top) = (6 + random.below(5), 2 + random.below(5));
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
        let place = random.below(28 * 28);
        pixels[place] = pixels[place].saturating_add(random.below(90) as u8);
    }
    pixels
}

/// Writes the four IDX files of a set into `folder`.
///
/// # Errors
/// Where the folder cannot be written.
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

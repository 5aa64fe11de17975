//! Pictures that are the same, pixel by pixel, in files that may differ.
//!
//! In come decoded pictures, out go pairs: each later picture with the first that equals it, at its size and as a thumbnail.
//! Blank sheets, which the search for near-duplicates passes over, are among them.

use std::collections::HashMap;

use crate::data::cache::pixels::Pixels;

/// Returns the pairs of rows whose pictures are equal, the first row of each picture first.
pub(crate) fn exact_duplicates(pixels: &Pixels) -> Vec<[u32; 2]> {
    let mut firsts: HashMap<&[u8], Vec<u32>> = HashMap::new();
    let mut pairs = Vec::new();
    for row in 0..pixels.len() {
        let Some(thumbnail) = pixels.thumbnail(row) else { continue };
        let firsts = firsts.entry(thumbnail).or_default();
        match firsts.iter().find(|&&first| pixels.image(first as usize) == pixels.image(row)) {
            Some(first) => pairs.push([*first, row as u32]),
            None => firsts.push(row as u32),
        }
    }
    pairs
}

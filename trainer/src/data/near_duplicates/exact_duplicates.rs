//! Pictures that are the same, pixel by pixel, in files that may differ.
//!
//! In come decoded pictures, out go pairs: each later picture with the first that equals it, at its size and as a thumbnail.
//! Blank sheets, which the search for near-duplicates passes over, are among them.

use std::collections::HashMap;

use crate::data::pixels::Pixels;

/// Returns the pairs of rows whose pictures are equal, the first row of each picture first.
pub(crate) fn exact_duplicates(pixels: &Pixels) -> Vec<[u32; 2]> {
    let mut first: HashMap<[&[u8]; 2], u32> = HashMap::new();
    let rows =
        (0..pixels.len()).filter_map(|row| Some((row as u32, [pixels.thumbnail(row)?, pixels.image(row)])));
    rows.filter_map(|(row, picture)| {
        let first = *first.entry(picture).or_insert(row);
        (first < row).then_some([first, row])
    })
    .collect()
}

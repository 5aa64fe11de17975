//! Pictures that are the same, value by value, in files that may differ.
//!
//! In come decoded pictures, out go pairs: each later picture with the first that equals it. Blank sheets, which the search
//! for near-duplicates passes over, are among them.

use std::collections::HashMap;

use crate::data::cache::pixels::Pixels;

/// Returns the pairs of rows whose pictures are equal at their size and as thumbnails, the first row of each picture first.
#[cfg(any(feature = "cli", test))]
pub(crate) fn exact_duplicates(pixels: &Pixels) -> Vec<[u32; 2]> {
    let both = |row| Some((pixels.thumbnail(row)?, pixels.image(row)));
    equal(pixels.len(), both)
}

/// Returns the pairs of rows whose thumbnails are equal, the first row of each thumbnail first: the same pairs whatever size
/// the pictures were brought to.
pub(crate) fn equal_thumbnails(pixels: &Pixels) -> Vec<[u32; 2]> {
    equal(pixels.len(), |row| pixels.thumbnail(row))
}

fn equal<T: Eq + std::hash::Hash>(rows: usize, what: impl Fn(usize) -> Option<T>) -> Vec<[u32; 2]> {
    let mut firsts: HashMap<T, u32> = HashMap::new();
    let mut pairs = Vec::new();
    for row in 0..rows {
        let Some(found) = what(row) else { continue };
        match firsts.get(&found) {
            Some(first) => pairs.push([*first, row as u32]),
            None => {
                firsts.insert(found, row as u32);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use models::{ImageInput, Resize};

    use super::*;
    use crate::data::cache::cache_folder::CacheOptions;
    use crate::data::cache::decoded_pictures::decoded;
    use crate::data::listing::class_folders;

    #[test]
    fn thumbnails_are_equal_at_every_size_and_pictures_at_some() {
        let folder = tempfile::tempdir().unwrap();
        let set = folder.path().join("set");
        for (class, dot) in [("a", 100), ("b", 101)] {
            std::fs::create_dir_all(set.join(class)).unwrap();
            // So little of so many pixels that no thumbnail shows it.
            let mut picture = image::GrayImage::from_pixel(256, 256, image::Luma([100]));
            picture.put_pixel(0, 0, image::Luma([dot]));
            picture.save(set.join(class).join("1.png")).unwrap();
        }
        let listing = class_folders::list(&set).unwrap();
        let options = CacheOptions { folder: Some(folder.path().join("cache")), ..CacheOptions::default() };
        for (side, exact) in [(32, vec![[0, 1]]), (256, vec![])] {
            let input = ImageInput::version_2([1, side, side], Resize::Fit);
            let pixels = decoded(&listing, &input, &options).unwrap().pixels;
            assert_eq!(equal_thumbnails(&pixels), [[0, 1]], "{side}");
            assert_eq!(exact_duplicates(&pixels), exact, "{side}");
        }
    }
}

//! The near-duplicates of decoded pictures, found once.
//!
//! In come decoded pictures, out go the pairs of rows that show the same, equal pictures among them. Of many pictures they are
//! kept beside the decoded ones, under a hash of all thumbnails: each training on the set needs them, and the search takes
//! seconds.

use std::fs;
use std::path::Path;

use models::storage::{atomic_file, sha256};

use super::exact_duplicates::equal_thumbnails;
use super::search::near_duplicates;
use super::thumbnails::Thumbnails;
use crate::data::cache::cache_folder::CacheOptions;
use crate::data::cache::pixels::Pixels;

/// The fewest pictures whose pairs are kept: fewer are searched within half a second.
const MANY: usize = 5_000;

/// What a file of pairs begins with: the version of the search, whose other versions find other pairs.
const MAGIC: &[u8] = b"imago near-duplicates 1\n";

/// Returns the pairs of rows of `pixels` that show the same: those with equal thumbnails, and those that [`near_duplicates`]
/// finds. Both go by thumbnails alone, so that the pairs are the same at every size that the pictures were brought to.
pub(crate) fn alike(pixels: &Pixels, options: &CacheOptions) -> Vec<[u32; 2]> {
    let mut pairs = kept_near_duplicates(pixels, options);
    pairs.extend(equal_thumbnails(pixels));
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn kept_near_duplicates(pixels: &Pixels, options: &CacheOptions) -> Vec<[u32; 2]> {
    let thumbnails: Vec<&[u8]> = (0..pixels.len()).filter_map(|row| pixels.thumbnail(row)).collect();
    if thumbnails.len() < pixels.len() {
        return Vec::new();
    }
    let search = |thumbnails| near_duplicates(&Thumbnails::new(thumbnails));
    if thumbnails.len() < MANY {
        return search(thumbnails);
    }
    let name = format!("{}-alike", &sha256::hex(thumbnails.iter().copied())[..32]);
    let Ok(path) = options.file(&name) else { return search(thumbnails) };
    read(&path, thumbnails.len()).unwrap_or_else(|| {
        let pairs = search(thumbnails);
        // Where there is no room for them they are found again.
        let _ = atomic_file::write(&path, &written(&pairs));
        pairs
    })
}

/// Returns the bytes of a file of pairs: [`MAGIC`], their SHA-256 in hexadecimal digits, and two numbers a pair.
fn written(pairs: &[[u32; 2]]) -> Vec<u8> {
    let numbers: Vec<u8> = pairs.iter().flatten().flat_map(|row| row.to_le_bytes()).collect();
    [MAGIC, sha256::hex([&numbers]).as_bytes(), &numbers].concat()
}

/// Returns the pairs that are kept at `path`; `None` where there are none, or where the file is not whole.
fn read(path: &Path, pictures: usize) -> Option<Vec<[u32; 2]>> {
    let bytes = fs::read(path).ok()?;
    let (hash, numbers) = bytes.strip_prefix(MAGIC)?.split_at_checked(64)?;
    let row = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let pairs: Vec<[u32; 2]> =
        numbers.chunks_exact(8).map(|pair| [row(&pair[..4]), row(&pair[4..])]).collect();
    let is_whole = sha256::hex([numbers]).as_bytes() == hash && numbers.len() == 8 * pairs.len();
    (is_whole && pairs.iter().flatten().all(|&row| (row as usize) < pictures)).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_they_were_written_and_not_from_a_file_that_was_cut_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs");
        assert_eq!(read(&path, 10), None);
        for pairs in [vec![], vec![[0, 7], [3, 9]]] {
            fs::write(&path, written(&pairs)).unwrap();
            assert_eq!(read(&path, 10), Some(pairs));
        }
        assert_eq!(read(&path, 9), None, "a row that there is not");
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(read(&path, 10), None, "cut to {length}");
        }
        let mut changed = whole;
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(read(&path, 10), None);
    }
}

//! The file of a set's decoded pictures: its form on disk.
//!
//! | bytes | |
//! | --- | --- |
//! | 16 | a magic number, with the version of the form |
//! | 8 · 3 | the number of bytes of a record, of records and of the index, little-endian |
//! | 32 | SHA-256 of the index |
//! | up to 4,096 | zeros |
//! | records | each the picture, `[channels, height, width]`, and its thumbnail, `[3, 32, 32]`, one byte a value |
//! | index | JSON: the settings and an [`Entry`] for each picture |
//!
//! In come decoded pictures, out goes the file, and back. Nobody edits such files, but disks fill up and files are cut:
//! what is not as it was written is found by its hash and decoded again.

use std::collections::HashMap;
use std::path::Path;

use models::storage::sha256;
use serde::{Deserialize, Serialize};

use super::mapped_file::MappedFile;
use crate::data::listing::listing::Stamp;

/// The shape of a picture's thumbnail, `[channels, height, width]`.
pub(crate) const THUMBNAIL: [usize; 3] = [3, 32, 32];

/// The number of bytes of a thumbnail.
pub(crate) const THUMBNAIL_BYTES: usize = THUMBNAIL[0] * THUMBNAIL[1] * THUMBNAIL[2];

/// The first bytes of the file. The number counts up when the form or the decoding changes: what earlier versions have
/// decoded is then decoded again.
const MAGIC: &[u8; 16] = b"imago pictures 1";

/// The position of the first record: a page of memory.
pub(crate) const RECORDS: u64 = 4096;

/// What the index says of one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The size and the time of the file when it was decoded.
    pub(crate) stamp: Stamp,
    /// What was found in it.
    pub(crate) found: Found,
}

impl Entry {
    /// Returns whether the picture could not be read for a reason that may have passed by now.
    pub(crate) fn may_have_passed(&self) -> bool {
        matches!(self.found, Found::Unreadable { may_pass: true, .. })
    }
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    /// A picture.
    Picture {
        /// The position of its record.
        record: u32,
        /// The SHA-256 of the record, in hexadecimal digits.
        sha256: String,
        /// The sides of the picture, upright, in pixels.
        width: u32,
        /// The sides of the picture, upright, in pixels.
        height: u32,
    },
    /// Nothing that can be read.
    Unreadable {
        /// The reason, in words and without the path.
        reason: String,
        /// Whether it is a picture of a format that is known and not read, whatever its name says.
        is_unsupported: bool,
        /// Whether another try may succeed although the file stays as it is: such an entry says what was found this time, and
        /// is no knowledge for the next.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        may_pass: bool,
    },
}

/// The index of a file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Index {
    /// All that decides what a picture is decoded to.
    pub(crate) settings: String,
    /// The entry of each picture, by its path below the root, percent-encoded.
    pub(crate) entries: HashMap<String, Entry>,
}

/// Returns the first bytes of a file with so many records of so many bytes, and this index.
pub(crate) fn header(record_len: usize, records: usize, index: &[u8]) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    for number in [record_len, records, index.len()] {
        header.extend((number as u64).to_le_bytes());
    }
    header.extend(digest_bytes(&sha256::hex([index])));
    header
}

/// A file of decoded pictures that is mapped, with its index.
#[derive(Debug)]
pub(crate) struct CacheFile {
    map: MappedFile,
    record_len: usize,
    records: usize,
    pub(crate) entries: HashMap<String, Entry>,
}

impl CacheFile {
    /// Opens the file at `path`; `None` where it is not there, is cut or changed, or has been made with other settings.
    pub(crate) fn open(path: &Path, settings: &str, record_len: usize) -> Option<Self> {
        let map = MappedFile::open(path).ok()?;
        let bytes = map.bytes();
        let rest = bytes.strip_prefix(MAGIC)?;
        let (numbers, rest) = rest.split_at_checked(24)?;
        let number = |at: usize| Some(u64::from_le_bytes(numbers.get(8 * at..8 * at + 8)?.try_into().ok()?));
        let (found_len, records, index_len) = (number(0)?, number(1)?, number(2)?);
        let digest = rest.get(..32)?;
        let index_at = RECORDS.checked_add(found_len.checked_mul(records)?)?;
        let end = index_at.checked_add(index_len)?;
        if found_len != record_len as u64 || end != bytes.len() as u64 {
            return None;
        }
        let index = bytes.get(index_at as usize..end as usize)?;
        if digest_bytes(&sha256::hex([index])) != digest {
            return None;
        }
        let Index { settings: found, entries } = serde_json::from_slice(index).ok()?;
        let records = records as usize;
        (found == settings).then_some(Self { map, record_len, records, entries })
    }

    /// Returns the bytes of a record, picture and thumbnail; `None` where the file has fewer.
    pub(crate) fn record(&self, record: u32) -> Option<&[u8]> {
        let record = record as usize;
        let start = RECORDS as usize + record * self.record_len;
        (record < self.records).then(|| &self.map.bytes()[start..start + self.record_len])
    }

    /// Returns what is known of the picture at `path`, percent-encoded, where its file is as it was and its record is as it
    /// was written, and where it was not something that may have passed by now.
    pub(crate) fn unchanged(&self, path: &str, stamp: Stamp) -> Option<&Entry> {
        let is_known = |entry: &&Entry| entry.stamp == stamp && !entry.may_have_passed();
        let entry = self.entries.get(path).filter(is_known)?;
        match &entry.found {
            Found::Unreadable { .. } => Some(entry),
            Found::Picture { record, sha256, .. } => {
                let found = sha256::hex([self.record(*record)?]);
                (found == *sha256).then_some(entry)
            }
        }
    }
}

/// Returns the bytes that hexadecimal digits stand for; none for anything else.
pub(crate) fn digest_bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16);
    pairs.map(byte).collect::<Result<_, _>>().unwrap_or_default()
}

//! The decoded pictures of a listing.
//!
//! In come a listing, a network's input and where decoded pictures are kept; out go [`DecodedPictures`]. What the cache has
//! of an earlier reading is taken over where file and record are as they were, and the rest is decoded beside it into a new
//! file, which takes the old one's name when it is whole.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use models::ImageInput;
use models::storage::pending_file::{self, PendingFile};
use models::storage::printable::percent_encoded;
use models::storage::sha256;
use rayon::prelude::*;
use serde::Serialize;

use super::cache_error::DecodedCacheError;
use super::cache_file::{CacheFile, Entry, Found, Index, RECORDS, THUMBNAIL_BYTES, header};
use super::cache_folder::CacheOptions;
use super::decoding::{Decoded, Undecoded, decode_all};
use super::pixels::{MappedPixels, Pixels};
use crate::data::listing::listing::{Listing, Stamp};
use crate::data::network_view::shown;
use crate::data::skipped_picture::SkippedPicture;

/// The decoded pictures of a listing, and those that cannot be read.
#[derive(Debug)]
pub(crate) struct DecodedPictures {
    /// The values of the pictures that can be read, by their row.
    pub(crate) pixels: Arc<Pixels>,
    /// For each row, the position of its picture in the listing, in rising order.
    pub(crate) positions: Vec<u32>,
    /// For each row, the sides of the picture before it was brought to size, width and height, upright.
    #[cfg_attr(not(feature = "cli"), expect(dead_code))]
    pub(crate) sizes: Vec<[u32; 2]>,
    /// The pictures that cannot be read, in the order of the listing.
    pub(crate) skipped: Vec<SkippedPicture>,
    /// The pictures of formats that are known and not read, whatever their names say.
    pub(crate) unsupported: Vec<PathBuf>,
}

/// All that decides what a picture is decoded to.
#[derive(Debug, Serialize)]
struct Settings {
    root: String,
    /// The manifest, where one says which pictures there are: two of them in one folder keep a file each.
    manifest: Option<String>,
    /// What the input shows of a picture.
    shown: String,
}

/// Decodes the pictures of `listing` to the size of `input`, or takes over what the cache has of them.
///
/// # Errors
/// [`DecodedCacheError`] where they cannot be kept.
pub(crate) fn decoded(
    listing: &Listing,
    input: &ImageInput,
    options: &CacheOptions,
) -> Result<DecodedPictures, DecodedCacheError> {
    let settings = settings(listing, input);
    let path = options.file(&sha256::hex([settings.as_bytes()])[..32])?;
    let record_len = input.values() + THUMBNAIL_BYTES;
    let names: Vec<String> = listing.pictures.iter().map(|picture| percent_encoded(&picture.path)).collect();
    let stamps: Vec<Stamp> = listing.pictures.iter().map(|picture| picture.stamp).collect();
    let known = CacheFile::open(&path, &settings, record_len);
    let entries: Vec<Option<Entry>> = names
        .par_iter()
        .zip(&stamps)
        .map(|(name, stamp)| known.as_ref()?.unchanged(name, *stamp).cloned())
        .collect();
    let writer = NewFile { path: &path, settings: &settings, record_len, listing, names: &names, input };
    let entries = match &known {
        Some(known) => writer.tried_again(known, entries),
        None => entries,
    };
    let (file, entries) = match known {
        Some(known) if entries.iter().all(Option::is_some) => (known, entries),
        known => {
            writer.write(known.as_ref(), &entries)?;
            drop(known);
            let file =
                CacheFile::open(&path, &settings, record_len).ok_or_else(|| DecodedCacheError::Read {
                    path: path.clone(),
                    source: io::Error::other("expected what was written, found something else"),
                })?;
            let entries = names.iter().map(|name| file.entries.get(name).cloned()).collect();
            (file, entries)
        }
    };
    options.make_room(&path);
    Ok(in_rows(listing, file, entries, input))
}

/// Returns all that decides what a picture is decoded to, as JSON. Range, mean and deviation come later, and do not.
fn settings(listing: &Listing, input: &ImageInput) -> String {
    let absolute =
        |path: &Path| percent_encoded(&std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
    let settings = Settings {
        root: absolute(&listing.root),
        manifest: (listing.source != listing.root).then(|| absolute(&listing.source)),
        shown: shown(input),
    };
    serde_json::to_string(&settings).expect("the settings are texts and finite numbers")
}

/// A file of decoded pictures that is being written.
struct NewFile<'a> {
    path: &'a Path,
    settings: &'a str,
    record_len: usize,
    listing: &'a Listing,
    names: &'a [String],
    input: &'a ImageInput,
}

impl NewFile<'_> {
    /// Tries the pictures again that could not be read for a reason that may have passed, where no others are to be decoded.
    /// As long as none of them can be read, the file of the others is as good as it was, however large it is.
    fn tried_again(&self, known: &CacheFile, entries: Vec<Option<Entry>>) -> Vec<Option<Entry>> {
        let missing: Vec<usize> =
            (0..entries.len()).filter(|&position| entries[position].is_none()).collect();
        let pictures = &self.listing.pictures;
        let failed_before = |&position: &usize| {
            let entry = known.entries.get(&self.names[position]);
            entry.is_some_and(|it| it.may_have_passed() && it.stamp == pictures[position].stamp)
        };
        if missing.is_empty() || !missing.iter().all(failed_before) {
            return entries;
        }
        let paths: Vec<PathBuf> =
            missing.iter().map(|&at| self.listing.root.join(&pictures[at].path)).collect();
        let found = Mutex::new(entries.clone());
        let kept = decode_all(&paths, self.input, |at, decoded| match decoded {
            Ok(_) => Err(io::ErrorKind::Other.into()),
            Err(Undecoded { reason, is_unsupported, may_pass }) => {
                let (stamp, mut found) = (pictures[missing[at]].stamp, locked(&found));
                let unreadable = Found::Unreadable { reason, is_unsupported, may_pass };
                found[missing[at]] = Some(Entry { stamp, found: unreadable });
                Ok(())
            }
        });
        if matches!(kept, Ok(true)) {
            found.into_inner().unwrap_or_else(PoisonError::into_inner)
        } else {
            entries
        }
    }

    /// Writes the file: the records of `known` that have an entry, and the others decoded. A stop that was requested names
    /// what is there by then.
    fn write(&self, known: Option<&CacheFile>, entries: &[Option<Entry>]) -> Result<(), DecodedCacheError> {
        let count = self.listing.pictures.len();
        let end = RECORDS + (count * self.record_len) as u64;
        let error = |source| DecodedCacheError::Write { path: self.path.to_owned(), bytes: end, source };
        let pending = PendingFile::begin(self.path)?;
        let sink = Sink { file: Mutex::new(pending.file()), record_len: self.record_len };
        let mut index: HashMap<String, Entry> = HashMap::with_capacity(count);
        let mut todo = Vec::new();
        for (position, entry) in entries.iter().enumerate() {
            match entry {
                Some(entry) => {
                    let entry = sink.copy(entry, known, position).map_err(error)?;
                    index.insert(self.names[position].clone(), entry);
                }
                None => todo.push(position),
            }
        }
        let index = Mutex::new(index);
        let is_whole = self.decode(&todo, &sink, &index).map_err(error)?;
        let entries = index.into_inner().unwrap_or_else(PoisonError::into_inner);
        let decoded = entries.len();
        let index = Index { settings: self.settings.to_owned(), entries };
        let index = serde_json::to_vec(&index).map_err(|problem| error(problem.into()))?;
        sink.write(end, &index).map_err(error)?;
        sink.write(0, &header(self.record_len, count, &index)).map_err(error)?;
        pending.sync()?;
        pending_file::name_all(vec![pending])?;
        if is_whole { Ok(()) } else { Err(DecodedCacheError::Stopped { decoded, pictures: count }) }
    }

    /// Decodes the pictures at the positions `todo` of the listing; returns whether all were.
    fn decode(
        &self,
        todo: &[usize],
        sink: &Sink<'_>,
        index: &Mutex<HashMap<String, Entry>>,
    ) -> io::Result<bool> {
        let pictures = &self.listing.pictures;
        let paths: Vec<PathBuf> =
            todo.iter().map(|&position| self.listing.root.join(&pictures[position].path)).collect();
        decode_all(&paths, self.input, |at, decoded| {
            let position = todo[at];
            let entry = Entry { stamp: pictures[position].stamp, found: sink.found(decoded, position)? };
            locked(index).insert(self.names[position].clone(), entry);
            Ok(())
        })
    }
}

/// A number or an entry is whole whatever happens to its thread.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file that records are written to, each at its place.
struct Sink<'a> {
    file: Mutex<&'a File>,
    record_len: usize,
}

impl Sink<'_> {
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = locked(&self.file);
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)
    }

    fn place(&self, position: usize) -> u64 {
        RECORDS + (position * self.record_len) as u64
    }

    /// Keeps a decoded picture at its position in the listing.
    fn found(&self, decoded: Result<Decoded, Undecoded>, position: usize) -> io::Result<Found> {
        Ok(match decoded {
            Ok(Decoded { record, width, height }) => {
                self.write(self.place(position), &record)?;
                Found::Picture { record: position as u32, sha256: sha256::hex([&record]), width, height }
            }
            Err(Undecoded { reason, is_unsupported, may_pass }) => {
                Found::Unreadable { reason, is_unsupported, may_pass }
            }
        })
    }

    /// Copies a picture of an earlier file to its position in the listing.
    fn copy(&self, entry: &Entry, known: Option<&CacheFile>, position: usize) -> io::Result<Entry> {
        let mut entry = entry.clone();
        if let Found::Picture { record, .. } = &mut entry.found {
            let bytes = known.and_then(|known| known.record(*record));
            self.write(self.place(position), bytes.unwrap_or_default())?;
            *record = position as u32;
        }
        Ok(entry)
    }
}

/// Numbers the pictures that can be read.
fn in_rows(
    listing: &Listing,
    file: CacheFile,
    entries: Vec<Option<Entry>>,
    input: &ImageInput,
) -> DecodedPictures {
    let (mut positions, mut sizes) = (Vec::new(), Vec::new());
    let (mut skipped, mut unsupported) = (Vec::new(), Vec::new());
    let (mut records, mut paths) = (Vec::new(), Vec::new());
    for (position, entry) in entries.into_iter().enumerate() {
        let path = &listing.pictures[position].path;
        match entry.map(|entry| entry.found) {
            Some(Found::Picture { record, width, height, .. }) => {
                positions.push(position as u32);
                sizes.push([width, height]);
                records.push(record);
                paths.push(path.clone());
            }
            Some(Found::Unreadable { is_unsupported: true, .. }) => unsupported.push(path.clone()),
            Some(Found::Unreadable { reason, .. }) => {
                skipped.push(SkippedPicture { path: path.clone(), reason })
            }
            None => {
                let reason = "not found among the decoded pictures".to_owned();
                skipped.push(SkippedPicture { path: path.clone(), reason });
            }
        }
    }
    // What it says is in the rows by now, and a large set has a large one.
    let mut file = file;
    file.entries = HashMap::new();
    let root = listing.root.clone();
    let mapped =
        MappedPixels { file, image_len: input.values(), brought_to: shown(input), records, root, paths };
    let pixels = Arc::new(Pixels::Mapped(mapped));
    DecodedPictures { pixels, positions, sizes, skipped, unsupported }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::data::listing::class_folders;

    fn of(listing: &Listing, cache: &Path) -> DecodedPictures {
        let options = CacheOptions { folder: Some(cache.to_owned()), ..CacheOptions::default() };
        decoded(listing, &ImageInput::version_2([1, 4, 4], models::Resize::Fit), &options).unwrap()
    }

    /// The one file of a cache, and its number in the file system, which a new file of the same name has not.
    fn kept(cache: &Path) -> (Vec<u8>, u64) {
        let files: Vec<_> = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        (fs::read(&files[0]).unwrap(), files[0].metadata().unwrap().ino())
    }

    #[test]
    fn what_the_system_refused_once_is_tried_again_and_what_is_broken_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (root, cache) = (folder.path().join("set"), folder.path().join("cache"));
        for (number, class) in ["a", "b"].iter().enumerate() {
            fs::create_dir_all(root.join(class)).unwrap();
            let picture = image::GrayImage::from_pixel(3, 2, image::Luma([number as u8]));
            picture.save(root.join(class).join("1.png")).unwrap();
            fs::write(root.join(class).join("2.png"), "no picture").unwrap();
        }
        let listing = class_folders::list(&root).unwrap();
        let away = folder.path().join("away");
        fs::rename(root.join("a/1.png"), &away).unwrap();
        let found = of(&listing, &cache);
        assert_eq!((found.positions, found.skipped.len()), (vec![2], 3));
        assert!(found.skipped[0].reason.starts_with("cannot be read: No such file"), "{:?}", found.skipped);
        let before = kept(&cache);
        assert_eq!(of(&listing, &cache).skipped, found.skipped);
        assert!(kept(&cache) == before, "nothing new was found, and nothing is written");
        // The listing says that the files are as they were: only what may have passed is looked at again.
        fs::rename(&away, root.join("a/1.png")).unwrap();
        fs::copy(root.join("b/1.png"), root.join("b/2.png")).unwrap();
        let found = of(&listing, &cache);
        assert_eq!((found.positions, found.skipped.len()), (vec![0, 2], 2));
        assert!(found.skipped.iter().all(|it| it.path.ends_with("2.png")), "{:?}", found.skipped);
    }
}

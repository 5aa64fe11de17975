//! The folder of the decoded pictures, and what is removed from it when it grows too large.
//!
//! In comes what the user asked for, out go paths of files. A set that is used again is marked so; where all files together
//! are larger than the limit, those go first that were used longest ago. The file in use never goes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use super::cache_error::DecodedCacheError;

/// The environment variable that says where decoded pictures are kept.
pub(crate) const CACHE_VARIABLE: &str = "IMAGO_CACHE";

/// The limit of all decoded pictures together where none is asked for, in bytes.
pub(crate) const DEFAULT_LIMIT: u64 = 20_000_000_000;

/// What the names of the files end in.
const EXTENSION: &str = "pictures";

/// Where decoded pictures are kept, and how many bytes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// The folder; `None` for what the environment variable `IMAGO_CACHE` says, else the user's folder for caches.
    pub folder: Option<PathBuf>,
    /// The most bytes that all sets together keep.
    pub limit: u64,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self { folder: None, limit: DEFAULT_LIMIT }
    }
}

/// What the user of this process asked for.
static OF_PROCESS: OnceLock<CacheOptions> = OnceLock::new();

impl CacheOptions {
    /// Makes these the options of this process; the first call counts.
    pub fn set_for_process(self) {
        let _ = OF_PROCESS.set(self);
    }

    /// Returns the options of this process.
    pub(crate) fn of_process() -> Self {
        OF_PROCESS.get().cloned().unwrap_or_default()
    }

    /// Returns the folder of the cache, which may not be there yet.
    pub(crate) fn folder(&self) -> PathBuf {
        let is_set = |value: &std::ffi::OsString| !value.is_empty();
        let named = || std::env::var_os(CACHE_VARIABLE).filter(is_set).map(PathBuf::from);
        let of_user = || dirs::cache_dir().unwrap_or_else(std::env::temp_dir).join("imago");
        self.folder.clone().or_else(named).unwrap_or_else(of_user)
    }

    /// Returns the path of the file of this name, in the folder, which is made where it is not there.
    ///
    /// # Errors
    /// [`DecodedCacheError::Folder`] where the folder cannot be made.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf, DecodedCacheError> {
        let folder = self.folder();
        match fs::create_dir_all(&folder) {
            Ok(()) => Ok(folder.join(name).with_extension(EXTENSION)),
            Err(source) => Err(DecodedCacheError::Folder { folder, source }),
        }
    }

    /// Marks the file `used` as used now, and removes the others that were used longest ago until all together keep the
    /// limit. What cannot be marked or removed stays: the cache is the program's, the disk the user's.
    pub(crate) fn make_room(&self, used: &Path) {
        let _ = File::options().write(true).open(used).and_then(|file| file.set_modified(SystemTime::now()));
        let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let mut kept = size(used);
        for (_, path) in self.others(used) {
            kept = kept.saturating_add(size(&path));
            if kept > self.limit {
                kept = kept.saturating_sub(size(&path));
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Returns the other files of decoded pictures in the folder, those that were used last first.
    fn others(&self, used: &Path) -> Vec<(SystemTime, PathBuf)> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut others: Vec<(SystemTime, PathBuf)> = entries
            .filter(|entry| {
                entry.path() != used && entry.path().extension().is_some_and(|it| it == EXTENSION)
            })
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        others.sort_by(|one, other| other.cmp(one));
        others
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first_and_the_file_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let options = CacheOptions { folder: Some(folder.path().join("new")), limit: 250 };
        let now = SystemTime::now();
        for (name, age) in [("a", 30), ("b", 20), ("c", 10), ("used", 99)] {
            let path = options.file(name).unwrap();
            fs::write(&path, [0; 100]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        fs::write(options.folder().join("notes.txt"), [0; 1000]).unwrap();
        options.make_room(&options.file("used").unwrap());
        let left = |name: &str| options.file(name).unwrap().exists();
        assert_eq!(["a", "b", "c", "used"].map(left), [false, false, true, true]);
        assert!(options.folder().join("notes.txt").exists(), "other files are none of the cache's business");
        let small = CacheOptions { limit: 1, ..options.clone() };
        small.make_room(&options.file("used").unwrap());
        assert_eq!(["c", "used"].map(left), [false, true]);
    }
}

//! Brings a data set into a directory.
//!
//! In come a set and the directory for all sets, out go the set's files and its `dataset.toml`. The set's sources are tried
//! in order, the SHA-256 of every file or archive is checked, and a file gets its name only when it is whole and right: a
//! broken download leaves nothing that looks like data.

use std::io;
use std::path::{Path, PathBuf};

use models::storage::atomic_file::WriteError;
use models::storage::printable::PrintablePath;
use models::storage::sha256;

use crate::data::description::DATASET_FILE;
use crate::data::fetch::archive;
use crate::data::fetch::mirror::download;
use crate::data::fetch::package_manager::PackageManager;
use crate::data::fetch::remote_sets::{Package, RemoteArchive, RemoteFiles, RemoteSet, SetFile};
use crate::data::fetch::source_error::SourceError;
use crate::data::fetch::verified_file::keep;

/// The result of [`fetch()`]: what it did, and the directory of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// All files were there and right, in this directory.
    AlreadyThere(PathBuf),
    /// All files were there and right, in this directory; only the description was missing and has been written.
    Described(PathBuf),
    /// Files came from a source.
    From {
        /// The directory that the files are in.
        directory: PathBuf,
        /// The address or the package that the files came from.
        source: String,
    },
}

/// The reason for which a data set could not be brought.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The directory of the set cannot be made.
    #[error("{}: cannot be created: {source}", directory.printable())]
    Directory {
        /// The directory of the set.
        directory: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No source had all files of the set.
    #[error(
        "{set}: no source answered\n{attempts}\nto do it by hand, {by_hand} into {}",
        directory.printable()
    )]
    NoSource {
        /// The name of the set.
        set: &'static str,
        /// The error of each source, a line each.
        attempts: String,
        /// What brings the files by hand, in words.
        by_hand: String,
        /// The directory that the files belong in.
        directory: PathBuf,
    },
}

/// Brings `set` into the directory of its name under `home`. `mirror` is an address to try instead of the set's own
/// sources.
///
/// # Errors
/// [`FetchError`] where the directory cannot be written or no source has every file with the right checksum.
pub fn fetch(set: &RemoteSet, home: &Path, mirror: Option<&str>) -> Result<Fetched, FetchError> {
    let directory = home.join(set.name);
    let Some(missing) = Missing::of(set, &directory) else {
        return Ok(match describe(set, &directory)? {
            Described::Now => Fetched::Described(directory),
            Described::Before => Fetched::AlreadyThere(directory),
        });
    };
    std::fs::create_dir_all(&directory)
        .map_err(|source| FetchError::Directory { directory: directory.clone(), source })?;
    let mut attempts = Vec::new();
    for source in sources(set, mirror) {
        match source.bring(&missing, &directory) {
            Ok(()) => {
                describe(set, &directory)?;
                return Ok(Fetched::From { directory, source: source.name() });
            }
            Err(SourceError::Write(error)) => return Err(error.into()),
            Err(error) => attempts.push(format!("  {}: {error}", source.name())),
        }
    }
    let by_hand = missing.by_hand();
    Err(FetchError::NoSource { set: set.name, attempts: attempts.join("\n"), by_hand, directory })
}

/// The files of a set that are not there, or not right.
#[derive(Debug)]
enum Missing {
    Separate(Vec<SetFile>),
    Archive(RemoteArchive),
}

impl Missing {
    /// Returns what `directory` lacks; `None` where it has all.
    fn of(set: &RemoteSet, directory: &Path) -> Option<Self> {
        let is_right = |file: &&SetFile| {
            let content = std::fs::read(directory.join(file.name));
            content.is_ok_and(|content| sha256::hex([content]) == file.sha256)
        };
        match set.files {
            RemoteFiles::Separate { files, .. } => {
                let missing: Vec<SetFile> = files.iter().filter(|file| !is_right(file)).copied().collect();
                (!missing.is_empty()).then_some(Self::Separate(missing))
            }
            RemoteFiles::Archive(archive) => {
                (!archive::is_unpacked(&archive, directory)).then_some(Self::Archive(archive))
            }
        }
    }

    fn by_hand(&self) -> String {
        match self {
            Self::Separate(files) => {
                let names: Vec<&str> = files.iter().map(|file| file.name).collect();
                format!("put {}, uncompressed,", names.join(", "))
            }
            Self::Archive(archive) => format!("unpack {}", archive.name),
        }
    }
}

enum Described {
    Now,
    Before,
}

/// Writes the set's description into `directory`, where there is none: one that a user has changed is left alone.
fn describe(set: &RemoteSet, directory: &Path) -> Result<Described, WriteError> {
    let path = directory.join(DATASET_FILE);
    if path.symlink_metadata().is_ok() {
        return Ok(Described::Before);
    }
    (set.description)().write(&path)?;
    Ok(Described::Now)
}

fn sources<'a>(set: &RemoteSet, mirror: Option<&'a str>) -> Vec<Source<'a>> {
    if let Some(address) = mirror {
        return vec![Source::Mirror(address.trim_end_matches('/'))];
    }
    let mirrors = set.mirrors.iter().map(|address| Source::Mirror(address));
    let package = match set.files {
        RemoteFiles::Separate { package, .. } => Some(Source::Package(package)),
        RemoteFiles::Archive(_) => None,
    };
    mirrors.chain(package).collect()
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Mirror(&'a str),
    Package(Package),
}

impl Source<'_> {
    fn name(&self) -> String {
        match self {
            Self::Mirror(address) => (*address).to_owned(),
            Self::Package(package) => package.to_string(),
        }
    }

    /// Brings all files, or returns why it could not; what it wrote is right in any case.
    fn bring(&self, missing: &Missing, directory: &Path) -> Result<(), SourceError> {
        match (*self, missing) {
            (Self::Mirror(address), Missing::Separate(files)) => {
                files.iter().try_for_each(|file| keep(file, &download(address, file)?, directory))
            }
            (Self::Mirror(address), Missing::Archive(archive)) => archive::bring(address, archive, directory),
            (Self::Package(package), Missing::Separate(files)) => {
                PackageManager::of(package).bring(files, directory)
            }
            // No package holds an archive.
            (Self::Package(_), Missing::Archive(archive)) => Err(SourceError::Missing(archive.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::data::description::DatasetDescription;
    use crate::data::fetch::remote_sets::{Package, SetFile};
    use crate::data::fetch::test_server;

    /// "one" and "two".
    const SET: RemoteSet = RemoteSet {
        name: "small",
        files: RemoteFiles::Separate {
            files: &[
                SetFile {
                    name: "one",
                    sha256: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
                },
                SetFile {
                    name: "two",
                    sha256: "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
                },
            ],
            package: Package::Npm(""),
        },
        mirrors: &[],
        description: DatasetDescription::mnist,
    };

    /// Answers `requests` requests, each with what `content` says for its path, gzipped.
    fn serve(requests: usize, content: fn(&str) -> &'static str) -> String {
        test_server::serve(requests, move |path| {
            let mut body = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            body.write_all(content(path).as_bytes()).unwrap();
            body.finish().unwrap()
        })
    }

    fn right(path: &str) -> &'static str {
        if path == "/one.gz" { "one" } else { "two" }
    }

    #[test]
    fn brings_every_file_and_does_nothing_the_second_time() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("small");
        let source = serve(2, right);
        let first = fetch(&SET, home.path(), Some(&source)).unwrap();
        assert_eq!(first, Fetched::From { directory: directory.clone(), source: source.clone() });
        assert_eq!(std::fs::read(directory.join("two")).unwrap(), b"two");
        let again = || fetch(&SET, home.path(), Some(&source)).unwrap();
        assert_eq!(again(), Fetched::AlreadyThere(directory));
    }

    #[test]
    fn a_set_that_lacks_its_description_is_given_it_and_one_that_has_it_keeps_it() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("small");
        let description = || DatasetDescription::read(&directory.join(DATASET_FILE)).unwrap();
        let source = serve(2, right);
        fetch(&SET, home.path(), Some(&source)).unwrap();
        assert_eq!(description(), Some(DatasetDescription::mnist()));
        std::fs::remove_file(directory.join(DATASET_FILE)).unwrap();
        let again = || fetch(&SET, home.path(), Some(&source)).unwrap();
        assert_eq!(again(), Fetched::Described(directory.clone()));
        DatasetDescription::numbered(2).write(&directory.join(DATASET_FILE)).unwrap();
        assert_eq!(again(), Fetched::AlreadyThere(directory.clone()));
        assert_eq!(description(), Some(DatasetDescription::numbered(2)));
    }

    #[test]
    fn brings_only_what_is_missing_or_wrong() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("small");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("one"), "one").unwrap();
        std::fs::write(directory.join("two"), "tw").unwrap();
        fetch(&SET, home.path(), Some(&serve(1, right))).unwrap();
        assert_eq!(std::fs::read(directory.join("two")).unwrap(), b"two");
    }

    #[test]
    fn a_wrong_checksum_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let error = fetch(&SET, home.path(), Some(&serve(1, |_| "forged"))).unwrap_err().to_string();
        assert!(error.contains("one: expected SHA-256 7692c3ad"), "{error}");
        assert!(error.contains("to do it by hand, put one, two"), "{error}");
        assert_eq!(std::fs::read_dir(home.path().join("small")).unwrap().count(), 0);
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let home = tempfile::tempdir().unwrap();
        let error = fetch(&SET, home.path(), Some("http://127.0.0.1:1")).unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:1: "), "{error}");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let home = tempfile::NamedTempFile::new().unwrap();
        let error = fetch(&SET, home.path(), Some("http://127.0.0.1:1")).unwrap_err().to_string();
        assert!(error.contains("small: cannot be created"), "{error}");
    }
}

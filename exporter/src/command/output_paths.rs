//! Where files are written: the path that was asked for, or one beside it for each precision.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;
use models::storage::printable::PrintablePath;

use super::arguments::PrecisionName;

/// Returns each file that `precision` asks for at `path`, with the precision of its weights.
pub(crate) fn output_paths(precision: PrecisionName, path: &Path) -> Vec<(PrecisionName, PathBuf)> {
    match precision {
        PrecisionName::All => [PrecisionName::F32, PrecisionName::F16, PrecisionName::Int8]
            .map(|precision| (precision, beside(path, precision)))
            .to_vec(),
        one => vec![(one, path.to_owned())],
    }
}

/// Refuses a path at which there is a file already.
pub(crate) fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    match path.is_file() {
        true => bail!("{}: there is a file already; --overwrite replaces it", path.printable()),
        false => Ok(()),
    }
}

/// `student.onnx` as `student-f16.onnx`.
fn beside(path: &Path, precision: PrecisionName) -> PathBuf {
    let name = match precision {
        PrecisionName::F32 | PrecisionName::All => "f32",
        PrecisionName::F16 => "f16",
        PrecisionName::Int8 => "int8",
    };
    let mut file: OsString = path.file_stem().unwrap_or_default().to_owned();
    file.push(format!("-{name}."));
    file.push(path.extension().unwrap_or("onnx".as_ref()));
    path.with_file_name(file)
}

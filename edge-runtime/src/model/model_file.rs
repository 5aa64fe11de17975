//! The bytes of a model file, up to a limit that is checked before they are read, and while: a device has no length to ask
//! for.
//!
//! In: a path. Out: the whole file, of whose content nothing is known yet.

use std::io::Read;
use std::path::Path;

use models::storage::printable::printable_path;
use models::storage::regular_file;

use super::model_error::{ModelError, ModelProblem};

/// The largest model file that is read, in bytes: 256 MiB. The teacher of this repository has under 5 MB; a board that
/// runs the student has one gigabyte of memory or less.
pub const LARGEST_MODEL_BYTES: u64 = 256 << 20;

/// The ONNX file of the student that Imago ships, `models/zoo/student.onnx`: handwritten digits, grey, 28×28.
#[cfg(feature = "builtin-model")]
pub const BUILTIN_MODEL: &[u8] = models::zoo::STUDENT_ONNX;

/// Reads the bytes of a model file, for [`Classifier::from_bytes`](crate::Classifier::from_bytes). Only the number of bytes
/// is checked.
///
/// # Errors
/// [`ModelError`], which names the file, for one that cannot be read, has no bytes, or has more than
/// [`LARGEST_MODEL_BYTES`].
pub fn read_model(path: &Path) -> Result<Vec<u8>, ModelError> {
    read(path).map_err(|problem| ModelError { file: shown(path), problem })
}

/// The path as messages name it.
pub(crate) fn shown(path: &Path) -> String {
    printable_path(path)
}

fn read(path: &Path) -> Result<Vec<u8>, ModelProblem> {
    let (file, length) = regular_file::open(path).map_err(ModelProblem::Unreadable)?;
    if length > LARGEST_MODEL_BYTES {
        return Err(ModelProblem::TooLarge { limit: LARGEST_MODEL_BYTES });
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_MODEL_BYTES + 1).read_to_end(&mut bytes).map_err(ModelProblem::Unreadable)?;
    check_size(&bytes)?;
    Ok(bytes)
}

/// Refuses no bytes and too many.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), ModelProblem> {
    match bytes.len() as u64 {
        0 => Err(ModelProblem::Empty),
        length if length > LARGEST_MODEL_BYTES => Err(ModelProblem::TooLarge { limit: LARGEST_MODEL_BYTES }),
        _ => Ok(()),
    }
}

//! A model file's bytes, up to a limit that is checked while they are read: a device or a pipe has no length to ask for.

use std::io::{self, Read};
use std::path::Path;

use crate::model_error::ModelProblem;
use crate::regular_file;

/// The largest model file that is read, in bytes: 256 MiB. The teacher of this repository has under 5 MB; a board that
/// runs the student has one gigabyte of memory or less.
pub const LARGEST_MODEL_BYTES: u64 = 256 << 20;

/// The whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ModelProblem> {
    let bytes = read_up_to(path, LARGEST_MODEL_BYTES + 1).map_err(ModelProblem::Unreadable)?;
    check_size(&bytes)?;
    Ok(bytes)
}

/// Refuses nothing and too much.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), ModelProblem> {
    match bytes.len() as u64 {
        0 => Err(ModelProblem::Empty),
        length if length > LARGEST_MODEL_BYTES => Err(ModelProblem::TooLarge { limit: LARGEST_MODEL_BYTES }),
        _ => Ok(()),
    }
}

fn read_up_to(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular_file::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

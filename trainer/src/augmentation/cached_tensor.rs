//! One tensor in a file of its own, named by and marked with all that made it.
//!
//! In come the bytes of a tensor and what they were made of, out goes a safetensors file, and back. The name is a hash
//! of all that decides the content, so that what changed never meets what was kept.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use models::storage::atomic_file::WriteError;
use models::storage::printable::PrintablePath;
use models::storage::{atomic_file, sha256};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata, TensorView};
use serde::Serialize;

/// The reason for which a tensor cannot be kept on disk.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The folder of the file cannot be made.
    #[error("{}: cannot be written: {source}", path.printable())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The content has no form as a file.
    #[error("{}: {problem}", path.printable())]
    Content {
        /// The path of the file or of its folder.
        path: PathBuf,
        /// The error of the format.
        problem: String,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The key of the file's metadata under which stands what the tensor is made of.
const METADATA_KEY: &str = "imago.made_of";

/// The most bytes of a header that are read: more than any header that is written here has.
const LARGEST_HEADER: u64 = 1 << 16;

/// The place of a tensor on disk.
#[derive(Debug)]
pub(crate) struct CachedTensor {
    path: PathBuf,
    /// All that decides what the tensor holds, as JSON.
    made_of: String,
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
}

impl CachedTensor {
    /// Returns the place of a tensor in `folder`: its name is the SHA-256 of what the tensor is made of.
    pub(crate) fn of(
        folder: &Path,
        made_of: &impl Serialize,
        name: &'static str,
        dtype: Dtype,
        shape: Vec<usize>,
    ) -> Result<Self, CacheError> {
        let made_of = serde_json::to_string(made_of).map_err(|error| CacheError::Content {
            path: folder.to_owned(),
            problem: format!("{name}: {error}"),
        })?;
        let path = folder.join(format!("{}.safetensors", sha256::hex([made_of.as_bytes()])));
        Ok(Self { path, made_of, name, dtype, shape })
    }

    /// Fills `bytes` with the tensor and returns true; false where its file is not there, torn or of another making.
    pub(crate) fn read(&self, bytes: &mut Vec<u8>) -> bool {
        self.read_file(bytes).is_some()
    }

    fn read_file(&self, bytes: &mut Vec<u8>) -> Option<()> {
        let mut file = File::open(&self.path).ok()?;
        let mut header = vec![0; 8];
        file.read_exact(&mut header).ok()?;
        let length = u64::from_le_bytes(header.clone().try_into().ok()?);
        (length <= LARGEST_HEADER).then_some(())?;
        header.resize(8 + length as usize, 0);
        file.read_exact(&mut header[8..]).ok()?;
        let found: Metadata = serde_json::from_slice(&header[8..]).ok()?;
        let tensor = found.info(self.name)?;
        let is_ours = found.metadata().as_ref()?.get(METADATA_KEY)? == &self.made_of;
        (is_ours && tensor.dtype == self.dtype && tensor.shape == self.shape).then_some(())?;
        let (start, end) = tensor.data_offsets;
        let length = end - start;
        let rest = file.metadata().ok()?.len().checked_sub(header.len() as u64)?;
        (start == 0 && rest == length as u64).then_some(())?;
        bytes.resize(length, 0);
        file.read_exact(bytes).ok()
    }

    /// Writes the tensor to its place.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), CacheError> {
        let path = &self.path;
        let io = |source| CacheError::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let problem =
            |error: SafeTensorError| CacheError::Content { path: path.clone(), problem: error.to_string() };
        let view = TensorView::new(self.dtype, self.shape.clone(), bytes).map_err(problem)?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), self.made_of.clone())]);
        let content = safetensors::serialize([(self.name, view)], Some(metadata)).map_err(problem)?;
        Ok(atomic_file::write(path, &content)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(folder: &Path, made_of: &str, shape: [usize; 2]) -> CachedTensor {
        CachedTensor::of(folder, &made_of, "logits", Dtype::U8, shape.to_vec()).unwrap()
    }

    #[test]
    fn a_tensor_is_read_by_its_own_making_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let (tensor, bytes) = (kept(&folder, "this", [4, 5]), (0..20).collect::<Vec<u8>>());
        let read = |tensor: &CachedTensor| {
            let mut found = vec![7; 3];
            tensor.read(&mut found).then_some(found)
        };
        assert_eq!(read(&tensor), None);
        tensor.write(&bytes).unwrap();
        assert_eq!(read(&tensor), Some(bytes));
        // Nobody renames such files; a making that is in the file is believed, a name is not.
        let other = kept(&folder, "that", [4, 5]);
        std::fs::copy(&tensor.path, &other.path).unwrap();
        assert_eq!(read(&other), None);
        assert_eq!(read(&kept(&folder, "this", [5, 4])), None);
        let content = std::fs::read(&tensor.path).unwrap();
        for wrong in
            [&content[..content.len() - 1], &content[..9], &[255; 40], &[content.clone(), vec![0]].concat()]
        {
            std::fs::write(&tensor.path, wrong).unwrap();
            assert_eq!(read(&tensor), None);
        }
    }
}

//! The model that the arguments name, or the one inside the program. Any error here means exit status 2.

use std::borrow::Cow;
use std::path::Path;

use edge_runtime::{Classifier, printable, read_model};
use models::storage::sha256;

/// A model file that is still in memory.
pub(super) struct ModelFile {
    /// As messages and answers name it.
    pub(super) name: String,
    pub(super) bytes: Cow<'static, [u8]>,
}

impl ModelFile {
    /// Reads it.
    pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        match file {
            Some(file) => {
                let bytes = read_model(file)?.into();
                Ok(Self { name: printable(&file.to_string_lossy()), bytes })
            }
            None => builtin(),
        }
    }

    /// Makes it ready.
    pub(super) fn classifier(&self) -> anyhow::Result<Classifier> {
        Ok(Classifier::from_bytes(&self.name, &self.bytes)?)
    }

    /// SHA-256 of the whole file, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        sha256::hex([&self.bytes])
    }
}

/// Reads it and makes it ready.
pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Classifier> {
    match file {
        Some(file) => Ok(Classifier::from_file(file)?),
        #[cfg(feature = "builtin-model")]
        None => Ok(Classifier::builtin()?),
        #[cfg(not(feature = "builtin-model"))]
        None => builtin()?.classifier(),
    }
}

#[cfg(feature = "builtin-model")]
fn builtin() -> anyhow::Result<ModelFile> {
    Ok(ModelFile { name: "built-in model".to_owned(), bytes: edge_runtime::BUILTIN_MODEL.into() })
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> anyhow::Result<ModelFile> {
    anyhow::bail!("model: expected --model FILE.onnx, found none: this program was built without a model")
}

//! The model that the arguments name, or the one inside of the program. Any error here means exit status 2.
//!
//! In: the path of a model file, or none. Out: the bytes of the file with its name, or a classifier.

use std::borrow::Cow;
use std::path::Path;

use edge_runtime::{Classifier, read_model};
use models::storage::printable::printable_path;
use models::storage::sha256;

/// A model file that is still in memory.
pub(crate) struct ModelFile {
    /// The name of the file in messages and reports.
    pub(crate) name: String,
    pub(crate) bytes: Cow<'static, [u8]>,
}

impl ModelFile {
    /// Reads the bytes of `file`, or of the built-in model where there is none.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        match file {
            Some(file) => {
                let bytes = read_model(file)?.into();
                Ok(Self { name: printable_path(file), bytes })
            }
            None => builtin(),
        }
    }

    /// Makes a classifier of the file.
    pub(crate) fn classifier(&self) -> anyhow::Result<Classifier> {
        Ok(Classifier::from_bytes(&self.name, &self.bytes)?)
    }

    /// Makes a classifier whose golden vectors are yet to be computed.
    pub(crate) fn unproven_classifier(&self) -> anyhow::Result<Classifier> {
        Ok(Classifier::from_unproven_bytes(&self.name, &self.bytes)?)
    }

    /// The SHA-256 of the whole file, in hexadecimal digits.
    pub(crate) fn sha256(&self) -> String {
        sha256::hex([&self.bytes])
    }
}

/// Makes a classifier of `file`, or of the built-in model where there is none, without keeping the bytes.
pub(crate) fn load_classifier(file: Option<&Path>) -> anyhow::Result<Classifier> {
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

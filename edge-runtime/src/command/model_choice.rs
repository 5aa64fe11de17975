//! The model that the arguments name, or the one inside the program.

use std::path::Path;

use edge_runtime::Classifier;

/// Loads it. Any error here means exit status 2.
pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Classifier> {
    match file {
        Some(file) => Ok(Classifier::from_file(file)?),
        None => builtin(),
    }
}

#[cfg(feature = "builtin-model")]
fn builtin() -> anyhow::Result<Classifier> {
    Ok(Classifier::builtin()?)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> anyhow::Result<Classifier> {
    anyhow::bail!("model: expected --model FILE.onnx, found none: this program was built without a model")
}

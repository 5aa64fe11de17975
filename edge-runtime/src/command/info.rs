//! `edge-runtime info`: what a model file holds, and what this machine has to run it.

use std::process::ExitCode;

use edge_runtime::{Classifier, ModelSummary, Processor};
use models::ModelContract;

use super::arguments::InfoArguments;
use super::model_choice::ModelFile;
use super::{info_text, standard_output};

/// The one JSON object that `--format json` prints.
#[derive(serde::Serialize)]
pub(super) struct Info<'model> {
    pub(super) model: &'model str,
    /// SHA-256 of the whole file.
    pub(super) sha256: String,
    #[serde(flatten)]
    pub(super) summary: &'model ModelSummary,
    pub(super) contract: &'model ModelContract,
    pub(super) processor: Processor,
    /// tract's matrix kernels for this model on this processor.
    pub(super) kernels: Vec<String>,
}

/// Prints it.
pub(crate) fn run(arguments: &InfoArguments) -> anyhow::Result<ExitCode> {
    let file = ModelFile::read(arguments.model.as_deref())?;
    let classifier = file.classifier()?;
    let info = info(&file, &classifier);
    standard_output::report(&info, arguments.format, info_text::describe, ExitCode::SUCCESS)
}

fn info<'model>(file: &'model ModelFile, classifier: &'model Classifier) -> Info<'model> {
    Info {
        model: &file.name,
        sha256: file.sha256(),
        summary: classifier.summary(),
        contract: classifier.contract(),
        processor: Processor::detect(),
        kernels: classifier.kernels(),
    }
}

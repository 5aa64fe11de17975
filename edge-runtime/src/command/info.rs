//! `edge-runtime info`: what a model file holds, and what this machine has to run it.

use std::process::ExitCode;

use edge_runtime::Processor;

use super::arguments::InfoArguments;
use super::input::ModelFile;
use super::output::{InfoReport, Report};

/// Reads the model and prints what it holds.
pub(crate) fn run(arguments: &InfoArguments) -> anyhow::Result<ExitCode> {
    let file = ModelFile::read(arguments.model.as_deref())?;
    let classifier = file.classifier()?;
    let report = InfoReport {
        model: &file.name,
        sha256: file.sha256(),
        summary: classifier.summary(),
        contract: classifier.contract(),
        processor: Processor::detect(),
        kernels: classifier.kernels(),
    };
    report.write(arguments.format, ExitCode::SUCCESS)
}

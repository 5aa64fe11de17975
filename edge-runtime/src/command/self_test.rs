//! `edge-runtime self-test`: the golden vectors of a model, computed on this machine.

use std::process::ExitCode;

use anyhow::Context;
use edge_runtime::{Processor, SelfTest};

use super::arguments::SelfTestArguments;
use super::columns::{line, processor_lines};
use super::model_choice::ModelFile;
use super::standard_output;

/// The one JSON object that `--format json` prints.
#[derive(serde::Serialize)]
struct Report<'model> {
    model: &'model str,
    sha256: String,
    #[serde(flatten)]
    found: SelfTest,
    passed: bool,
    processor: Processor,
    kernels: Vec<String>,
}

/// Computes and prints them. Exit status 1 where they differ.
pub(crate) fn run(arguments: &SelfTestArguments) -> anyhow::Result<ExitCode> {
    let file = ModelFile::read(arguments.model.as_deref())?;
    let classifier = file.classifier()?;
    let found = classifier.self_test().with_context(|| file.name.clone())?;
    let report = Report {
        model: &file.name,
        sha256: file.sha256(),
        found,
        passed: found.passed(),
        processor: Processor::detect(),
        kernels: classifier.kernels(),
    };
    let exit = if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    standard_output::report(&report, arguments.format, describe, exit)
}

fn describe(report: &Report) -> String {
    let SelfTest { vectors, equal_labels, largest_difference, tolerance } = report.found;
    let mut text = String::new();
    line(&mut text, "model", report.model);
    line(&mut text, "sha256", &report.sha256);
    processor_lines(&mut text, &report.processor, &report.kernels);
    line(&mut text, "pictures", &format!("{vectors} in the model file, with the trainer's probabilities"));
    line(&mut text, "labels", &format!("{equal_labels} of {vectors} are the trainer's"));
    let difference = format!("{largest_difference:.1e} at most; {tolerance:.1e} allowed");
    line(&mut text, "difference", &difference);
    line(&mut text, "self-test", if report.passed { "passed" } else { "FAILED" });
    text
}

//! `edge-runtime self-test`: the golden vectors of a model, computed on this machine.

use std::process::ExitCode;

use anyhow::Context;
use edge_runtime::Processor;

use super::arguments::SelfTestArguments;
use super::input::ModelFile;
use super::output::{Report, SelfTestReport};

/// Computes the golden vectors and prints how far they are from the trainer's. Exit status 1 where they are too far.
pub(crate) fn run(arguments: &SelfTestArguments) -> anyhow::Result<ExitCode> {
    let file = ModelFile::read(arguments.model.as_deref())?;
    let classifier = file.unproven_classifier()?;
    let found = classifier.self_test().with_context(|| file.name.clone())?;
    let report = SelfTestReport {
        model: &file.name,
        sha256: file.sha256(),
        found,
        passed: found.passed(),
        processor: Processor::detect(),
        kernels: classifier.kernels(),
    };
    let exit = if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    report.write(arguments.format, exit)
}

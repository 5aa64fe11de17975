//! A self-test: what `edge-runtime self-test` has found, in words or as the keys of one JSON object.

use edge_runtime::{Processor, SelfTest};

use super::columns::{line, processor_lines};
use super::report::Report;

/// How far this machine's answers are from the trainer's.
#[derive(serde::Serialize)]
pub(crate) struct SelfTestReport<'model> {
    pub(crate) model: &'model str,
    /// SHA-256 of the whole model file.
    pub(crate) sha256: String,
    #[serde(flatten)]
    pub(crate) found: SelfTest,
    pub(crate) passed: bool,
    pub(crate) processor: Processor,
    /// tract's matrix kernels for this model on this processor.
    pub(crate) kernels: Vec<String>,
}

impl Report for SelfTestReport<'_> {
    fn in_words(&self) -> String {
        let SelfTest { vectors, equal_labels, largest_difference, tolerance, files, .. } = self.found;
        let mut text = String::new();
        line(&mut text, "model", self.model);
        line(&mut text, "sha256", &self.sha256);
        processor_lines(&mut text, &self.processor, &self.kernels);
        line(
            &mut text,
            "pictures",
            &format!("{vectors} in the model file, with the trainer's probabilities"),
        );
        line(&mut text, "labels", &format!("{equal_labels} of {vectors} are the trainer's"));
        let difference = format!("{largest_difference:.1e} at most; {tolerance:.1e} allowed");
        line(&mut text, "difference", &difference);
        if files > 0 {
            let SelfTest { equal_file_labels, largest_input_difference, .. } = self.found;
            let decoded = format!(
                "{files} decoded and preprocessed, {largest_input_difference:.2} of 255 off on average"
            );
            line(&mut text, "JPEG files", &decoded);
            line(&mut text, "", &format!("{equal_file_labels} of {files} labels are the trainer's"));
        }
        line(&mut text, "self-test", if self.passed { "passed" } else { "FAILED" });
        text
    }
}

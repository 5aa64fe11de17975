//! What was checked of a file, for a terminal of 80 columns.

use std::io::{self, Write};
use std::path::Path;

use exporter::comparison::Measurement;
use exporter::verification::Verification;

use crate::export_text::{allowed, line, print_agreement, print_measurement};

/// All that `verify` has found.
pub(crate) struct Answer<'a> {
    pub(crate) verification: &'a Verification,
    pub(crate) measurement: Option<Measurement>,
    pub(crate) data: Option<&'a str>,
}

/// A line for each check.
pub(crate) fn print(file: &Path, answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Verification { bytes, record, contract, tensors, golden, against } = answer.verification;
    writeln!(out, "{}", edge_runtime::printable(&file.to_string_lossy()))?;
    line(out, "encoding", &format!("{}; {bytes} bytes", record.encoding))?;
    let [channels, height, width] = contract.input.shape();
    line(
        out,
        "contract",
        &format!("images of {channels}x{height}x{width}, {} labels", contract.labels.len()),
    )?;
    line(out, "weights", &format!("{tensors} tensors have the recorded SHA-256"))?;
    line(out, "made from", edge_runtime::printable(&record.weights_sha256).as_str())?;
    match golden {
        Some(golden) => {
            let (vectors, classes) = (golden.vectors, golden.classes);
            let (difference, allowed) = (golden.difference, allowed(golden.tolerance));
            let text =
                format!("{vectors} vectors of {classes} classes within {difference:.1e}; {allowed} allowed");
            line(out, "golden", &text)?;
        }
        None => line(out, "golden", "no vectors in the file")?,
    }
    match against {
        Some(agreement) => {
            line(out, "against", &format!("the trainer on {} inputs:", agreement.inputs))?;
            print_agreement(agreement, out)?;
        }
        None => line(out, "against", "no weights: --against names them")?,
    }
    match (&answer.measurement, answer.data) {
        (Some(measurement), Some(data)) => print_measurement(measurement, data, out)?,
        _ => line(out, "accuracy", "no images: --data names them")?,
    }
    writeln!(out, "sound")
}

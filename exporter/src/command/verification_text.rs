//! What was checked of a file, for a terminal of 80 columns.

use std::io::{self, Write};
use std::path::Path;

use exporter::verification::{Measurement, Verification};

use super::data::Data;
use super::text_lines::{allowed, line, print_agreement, print_finding, print_measurement};

/// All that `verify` has found of a file.
pub(crate) struct Findings<'a> {
    /// What was checked of the file itself.
    pub(crate) verification: &'a Verification,
    /// What the file is worth on the data; nothing where there are none.
    pub(crate) measurement: Option<Measurement>,
    /// The data set.
    pub(crate) data: Option<&'a Data>,
}

/// Prints the file's path, a line for each check that was made or could not be made, and for which of them the file is
/// sound.
pub(crate) fn print(file: &Path, findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Verification { bytes, record, contract, tensors, golden, against } = findings.verification;
    let mut unchecked = Unchecked::default();
    writeln!(out, "{}", edge_runtime::printable(&file.to_string_lossy()))?;
    line(out, "encoding", &format!("{}; {bytes} bytes", record.encoding))?;
    let [channels, height, width] = contract.input.shape();
    line(
        out,
        "contract",
        &format!("images of {channels}x{height}x{width}, {} labels", contract.labels.len()),
    )?;
    line(out, "weights", &format!("{tensors} tensors have the recorded SHA-256"))?;
    match record.answer_sha256 {
        Some(_) => line(out, "graph", "it and the contract have the recorded SHA-256; one softmax")?,
        None => unchecked.line(out, "graph", "written by an earlier exporter, without its SHA-256")?,
    }
    line(out, "made from", edge_runtime::printable(&record.weights_sha256).as_str())?;
    match golden {
        Some(golden) => {
            let (vectors, classes) = (golden.vectors, golden.classes);
            let (difference, allowed) = (golden.difference, allowed(golden.tolerance));
            let text =
                format!("{vectors} vectors of {classes} classes within {difference:.1e}; {allowed} allowed");
            line(out, "golden", &text)?;
        }
        None => unchecked.line(out, "golden", "no vectors in the file")?,
    }
    match against {
        Some(agreement) => {
            line(out, "against", &format!("the trainer on {} inputs:", agreement.inputs))?;
            print_agreement(agreement, out)?;
        }
        None => unchecked.line(out, "against", "no weights: --against names them")?,
    }
    match (&findings.measurement, findings.data) {
        (Some(measurement), Some(data)) => print_measurement(measurement, data, out)?,
        _ => unchecked.line(out, "accuracy", "no images: --data names them")?,
    }
    print_finding(record.finding.as_deref(), out)?;
    unchecked.print_conclusion(out)?;
    match record.finding {
        Some(_) => {
            writeln!(out, "but its training has failed: it is as bad as the network that it was made from")
        }
        None => Ok(()),
    }
}

/// The checks that could not be made.
#[derive(Default)]
struct Unchecked(Vec<&'static str>);

impl Unchecked {
    /// Prints why a check could not be made.
    fn line(&mut self, out: &mut dyn Write, name: &'static str, reason: &str) -> io::Result<()> {
        self.0.push(name);
        line(out, name, &format!("not checked: {reason}"))
    }

    fn print_conclusion(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.0.as_slice() {
            [] => writeln!(out, "sound"),
            names => writeln!(out, "sound in what was checked; not checked: {}", names.join(", ")),
        }
    }
}

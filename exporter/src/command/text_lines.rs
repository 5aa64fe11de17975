//! The lines that several texts share, for a terminal of 80 columns.

use std::io::{self, Write};

use exporter::Agreement;
use exporter::precision::HalfLosses;
use exporter::verification::Measurement;
use models::storage::printable::printable;
use models::weights::Weights;

use super::data::Data;

/// Prints a name in its column, and a value.
pub(crate) fn line(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<12} {value}")
}

/// Prints the network's name, its size, and the temperatures of its training and of its file.
pub(crate) fn print_network(weights: &Weights, out: &mut dyn Write) -> io::Result<()> {
    let trained = match weights.contract.provenance.distillation_temperature {
        Some(temperature) => format!("distilled at {temperature}, "),
        None => String::new(),
    };
    let (name, parameters) = (&weights.network.name, weights.network.parameter_count());
    line(out, "network", &format!("{name}, {parameters} parameters"))?;
    line(out, "temperature", &format!("{trained}exported at 1"))?;
    print_finding(weights.finding.as_deref(), out)
}

/// Prints what speaks against the network, where it is exported all the same.
pub(crate) fn print_finding(finding: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let finding = finding.map(printable).unwrap_or_default();
    let found = finding.split("; ").filter(|found| !found.is_empty());
    found.enumerate().try_for_each(|(index, found)| line(out, if index == 0 { "failed" } else { "" }, found))
}

/// Prints how far the two programs are from the trainer.
pub(crate) fn print_agreement(agreement: &Agreement, out: &mut dyn Write) -> io::Result<()> {
    let candle_onnx = match agreement.candle_onnx_difference {
        Some(difference) => format!("{difference:.1e} by candle-onnx"),
        None => "candle-onnx cannot run it".to_owned(),
    };
    let tract = agreement.runtime_difference;
    line(out, "", &format!("{tract:.1e} by tract, {candle_onnx}; {} allowed", allowed(agreement.tolerance)))
}

/// Prints what a file is worth on `data`.
pub(crate) fn print_measurement(
    measurement: &Measurement,
    data: &Data,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Measurement { errors, microseconds, .. } = measurement;
    let accuracy = measurement.accuracy();
    line(out, "accuracy", &format!("{accuracy:.2} % of {data} ({errors} wrong)"))?;
    if !measurement.largest_difference.is_nan() {
        let (changed, difference) = (measurement.changed_labels, measurement.largest_difference);
        line(out, "", &format!("{changed} labels changed, probabilities by up to {difference:.1e}"))?;
    }
    line(out, "", &format!("{microseconds:.1} µs an image"))
}

/// Says in words what f16 lost.
pub(crate) fn half_losses(losses: HalfLosses) -> String {
    let HalfLosses { values, rounded, subnormal, zeroed } = losses;
    format!("{rounded} of {values} values rounded, {subnormal} of them to subnormals, {zeroed} to 0")
}

/// A tolerance as people write it.
pub(crate) fn allowed(tolerance: f32) -> String {
    if tolerance < 1e-3 { format!("{tolerance:e}") } else { tolerance.to_string() }
}

//! What was written, for a terminal of 80 columns.

use std::io::{self, Write};

use exporter::Agreement;
use exporter::comparison::Measurement;
use exporter::half_precision::HalfLosses;
use models::weights::Weights;

use crate::commands::Written;

/// One file, with what was proven of it.
pub(crate) fn print(
    weights: &Weights,
    written: &Written,
    data: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let exported = &written.exported;
    writeln!(out, "{}", written.path.display())?;
    print_network(weights, out)?;
    line(out, "encoding", &format!("{}; {} bytes", exported.encoding, exported.bytes))?;
    if let Some(losses) = exported.half_losses {
        line(out, "rounding", &half_losses(losses))?;
    }
    let agreement = &exported.agreement;
    let of_data = match (agreement.images, data) {
        (0, _) | (_, None) => String::new(),
        (images, Some(data)) => format!(", {images} of them from {data}"),
    };
    line(
        out,
        "gate",
        &format!("{} golden vectors, {} inputs{of_data}:", agreement.golden, agreement.inputs),
    )?;
    print_agreement(agreement, out)?;
    if let (Some(measurement), Some(data)) = (&written.measurement, data) {
        print_measurement(measurement, data, out)?;
    }
    Ok(())
}

/// Several files beside each other.
pub(crate) fn print_table(
    weights: &Weights,
    files: &[Written],
    data: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    print_network(weights, out)?;
    match files.iter().find_map(|file| file.measurement) {
        Some(measurement) => {
            let (images, data) = (measurement.images, data.unwrap_or("the data"));
            line(out, "measured", &format!("on {images} test images of {data}, one after another"))?;
        }
        None => line(out, "measured", "on nothing: --data names the images to count on")?,
    }
    for losses in files.iter().filter_map(|file| file.exported.half_losses) {
        line(out, "f16", &half_losses(losses))?;
    }
    let title = ["", "bytes", "difference", "changed", "wrong", "accuracy", "µs/image"];
    let rows: Vec<[String; 7]> =
        std::iter::once(title.map(str::to_owned)).chain(files.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    writeln!(out)?;
    for row in &rows {
        write!(out, "{:1$}", row[0], width(0))?;
        for (column, cell) in row.iter().enumerate().skip(1) {
            write!(out, "  {cell:>0$}", width(column))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "\ndifference: the largest of a probability from the trainer's")?;
    writeln!(out, "changed: labels that differ from the trainer's")
}

/// What every text says of a set.
pub(crate) fn print_measurement(
    measurement: &Measurement,
    data: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Measurement { images, errors, microseconds, .. } = measurement;
    let accuracy = measurement.accuracy();
    line(out, "accuracy", &format!("{accuracy:.2} % of {images} test images of {data} ({errors} wrong)"))?;
    let changed = match measurement.largest_difference {
        difference if difference.is_nan() => String::new(),
        difference => {
            format!(
                "{} labels changed, probabilities by up to {difference:.1e}; ",
                measurement.changed_labels
            )
        }
    };
    line(out, "", &format!("{changed}{microseconds:.1} µs an image"))
}

/// How far the two programs are from the trainer.
pub(crate) fn print_agreement(agreement: &Agreement, out: &mut dyn Write) -> io::Result<()> {
    let candle_onnx = match agreement.candle_onnx_difference {
        Some(difference) => format!("{difference:.1e} by candle-onnx"),
        None => "candle-onnx has no int8".to_owned(),
    };
    let tract = agreement.runtime_difference;
    line(out, "", &format!("{tract:.1e} by tract, {candle_onnx}; {} allowed", allowed(agreement.tolerance)))
}

/// A tolerance as people write it.
pub(crate) fn allowed(tolerance: f32) -> String {
    if tolerance < 1e-3 { format!("{tolerance:e}") } else { tolerance.to_string() }
}

/// A name in its column, and a value.
pub(crate) fn line(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<12} {value}")
}

fn print_network(weights: &Weights, out: &mut dyn Write) -> io::Result<()> {
    let trained = match weights.contract.provenance.distillation_temperature {
        Some(temperature) => format!("distilled at {temperature}, "),
        None => String::new(),
    };
    let (name, parameters) = (&weights.network.name, weights.network.parameter_count());
    line(out, "network", &format!("{name}, {parameters} parameters"))?;
    line(out, "temperature", &format!("{trained}exported at 1"))
}

fn half_losses(losses: HalfLosses) -> String {
    let HalfLosses { values, rounded, subnormal, zeroed } = losses;
    format!("{rounded} of {values} values rounded, {subnormal} of them to subnormals, {zeroed} to 0")
}

fn row(file: &Written) -> [String; 7] {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = file.exported.bytes.to_string();
    match &file.measurement {
        Some(measurement) => [
            name,
            bytes,
            format!("{:.1e}", measurement.largest_difference),
            measurement.changed_labels.to_string(),
            measurement.errors.to_string(),
            format!("{:.2} %", measurement.accuracy()),
            format!("{:.1}", measurement.microseconds),
        ],
        None => {
            let difference = format!("{:.1e}", file.exported.agreement.runtime_difference);
            [name, bytes, difference, "-".to_owned(), "-".to_owned(), "-".to_owned(), "-".to_owned()]
        }
    }
}

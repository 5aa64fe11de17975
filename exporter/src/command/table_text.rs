//! Files of several precisions beside each other, as a table for a terminal of 80 columns.

use std::io::{self, Write};

use models::weights::Weights;

use super::data::Data;
use super::exported_file::ExportedFile;
use super::text_lines::{half_losses, line, print_network};

/// Prints a row for each file; `data` is the set that they were tried on.
pub(crate) fn print(
    weights: &Weights,
    files: &[ExportedFile],
    data: Option<&Data>,
    out: &mut dyn Write,
) -> io::Result<()> {
    print_network(weights, out)?;
    match data {
        Some(data) => line(out, "measured", &format!("on {data}, one after another"))?,
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

fn row(file: &ExportedFile) -> [String; 7] {
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

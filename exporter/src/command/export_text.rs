//! One file that was written, and what was proven of it, for a terminal of 80 columns.

use std::io::{self, Write};

use models::storage::printable::PrintablePath;
use models::weights::Weights;

use super::data::Data;
use super::exported_file::ExportedFile;
use super::text_lines::{half_losses, line, print_agreement, print_measurement, print_network};

/// Prints the file's path and a line for each thing that is known of it; `data` is the set that it was tried on.
pub(crate) fn print(
    weights: &Weights,
    file: &ExportedFile,
    data: Option<&Data>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let exported = &file.exported;
    writeln!(out, "{}", file.path.printable())?;
    print_network(weights, out)?;
    line(out, "encoding", &format!("{}; {} bytes", exported.encoding, exported.bytes))?;
    if let Some(losses) = exported.half_losses {
        line(out, "rounding", &half_losses(losses))?;
    }
    let agreement = &exported.agreement;
    let of_data = match (agreement.images, data) {
        (0, _) | (_, None) => String::new(),
        (images, Some(data)) => format!(", {images} of them from {}", data.name),
    };
    line(
        out,
        "gate",
        &format!("{} golden vectors, {} inputs{of_data}:", agreement.golden, agreement.inputs),
    )?;
    print_agreement(agreement, out)?;
    if let (Some(measurement), Some(data)) = (&file.measurement, data) {
        print_measurement(measurement, data, out)?;
    }
    Ok(())
}

//! A network for a terminal of 80 columns: a report in, a line for each layer and the sums out.

use std::io::{self, Write};

use models::storage::grouped_digits::grouped;
use models::storage::printable::printable;

use crate::command::network::cost::{NetworkReport, Sums};
use crate::command::network::layers::LayerRow;

/// The columns of a layer in words; with those of its numbers there are 80.
const LAYER: usize = 40;

/// Prints the table of a network.
pub(super) fn print(report: &NetworkReport, out: &mut dyn Write) -> io::Result<()> {
    let NetworkReport { name, input, classes, layers, as_trained, as_exported, weight_bytes, .. } = report;
    writeln!(out, "{}: {} to {classes} classes\n", printable(name), joined(input))?;
    writeln!(out, "{:LAYER$} {:>11} {:>11} {:>14}", "layer", "output", "parameters", "multiply-adds")?;
    let name_width = layers.iter().filter_map(|row| row.name.as_ref()).map(|name| name.chars().count()).max();
    let name_width = name_width.unwrap_or(0).min(LAYER / 3);
    layers.iter().try_for_each(|row| print_row(row, name_width, out))?;
    writeln!(out)?;
    print_sums("as trained", as_trained, out)?;
    print_sums("in the exported file", as_exported, out)?;
    writeln!(
        out,
        "\n{:LAYER$} {:>11} {:>11} {:>14}",
        "bytes of weights in the exported file", "f32", "f16", "int8"
    )?;
    let [f32, f16, int8] = [weight_bytes.f32, weight_bytes.f16, weight_bytes.int8].map(grouped);
    writeln!(out, "{:LAYER$} {f32:>11} {f16:>11} {int8:>14}", "")
}

fn print_row(row: &LayerRow, name_width: usize, out: &mut dyn Write) -> io::Result<()> {
    let name = row.name.as_deref().map(|name| format!("{name:name_width$}  ")).unwrap_or_default();
    let layer = cut(&format!("{}{}{}", "  ".repeat(row.depth), printable(&name), row.layer));
    let Some(output) = &row.output else { return writeln!(out, "{}", layer.trim_end()) };
    // What costs nothing is left empty, so that what does stands out.
    let number = |value: usize| if value == 0 { String::new() } else { grouped(value) };
    let [parameters, multiply_adds] = [row.parameters, row.multiply_adds].map(number);
    let line = format!("{layer:LAYER$} {:>11} {parameters:>11} {multiply_adds:>14}", joined(output));
    writeln!(out, "{}", line.trim_end())
}

fn print_sums(what: &str, sums: &Sums, out: &mut dyn Write) -> io::Result<()> {
    let [parameters, multiply_adds] = [sums.parameters, sums.multiply_adds].map(grouped);
    writeln!(out, "{what:LAYER$} {:>11} {parameters:>11} {multiply_adds:>14}", "")
}

/// Returns a text that fits into the column of the layers.
fn cut(text: &str) -> String {
    match text.chars().count() > LAYER {
        true => text.chars().take(LAYER - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Returns sides as `3x32x32`.
pub(super) fn joined(sides: &[usize]) -> String {
    sides.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

#[cfg(test)]
mod tests {
    use models::network::Preset;

    use super::*;

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for name in Preset::EXAMPLES {
            let network = name.parse::<Preset>().unwrap().network([3, 64, 64], 1000);
            let report = NetworkReport::of(name, &network).unwrap();
            let mut text = Vec::new();
            print(&report, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= 80 && line == line.trim_end()), "{text}");
        }
    }
}

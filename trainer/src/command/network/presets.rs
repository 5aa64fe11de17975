//! The presets of a network as a list: for each family an example with its input, its parameters and multiply-adds out.

use std::io::Write;

use models::network::Preset;
use models::storage::grouped_digits::grouped;
use serde::Serialize;

use crate::arguments::format::Format;
use crate::arguments::network_choice::NetworkChoice;
use crate::command::network::cost::NetworkReport;
use crate::command::network::text::joined;

/// What the numbers of a family mean; where there is nothing to say, it has none.
const NUMBERS: [(&str, &str); 11] = [
    ("kariya-2018", "for digits"),
    ("deep", "for digits"),
    ("hinton-2015", "for digits"),
    ("mlp:128x128", "units of each hidden layer"),
    ("conv:16x32x64", "channels"),
    ("vgg:32x64x128", "channels of pairs"),
    ("repvgg:16x32x64", "channels of pairs"),
    ("resnet8", "also 10, 14, 18, 32, 56"),
    ("resnet20:32", "depth:channels"),
    ("resnet9", "a teacher; :channels"),
    ("mobilenet:0.25", "share of channels"),
];

/// A line of the list.
#[derive(Debug, Serialize)]
struct ListedPreset {
    preset: String,
    input: [usize; 3],
    parameters: usize,
    multiply_adds: usize,
}

/// Prints a line for each preset, or one JSON object on one line; `report_of` says what a network costs. A preset that has no
/// layers for such images is left out.
pub(super) fn print(
    report_of: impl Fn(&NetworkChoice) -> anyhow::Result<NetworkReport>,
    format: Format,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let presets = Preset::EXAMPLES.iter().filter_map(|name| name.parse().ok()).map(NetworkChoice::Preset);
    let listed = presets.filter_map(|preset| report_of(&preset).ok()).map(|report| ListedPreset {
        preset: report.network,
        input: report.input,
        parameters: report.as_exported.parameters,
        multiply_adds: report.as_exported.multiply_adds,
    });
    if format == Format::Text {
        writeln!(
            out,
            "{:<16} {:>11} {:>11} {:>14}  numbers",
            "preset", "input", "parameters", "multiply-adds"
        )?;
    }
    for preset in listed {
        match format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(&preset)?)?,
            Format::Text => {
                let ListedPreset { preset, input, parameters, multiply_adds } = preset;
                let numbers = NUMBERS.iter().find(|row| row.0 == preset).map_or("", |row| row.1);
                let [parameters, multiply_adds] = [parameters, multiply_adds].map(grouped);
                let input = joined(&input);
                writeln!(out, "{preset:<16} {input:>11} {parameters:>11} {multiply_adds:>14}  {numbers}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_explained() {
        let explained = NUMBERS.map(|row| row.0);
        assert_eq!(explained, Preset::EXAMPLES);
    }
}

//! `trainer network PRESET|FILE`: a network's name, the shape of its input and a number of classes in, a table or JSON of
//! its layers, with shapes, parameters, multiply-adds and bytes, out. Without a name, the presets.

use std::io::Write;

use clap::Args;
use models::network::Preset;

use crate::arguments::format::Format;
use crate::arguments::input_shape::input_shape;
use crate::arguments::network_choice::{NetworkChoice, network_choice};
use crate::arguments::values::classes;
use crate::command::network::cost::NetworkReport;
use crate::command::network::{presets, text};
use crate::data::data_set::NETWORK_INPUT;

/// The input of a network for photographs, where nobody says one: that of CIFAR-10.
const PHOTOGRAPHS: [usize; 3] = [3, 32, 32];

/// The arguments of `trainer network`.
#[derive(Debug, Args)]
#[command(after_help = "\
Parameters as trained hold the running values of batch norms; in the exported
file batch norms and branches are folded into convolutions. Bytes are those of
weights, biases and, in int8, scales; graph and contract come on top.

Examples:
  trainer network
  trainer network resnet8 --input 3x96x96 --classes 5
  trainer network my.toml --format json")]
pub struct NetworkCommandArguments {
    /// Preset or TOML file; without it the presets are listed
    #[arg(value_name = "PRESET|FILE", value_parser = network_choice)]
    pub network: Option<NetworkChoice>,
    /// Channels, height and width of its images [default: 3x32x32; 1x28x28 for kariya-2018, deep, hinton-2015 and mlp]
    #[arg(long, value_name = "CxHxW", value_parser = input_shape)]
    pub input: Option<[usize; 3]>,
    /// Number of classes that it tells apart
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = classes, allow_negative_numbers = true)]
    pub classes: usize,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Prints the layers of a network, or the presets, to `out`.
pub(crate) fn network(arguments: &NetworkCommandArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let report_of = |choice: &NetworkChoice| -> anyhow::Result<NetworkReport> {
        let input = arguments.input.unwrap_or_else(|| default_input(choice));
        let network = choice.network(input, arguments.classes)?;
        Ok(NetworkReport::of(&choice.to_string(), &network)?)
    };
    let Some(choice) = &arguments.network else {
        return presets::print(report_of, arguments.format, out);
    };
    let report = report_of(choice)?;
    match arguments.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        Format::Text => text::print(&report, out)?,
    }
    Ok(())
}

/// Returns the shape of the images that a network was made for.
fn default_input(choice: &NetworkChoice) -> [usize; 3] {
    match choice {
        NetworkChoice::Preset(Preset::Kariya2018 | Preset::Deep | Preset::Hinton2015 | Preset::Mlp(_)) => {
            NETWORK_INPUT
        }
        _ => PHOTOGRAPHS,
    }
}

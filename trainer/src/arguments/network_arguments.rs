//! The arguments that choose a network: a preset's name or a file in, the layers of a network out, the names of earlier
//! versions included.

use clap::Args;
use models::Network;
use models::network::Preset;

use crate::arguments::network_choice::{NetworkChoice, NetworkChoiceError, network_choice};
use crate::arguments::values::at_least_one;
use crate::data::description::DatasetDescription;

/// The arguments that choose which network is trained.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// Preset, such as resnet8, mobilenet:0.25, vgg:16x32x64 or mlp:128x128, or a TOML file with the layers; `trainer
    /// network` lists the presets [default: chosen by the images]
    #[arg(long, value_name = "PRESET|FILE", value_parser = network_choice)]
    pub network: Option<NetworkChoice>,
    /// Name of --network in earlier versions
    #[arg(long, hide = true, value_name = "NAME", value_parser = design, conflicts_with = "network")]
    pub design: Option<Preset>,
    /// Multi-layer perceptrons of --network in earlier versions
    #[arg(long, hide = true, value_name = "N,...", value_delimiter = ',', value_parser = at_least_one,
          conflicts_with_all = ["network", "design"])]
    pub hidden: Vec<usize>,
}

/// The arguments that choose which student is trained.
#[derive(Debug, Clone, Args)]
pub struct StudentNetworkArguments {
    /// The network
    #[command(flatten)]
    pub choice: NetworkArguments,
    /// Train with batch norm after each hidden layer; exported files have it folded in
    #[arg(long)]
    pub batch_norm: bool,
}

impl NetworkArguments {
    /// Returns the network that was asked for, if one was.
    pub(crate) fn asked(&self) -> Option<NetworkChoice> {
        let hidden = (!self.hidden.is_empty()).then(|| Preset::Mlp(self.hidden.clone()));
        let earlier = || self.design.clone().or(hidden).map(NetworkChoice::Preset);
        self.network.clone().or_else(earlier)
    }

    /// Returns the network that was asked for, or `default` where none was.
    pub(crate) fn asked_or(&self, default: &Preset) -> NetworkChoice {
        self.asked().unwrap_or_else(|| NetworkChoice::Preset(default.clone()))
    }
}

/// The layers of a network for the images of a set, with the name or the file that they were asked for by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChosenNetwork {
    pub(crate) name: String,
    pub(crate) network: Network,
}

impl NetworkArguments {
    /// Returns the layers of the network that was asked for, or of `default` where none was, for images of this set.
    pub(crate) fn network(
        &self,
        default: &Preset,
        set: &DatasetDescription,
    ) -> Result<ChosenNetwork, NetworkChoiceError> {
        let choice = self.asked_or(default);
        let network = choice.network(set.image_shape(), set.classes.len())?;
        Ok(ChosenNetwork { name: choice.to_string(), network })
    }

    /// Chooses `network`, whatever was asked for before.
    pub(crate) fn replace(&mut self, network: NetworkChoice) {
        *self = Self { network: Some(network), design: None, hidden: Vec::new() };
    }
}

impl StudentNetworkArguments {
    /// Returns the layers of the student that was asked for, or of `default` where none was, for images of this set.
    pub(crate) fn network(
        &self,
        default: &Preset,
        set: &DatasetDescription,
    ) -> Result<ChosenNetwork, NetworkChoiceError> {
        let chosen = self.choice.network(default, set)?;
        let network = if self.batch_norm { chosen.network.normalised() } else { chosen.network };
        Ok(ChosenNetwork { network, ..chosen })
    }
}

/// Parses a network's name of earlier versions.
fn design(text: &str) -> Result<Preset, String> {
    match text {
        "seed" => Ok(Preset::Kariya2018),
        "deep" => Ok(Preset::Deep),
        "dense" => Ok(Preset::Hinton2015),
        _ => Err("expected seed, deep or dense; --network has more".to_owned()),
    }
}

//! The arguments that choose a network: a preset's name in, the layers of a network out, the names of earlier versions
//! included.

use clap::Args;
use models::Network;
use models::network::Preset;

use crate::arguments::values::at_least_one;
use crate::arguments::words::preset;
use crate::data::description::DatasetDescription;

/// The arguments that choose which network is trained.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// kariya-2018, deep, hinton-2015, a multi-layer perceptron with its hidden layers, mlp:128x128, or convolutions with
    /// their channels, conv:16x32x64, or pairs of convolutions, vgg:16x32x64 [default: chosen by the images]
    #[arg(long, value_name = "PRESET", value_parser = preset)]
    pub network: Option<Preset>,
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
    pub(crate) fn asked(&self) -> Option<Preset> {
        let hidden = (!self.hidden.is_empty()).then(|| Preset::Mlp(self.hidden.clone()));
        self.network.clone().or_else(|| self.design.clone()).or(hidden)
    }
}

impl NetworkArguments {
    /// Chooses `network`, whatever was asked for before.
    pub(crate) fn replace(&mut self, network: Preset) {
        *self = Self { network: Some(network), design: None, hidden: Vec::new() };
    }
}

impl StudentNetworkArguments {
    /// Returns the layers of the student that was asked for, or of `default` where none was, for images of this set.
    pub(crate) fn network(&self, default: &Preset, set: &DatasetDescription) -> Network {
        let preset = self.choice.asked().unwrap_or_else(|| default.clone());
        let network = preset.network(set.image_shape(), set.classes.len());
        if self.batch_norm { network.normalised() } else { network }
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

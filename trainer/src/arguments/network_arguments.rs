//! The arguments that choose a network.

use clap::Args;
use models::Network;
use models::network::{Preset, STUDENT_HIDDEN_UNITS};

use crate::arguments::values::at_least_one;

/// Which network is trained.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// kariya-2018, deep, hinton-2015, or a perceptron with its hidden layers: mlp:128x128
    #[arg(long, value_name = "PRESET")]
    pub network: Option<Preset>,
    /// The name of --network in earlier versions
    #[arg(long, hide = true, value_name = "NAME", value_parser = design, conflicts_with = "network")]
    pub design: Option<Preset>,
    /// The perceptrons of --network in earlier versions
    #[arg(long, hide = true, value_name = "N,...", value_delimiter = ',', value_parser = at_least_one,
          conflicts_with_all = ["network", "design"])]
    pub hidden: Vec<usize>,
}

/// Which student is trained.
#[derive(Debug, Clone, Args)]
pub struct StudentNetworkArguments {
    /// Which network
    #[command(flatten)]
    pub choice: NetworkArguments,
    /// Batch norm after each hidden layer while it trains; exported files have it folded in
    #[arg(long)]
    pub batch_norm: bool,
}

impl NetworkArguments {
    /// Returns the network that was asked for, else `default`.
    pub(crate) fn preset(&self, default: Preset) -> Preset {
        let hidden = (!self.hidden.is_empty()).then(|| Preset::Mlp(self.hidden.clone()));
        self.network.clone().or_else(|| self.design.clone()).or(hidden).unwrap_or(default)
    }
}

impl NetworkArguments {
    /// Chooses `network`, whatever was asked for before.
    pub(crate) fn replace(&mut self, network: Preset) {
        *self = Self { network: Some(network), design: None, hidden: Vec::new() };
    }
}

impl StudentNetworkArguments {
    /// Returns the student that was asked for, else the published one.
    pub(crate) fn preset(&self) -> Preset {
        self.choice.preset(Preset::Mlp(STUDENT_HIDDEN_UNITS.to_vec()))
    }

    /// Returns the layers of the student.
    pub(crate) fn network(&self) -> Network {
        let network = self.preset().network();
        if self.batch_norm { network.normalised() } else { network }
    }
}

/// Reads a name of earlier versions.
fn design(text: &str) -> Result<Preset, String> {
    match text {
        "seed" => Ok(Preset::Kariya2018),
        "deep" => Ok(Preset::Deep),
        "dense" => Ok(Preset::Hinton2015),
        _ => Err("expected seed, deep or dense; --network has more".to_owned()),
    }
}

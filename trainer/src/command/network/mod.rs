//! `trainer network`: what a network is made of and what it costs, or which presets there are.

mod cost;
mod layers;
pub(crate) mod network;
mod presets;
mod text;

pub use network::NetworkCommandArguments;

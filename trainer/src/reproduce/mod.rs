//! Published experiments from end to end, with the published figures beside ours.

pub(crate) mod experiments;
pub(crate) mod reproduce;
pub(crate) mod table;

pub use experiments::ExperimentName;
pub use reproduce::{ReproduceArguments, run};

//! Published experiments: the name of an experiment in, its runs and a table with the published figures beside ours
//! out, so that anyone can check that the distillation does what the literature says.

pub(crate) mod experiments;
pub(crate) mod reproduce;
pub(crate) mod table;

pub use experiments::ExperimentName;
pub use reproduce::{ReproduceArguments, run};

//! Runs: a configuration, images and teachers in, a directory with metrics, checkpoints and weights out. Whatever
//! trains a network, a command, a sweep or a published experiment, does it here.

pub(crate) mod checkpoint;
pub(crate) mod checkpoint_pace;
pub(crate) mod config;
#[cfg(feature = "cli")]
pub(crate) mod difference;
pub(crate) mod directory;
#[cfg(feature = "cli")]
pub(crate) mod epoch_line;
pub(crate) mod finding;
pub(crate) mod learning_rate;
pub(crate) mod metrics;
pub(crate) mod options;
pub(crate) mod other_network;
pub(crate) mod outcome;
pub(crate) mod provenance;
#[cfg(feature = "cli")]
pub(crate) mod recipe;
pub(crate) mod run_contract;
pub mod run_data;
pub(crate) mod run_error;
#[cfg(feature = "cli")]
pub(crate) mod series;
pub(crate) mod skipped_pictures;
pub mod teachers;
pub(crate) mod time_estimate;
pub mod training;
#[cfg(feature = "cli")]
pub(crate) mod training_defaults;
pub(crate) mod training_error;
pub(crate) mod unfinished_run;

pub use config::{DistillationConfig, RunConfig};
pub use directory::{RunDirectory, RunLock, is_run, load_weights, model_file};
pub use learning_rate::Schedule;
pub use metrics::EpochMetrics;
pub use options::RunOptions;
pub use outcome::{Ending, Outcome};
pub use run_error::RunError;
#[cfg(feature = "cli")]
pub use series::{SeriesError, SeriesStopped};
pub use teachers::{load_teacher, load_teachers, reload_teachers};
pub use training::train;
pub use training_error::TrainingError;
pub use unfinished_run::load_weights_so_far;

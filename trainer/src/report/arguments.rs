//! The arguments of `trainer report`.

use std::path::PathBuf;

use clap::Args;

use crate::data::split::Split;

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Runs, finished or not, directories of runs (a sweep), safetensors files
    #[arg(value_name = "RUN|FILE", required = true)]
    pub runs: Vec<PathBuf>,
    /// The page: one HTML file that needs nothing beside it
    #[arg(long, value_name = "FILE.html")]
    pub out: PathBuf,
    /// A set's name, or a directory with its four IDX files [default: what the runs were trained on]
    #[arg(long, value_name = "NAME|DIR")]
    pub data: Option<String>,
    /// The images to measure on; test figures are for what has been chosen already
    #[arg(long, value_enum, default_value_t = Split::Validation)]
    pub split: Split,
    /// Training images whose dark knowledge is shown, counted from 0 [default: 0,16]
    #[arg(long, value_name = "I,...", value_delimiter = ',')]
    pub images: Option<Vec<usize>>,
}

//! The arguments of `trainer report`: words of the command line in, the networks, the images and the file of a report
//! out.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::values::position;
use crate::data::split::Split;

/// The arguments of `trainer report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Runs, finished or not, directories of runs (a sweep) or safetensors files
    #[arg(value_name = "RUN|FILE", required = true)]
    pub runs: Vec<PathBuf>,
    /// File of the page: one HTML file that needs nothing beside it
    #[arg(long, value_name = "FILE.html")]
    pub out: PathBuf,
    /// Data set: a name that `fetch` knows, a folder of pictures by class or of IDX files, or a manifest [default: what the
    /// runs were trained on]
    #[arg(long, value_name = "NAME|DIR|MANIFEST")]
    pub data: Option<String>,
    /// Images to measure on; test figures are for what has been chosen already
    #[arg(long, value_enum, default_value_t = Split::Validation)]
    pub split: Split,
    /// Training images whose dark knowledge is shown, counted from 0 [default: 0,16]
    #[arg(long, value_name = "I,...", value_delimiter = ',', value_parser = position, allow_negative_numbers = true)]
    pub images: Option<Vec<usize>>,
}

//! `trainer resume`: the directory of a stopped run in, the finished run out, to the bits of a run that was never
//! stopped.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use models::storage::printable::PrintablePath;

use crate::arguments::run_options_arguments::{RunOptionsArguments, run_options};
use crate::command::train::{report_ending, say_what_was_found};
use crate::run::directory::RunDirectory;
use crate::run::epoch_line::print_epoch;
use crate::run::teachers::reload_teachers;
use crate::run::{run_data, training};

/// The arguments of `trainer resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// Directory of the run
    pub run: PathBuf,
    /// Keep teachers' logits in this directory
    #[arg(long, value_name = "DIR")]
    pub logit_cache: Option<PathBuf>,
    /// The run options
    #[command(flatten)]
    pub options: RunOptionsArguments,
}

pub(super) fn resume(arguments: &ResumeArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let path = &arguments.run;
    let (run, config) = RunDirectory::open(path)?;
    if run.has_finished() {
        writeln!(out, "{}: the run has finished already", path.printable())?;
        return Ok(());
    }
    let options = run_options(&arguments.options, arguments.logit_cache.as_deref())?;
    let teachers = reload_teachers(&config, &options.device)?;
    let data = run_data::reload(&config)?;
    say_what_was_found(&data, &run);
    let print = print_epoch(config.epochs);
    report_ending(&run, &config, training::train(&run, &config, &data, &teachers, &options, print)?, out)
}

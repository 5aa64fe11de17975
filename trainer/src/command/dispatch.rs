//! The way from a command line to the code of its command: a parsed command in, its result on a writer out.

use std::io::Write;

use crate::command::bench::bench::bench;
use crate::command::command_line::Command;
use crate::command::correct_bias::correct_bias;
use crate::command::evaluate::evaluate;
use crate::command::fetch::fetch_set;
use crate::command::inspect::inspect::inspect;
use crate::command::network::network::network;
use crate::command::resume::resume;
use crate::command::soften::soften;
use crate::command::train::train;
use crate::{report, reproduce, sweep};

/// Runs a command, which writes its result to `out`.
///
/// # Errors
/// One line that names the file or the value.
pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Fetch(arguments) => fetch_set(&arguments, out),
        Command::Inspect(arguments) => inspect(&arguments, out),
        Command::Train(command) => train(&command, out),
        Command::CorrectBias(arguments) => correct_bias(&arguments, out),
        Command::Reproduce(arguments) => reproduce::run(&arguments, out),
        Command::Sweep(arguments) => sweep::run(&arguments, out),
        Command::Resume(arguments) => resume(&arguments, out),
        Command::Evaluate(arguments) => evaluate(&arguments, out),
        Command::Soften(arguments) => soften(&arguments, out),
        Command::Network(arguments) => network(&arguments, out),
        Command::Bench(arguments) => bench(&arguments, out),
        Command::Report(arguments) => report::write(&arguments, out),
    }
}

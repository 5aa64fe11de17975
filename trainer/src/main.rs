//! The program `trainer`: a command line in, the exit status of its command out. What the commands do is in the
//! library; `trainer --help` lists them.

use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;

use clap::Parser;
use models::storage::panic_net;
use trainer::arguments::print_error;
use trainer::command::{self, CommandLine, Stopped};
use trainer::process::{INTERRUPTED, StandardOutput, keep_freed_memory, one_line};
use trainer::run::SeriesStopped;

fn main() -> ExitCode {
    keep_freed_memory();
    panic_net::print_only_what_is_not_caught("trainer");
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_error("trainer", &error),
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&one_line(&error));
            let stopped =
                error.is::<Stopped>() || error.is::<SeriesStopped>() || command::was_decoding_stopped(&error);
            ExitCode::from(if stopped { INTERRUPTED } else { 1 })
        }
    }
}

fn run(arguments: CommandLine) -> anyhow::Result<()> {
    let threads = arguments.threads.map_or(0, usize::from);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    arguments.cache_options().set_for_process();
    command::run(arguments.command, &mut StandardOutput::lock())
}

fn say(line: &str) {
    // Standard error may be closed: then nobody reads the line.
    let _ = writeln!(stderr(), "trainer: {line}");
}

/// Returns whether the reader of standard output closed the pipe, having seen enough: no failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

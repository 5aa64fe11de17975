//! The program `exporter`: arguments in, an exit status out, results on standard output and errors on standard error. See
//! `exporter --help`.

mod command;

use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;

use clap::Parser;
use command::{Command, CommandLine};
use models::storage::abandon_all;
use models::storage::panic_net;
use trainer::arguments::print_error;
use trainer::process::{INTERRUPTED, StandardOutput, one_line};

fn main() -> ExitCode {
    panic_net::print_only_what_is_not_caught("exporter");
    leave_nothing_when_stopped();
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_error("exporter", &error),
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough; the file is there.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// Makes Ctrl-C and SIGTERM remove what is half written. Files that are getting their names get them all first.
fn leave_nothing_when_stopped() {
    let handler = || {
        let _held = abandon_all();
        std::process::exit(i32::from(INTERRUPTED));
    };
    // A program that somebody else has given a handler keeps it.
    let _ = ctrlc::set_handler(handler);
}

fn run(arguments: &CommandLine) -> anyhow::Result<()> {
    let out = &mut StandardOutput::lock();
    match &arguments.command {
        Some(Command::Verify(arguments)) => command::verify(arguments, out),
        None => command::export(&arguments.export, out),
    }
}

fn say(line: &str) {
    // Standard error may be closed: then there is nobody to tell.
    let _ = writeln!(stderr(), "exporter: {line}");
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

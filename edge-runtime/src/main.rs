//! The program `edge-runtime`: arguments in, answers on standard output, errors on standard error.
//!
//! Each command is a function of `command` that returns the exit status; an error that ends a command is status 2.

#![forbid(unsafe_code)]

mod command;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use command::arguments::{Arguments, Command};

/// A usage error, as clap has it too, or a model that cannot be used.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(exit) => exit,
        Err(error) => {
            // Standard error may be closed: then there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "edge-runtime: {error:#}");
            ExitCode::from(UNUSABLE)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Classify(arguments) => command::classify::run(arguments),
        Command::Info(arguments) => command::info::run(arguments),
        Command::SelfTest(arguments) => command::self_test::run(arguments),
        Command::Bench(arguments) => command::bench::run(arguments),
        #[cfg(feature = "manual")]
        Command::Completions(arguments) => command::manual::completions(arguments),
        #[cfg(feature = "manual")]
        Command::Man => command::manual::man(),
    }
}

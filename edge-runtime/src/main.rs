//! The program `edge-runtime`: arguments in, answers on standard output, errors on standard error.
//!
//! Each command is a function of `command` that returns the exit status; an error that ends a command is status 2.

#![forbid(unsafe_code)]

mod command;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use command::arguments::{Arguments, Command};
use edge_runtime::has_picture_name;
use models::storage::panic_net;
use models::storage::printable::{is_invisible, printable};
use models::storage::printable_text::{Colours, printable_text};

/// A usage error, as clap has it too, or a model that cannot be used.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    panic_net::print_only_what_is_not_caught("edge-runtime");
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        say_if_a_picture(&error);
        refuse(&error)
    });
    match run(&arguments) {
        Ok(exit) => exit,
        Err(error) => {
            // Standard error may be closed: then there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "edge-runtime: {error:#}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Prints clap's text, which repeats what was typed, and ends the program.
fn refuse(error: &clap::Error) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    let mut typed = std::env::args_os();
    let hidden = |word: std::ffi::OsString| word.to_string_lossy().contains(is_invisible);
    if !typed.any(hidden) {
        error.exit();
    }
    let text = printable_text(&error.render().to_string(), Colours::Escape);
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(UNUSABLE.into())
}

/// Who forgets the command gets the line with it.
fn say_if_a_picture(error: &clap::Error) {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidSubcommand) else { return };
    let path = std::path::Path::new(found);
    if error.kind() == ErrorKind::InvalidSubcommand && (has_picture_name(path) || path.exists()) {
        let found = printable(found);
        let hint =
            format!("edge-runtime: expected a command before {found}: edge-runtime classify {found}\n");
        let _ = std::io::stderr().write_all(hint.as_bytes());
        std::process::exit(UNUSABLE.into());
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

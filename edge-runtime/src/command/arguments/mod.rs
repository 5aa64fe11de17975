//! The command line: what can be typed, and the help that says so.

mod command_line;
mod counts;
mod help;

#[cfg(feature = "manual")]
pub(super) use command_line::CompletionsArguments;
pub(crate) use command_line::{Arguments, Command};
pub(super) use command_line::{BenchArguments, ClassifyArguments, InfoArguments, SelfTestArguments};

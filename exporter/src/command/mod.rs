//! The program `exporter`: arguments in, files and lines for a terminal out. One file for each command.

mod arguments;
mod data;
mod export;
mod export_text;
mod exported_file;
mod golden;
mod output_paths;
mod precision_options;
mod table_text;
mod text_lines;
mod verification_text;
mod verify;

pub(crate) use arguments::{Command, CommandLine};
pub(crate) use export::export;
pub(crate) use verify::verify;

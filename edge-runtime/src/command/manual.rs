//! `edge-runtime completions` and `edge-runtime man`, made from the same description as `--help`.

use std::process::ExitCode;

use clap::CommandFactory;

use super::arguments::{Arguments, CompletionsArguments};
use super::output::print;

/// Prints what the shell needs to complete arguments.
pub(crate) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "edge-runtime", &mut script);
    Ok(print(&String::from_utf8(script)?, ExitCode::SUCCESS))
}

/// Prints one page in roff, the page of each subcommand below the whole.
pub(crate) fn man() -> anyhow::Result<ExitCode> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let name = format!("edge-runtime {}", subcommand.get_name());
        let man = clap_mangen::Man::new(subcommand.clone());
        page.extend_from_slice(format!(".SH {}\n", name.to_uppercase()).as_bytes());
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        man.render_extra_section(&mut page)?;
    }
    Ok(print(&String::from_utf8(page)?, ExitCode::SUCCESS))
}

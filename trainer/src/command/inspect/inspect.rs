//! The arguments of `trainer inspect`, and the way from them to the findings about a set.

use std::io::Write;

use anyhow::bail;
use clap::Args;
use models::storage::printable::PrintablePath;

use super::dataset_file;
use super::proposals::proposals;
use super::text::text;
use crate::arguments::description_arguments::{DescriptionArguments, described};
use crate::arguments::format::Format;
use crate::data::data_directory::{DataDirectory, Source};
use crate::inspection::{of_images, of_pictures, quick};
use crate::process::console::say;

/// The arguments of `trainer inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// Data set: a directory with a folder of pictures for each class, or with train, validation and test above such
    /// folders; a CSV file with path and label; `mnist`, `fashion-mnist`, `cifar-10`, or a directory with such files
    #[arg(value_name = "DIR|MANIFEST|NAME")]
    pub data: String,
    /// Write a dataset.toml to start from into the set's folder; one that is there stays
    #[arg(long)]
    pub write: bool,
    /// Let --write replace a dataset.toml that is there
    #[arg(long, requires = "write")]
    pub force: bool,
    /// Read the heads of all files and decode 200 of them; pictures that show the same are not looked for
    #[arg(long)]
    pub quick: bool,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What the data set does not say of itself
    #[command(flatten)]
    pub description: DescriptionArguments,
}

/// Writes what is found out about a data set to `out`.
pub(crate) fn inspect(arguments: &InspectArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let directory = DataDirectory::find(&arguments.data);
    let file = directory.description_file();
    if arguments.write && !arguments.force && file.symlink_metadata().is_ok() {
        bail!(
            "{}: expected no such file, found one; --force replaces it, and without --write nothing is written",
            file.printable()
        );
    }
    let description = described(&directory, &arguments.description, None)?;
    let set = directory.clone().described_as(description.clone());
    let mut findings = match set.source()? {
        Source::Folders | Source::Manifest(_) if arguments.quick => quick::findings(&set, &description)?,
        Source::Folders | Source::Manifest(_) => of_pictures::findings(&set, &description)?,
        Source::Idx | Source::Cifar => of_images::findings(&set, &description)?,
    };
    findings.data = arguments.data.clone();
    findings.proposals = proposals(&set, &description, &findings)?;
    match arguments.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string(&findings)?)?,
        Format::Text => write!(out, "{}", text(&findings, arguments.write))?,
    }
    if arguments.write {
        dataset_file::write(&file, &directory, &description, &findings)?;
        say(format_args!("{}: written; change it as you like, every command reads it", file.printable()));
    }
    Ok(())
}

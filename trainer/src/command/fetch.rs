//! `trainer fetch`: the name of a data set in, its files in the directory of data sets out, with their checksums right.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use models::storage::printable::PrintablePath;

use crate::data::data_directory::data_home;
use crate::data::description::DATASET_FILE;
use crate::data::fetch::fetch::{Fetched, fetch};
use crate::data::fetch::remote_sets::{CIFAR_10, FASHION_MNIST, MNIST};

/// The arguments of `trainer fetch`.
#[derive(Debug, Args)]
pub struct FetchArguments {
    /// Data set to download
    #[arg(value_enum)]
    pub set: SetName,
    /// Directory in which data sets are kept, each in one of its own [default: $IMAGO_DATA, else data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address to try instead of the public ones; the name of a file or archive is appended
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

/// The name of a data set that can be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SetName {
    /// 60,000 and 10,000 handwritten digits of 28×28
    Mnist,
    /// 60,000 and 10,000 pictures of garments, shoes and bags of 28×28
    FashionMnist,
    /// 50,000 and 10,000 colour pictures of 32×32: animals and vehicles
    #[value(name = "cifar-10")]
    Cifar10,
}

pub(super) fn fetch_set(arguments: &FetchArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let set = match arguments.set {
        SetName::Mnist => &MNIST,
        SetName::FashionMnist => &FASHION_MNIST,
        SetName::Cifar10 => &CIFAR_10,
    };
    let home = data_home(arguments.data_dir.as_deref());
    match fetch(set, &home, arguments.mirror.as_deref())? {
        Fetched::AlreadyThere(directory) => {
            writeln!(out, "{}: {} is already there and whole", directory.printable(), set.name)?;
        }
        Fetched::Described(directory) => {
            let (directory, name) = (directory.printable(), set.name);
            writeln!(
                out,
                "{directory}: {name} is already there and whole; {DATASET_FILE} was missing and is written"
            )?;
        }
        Fetched::From { directory, source } => {
            writeln!(out, "{}: {} from {source}, checksums right", directory.printable(), set.name)?;
        }
    }
    Ok(())
}

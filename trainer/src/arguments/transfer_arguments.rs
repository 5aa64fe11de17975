//! The arguments of a transfer set: words of the command line in, the images that a student is fitted to out.

use clap::Args;

/// The arguments that choose other images to train on than those of `--data`.
#[derive(Debug, Clone, Args)]
pub struct TransferArguments {
    /// Train on these images instead of those of --data, whose validation images still choose the best epoch and are
    /// never trained on: a set's name or a directory with train-images-idx3-ubyte, labels beside it or not, or a folder
    /// of pictures, without labels, folders inside included
    #[arg(long, value_name = "NAME|DIR")]
    pub transfer: Option<String>,
}

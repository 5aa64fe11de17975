//! The arguments of a transfer set: words of the command line in, the images that a student is fitted to and what is done
//! with pictures that can't be read out.

use clap::Args;

use crate::arguments::values::percentage;
use crate::data::picture_folder::Unreadable;

/// The arguments that choose other images to train on than those of `--data`.
#[derive(Debug, Clone, Args)]
pub struct TransferArguments {
    /// Train on these images instead of those of --data, whose validation images still choose the best epoch and are
    /// never trained on: a set's name or a directory with train-images-idx3-ubyte, labels beside it or not, or a folder
    /// of png, jpg, jpeg and bmp files, without labels, folders inside included
    #[arg(long, value_name = "NAME|DIR")]
    pub transfer: Option<String>,
    /// Share of the pictures of --transfer that may be skipped because they can't be read; above it nothing is trained
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = percentage, allow_negative_numbers = true)]
    pub max_skipped: f64,
    /// Train nothing if a picture of --transfer can't be read
    #[arg(long, conflicts_with = "max_skipped")]
    pub strict: bool,
}

impl TransferArguments {
    /// Returns what is done with pictures that can't be read.
    pub(crate) fn unreadable(&self) -> Unreadable {
        if self.strict { Unreadable::Refuse } else { Unreadable::SkipUpTo(self.max_skipped) }
    }
}

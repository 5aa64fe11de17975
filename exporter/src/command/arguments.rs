//! The arguments of `exporter`, as clap reads them from the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use trainer::data::Split;

/// Write a trained network to an ONNX file that answers at temperature 1
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 80,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "exporter [OPTIONS] --out FILE.onnx RUN|FILE.safetensors\n       \
                      exporter verify [OPTIONS] FILE.onnx",
    after_help = "\
Precisions:
  f32   as trained
  f16   half the bytes, as fast as f32
  int8  a quarter of the bytes: weights with a scale an output channel, and
        activations in eight bits too, unless `--activations f32` leaves them
        as they are. Their scales are computed for each picture, or once from
        the training images that `--calibrate` asks for
  all   the three in files beside each other, and a table to choose by,
        counted on validation images, so that no choice looks at test images

The file is read back with the runtime and with candle-onnx, and gets its name
only if both compute the trainer's probabilities; of several files all get
their names or none. It carries the contract, the SHA-256 of its weights, graph
and contract, and up to 16 validation images of different classes with their
probabilities; `exporter verify` checks them again, and says what it cannot
check. Where these images must not travel, `--golden none` leaves them out and
`--golden-pictures` takes others.

Examples:
  exporter runs/student --out student.onnx
  exporter runs/student --out student.onnx --precision all --data mnist
  exporter verify student-int8.onnx --against runs/student

Exit status: 0 done, 1 refused, 2 wrong arguments, 130 stopped."
)]
pub(crate) struct CommandLine {
    /// What to do instead of writing
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What to write
    #[command(flatten)]
    pub(crate) export: ExportArguments,
}

/// The commands beside the export.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a file that was written earlier: contract, weights, probabilities
    Verify(VerifyArguments),
}

/// The arguments of the export.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A finished run of `trainer`, or its safetensors file
    #[arg(value_name = "RUN|FILE.safetensors", required = true)]
    pub(crate) model: Option<PathBuf>,
    /// The file to write; with `--precision all`, FILE-f32.onnx and so on
    #[arg(long, value_name = "FILE.onnx", required = true, value_parser = PathBufValueParser::new().try_map(output_file))]
    pub(crate) out: Option<PathBuf>,
    /// How the weights are stored
    #[arg(long, value_enum, default_value_t = PrecisionName::F32)]
    pub(crate) precision: PrecisionName,
    /// In an int8 file, what flows between the layers [default: int8]
    #[arg(long, value_enum)]
    pub(crate) activations: Option<ActivationPrecision>,
    /// In an int8 file, take the scales of activations from N training images
    #[arg(long, value_name = "N", value_parser = images, allow_negative_numbers = true)]
    pub(crate) calibrate: Option<NonZeroUsize>,
    /// Pictures for the gate and the accuracy: `mnist`, `fashion-mnist`, or a directory with pictures by class or with IDX files [default: what
    /// the run was trained on, where it is there; MNIST for a shipped network]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// The part of the data that the accuracy is counted on [default: validation with `--precision all`, else test]
    #[arg(long, value_enum)]
    pub(crate) split: Option<Split>,
    /// What the file carries of pictures, so that a board can check itself
    #[arg(long, value_enum, default_value_t = GoldenName::Pictures)]
    pub(crate) golden: GoldenName,
    /// Take these pictures for it, up to 16 in a folder or in folders by class, in place of validation images
    #[arg(long, value_name = "DIR")]
    pub(crate) golden_pictures: Option<PathBuf>,
    /// Replace a file that is there already, once the new one is proven
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Take the best epoch so far of a run that has not finished, and a network whose training has failed
    #[arg(long)]
    pub(crate) force: bool,
}

impl ExportArguments {
    /// Returns the part of the data that the accuracy is counted on: a table to choose by must not look at test images.
    pub(crate) fn split(&self) -> Split {
        let default = match self.precision {
            PrecisionName::All => Split::Validation,
            PrecisionName::F32 | PrecisionName::F16 | PrecisionName::Int8 => Split::Test,
        };
        self.split.unwrap_or(default)
    }
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The file
    #[arg(value_name = "FILE.onnx")]
    pub(crate) file: PathBuf,
    /// The weights that it was made from: a run or a safetensors file
    #[arg(long, value_name = "RUN|FILE.safetensors")]
    pub(crate) against: Option<PathBuf>,
    /// Count its right answers on the test images of a set, and hold some of its validation images against the weights
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
}

/// Refuses the dash that stands for standard output elsewhere: the file is read back before it gets its name.
fn output_file(path: PathBuf) -> Result<PathBuf, String> {
    match path.as_os_str() == "-" {
        true => Err(
            "expected the name of a file, found the sign for standard output, to which no file is written; \
                     ./- is a file of that name"
                .to_owned(),
        ),
        false => Ok(path),
    }
}

fn images(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number of at least 1, in digits alone".to_owned())
}

/// How weights are stored, by the name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionName {
    /// 4 bytes a weight
    F32,
    /// 2 bytes a weight
    F16,
    /// 1 byte a weight
    Int8,
    /// Each of them
    All,
}

/// What a file carries of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GoldenName {
    /// Nothing; a board cannot check itself
    None,
    /// Up to 16 as the network sees them, with its answers
    Tensors,
    /// One of them besides as a JPEG file of at most 64,000 bytes, without EXIF
    Pictures,
}

/// What flows between the layers of an int8 file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActivationPrecision {
    /// Eight bits; the sums are computed in integers
    Int8,
    /// As in an f32 file
    F32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        CommandLine::command().debug_assert();
    }
}

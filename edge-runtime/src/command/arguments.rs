//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use edge_runtime::DEFAULT_MAX_PIXELS;

const EXAMPLES: &str = "\
Examples:
  edge-runtime classify seven.png
  edge-runtime classify --top 3 --format json scans/ > answers.jsonl
  edge-runtime classify --model student-f16.onnx --recursive ~/pictures
  edge-runtime info

Exit status:
  0  every picture was classified
  1  some file could not be read; the others were classified
  2  the arguments or the model cannot be used";

const PICTURES: &str = "\
Pictures:
  PNG, JPEG and BMP files, known by their content. Any size will do: the
  picture is brought to the model's size as the model's contract says (shown
  by `edge-runtime info`). For the built-in digits, ink and ground are told
  apart, the ink is cut out, scaled in proportion and centred as in MNIST; in
  a picture that has the model's size already the ink stays where it is.
  EXIF orientation is applied.
  A folder stands for the png, jpg, jpeg and bmp files in it, sorted by name.

Formats:
  text  aligned columns: path, label, probability; further guesses below
  json  one object a line: {\"path\", \"label\", \"probability\",
        \"top\": [{\"label\", \"probability\"}], \"probabilities\": [in label order]}
  csv   path,rank,label,probability with a header line

Answers come in the order of the arguments, whatever the number of threads.
A file that cannot be read is named on standard error
and skipped.

Examples:
  edge-runtime classify seven.png
  edge-runtime classify --top 3 scans/
  edge-runtime classify --format csv --recursive scans/ > answers.csv

Exit status:
  0  every picture was classified
  1  some file could not be read; the others were classified
  2  the arguments or the model cannot be used";

/// Classifies image files with an ONNX model that Imago's exporter wrote
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 80)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what is in pictures, with probabilities
    #[command(after_help = PICTURES)]
    Classify(ClassifyArguments),
    /// Show a model: its labels, what it expects of a picture, its layers
    Info(InfoArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ClassifyArguments {
    /// The model; without it, the student built into this program
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) model: Option<PathBuf>,
    /// How many of the likeliest classes to show
    #[arg(long, value_name = "K", default_value = "1")]
    pub(crate) top: NonZeroUsize,
    /// How to write the answers
    #[arg(long, value_enum, default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    /// Pictures in work at the same time [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Answer `unsure` where the likeliest class is below this probability
    #[arg(long, value_name = "P", default_value = "0", value_parser = probability)]
    pub(crate) min_confidence: f32,
    /// Search the folders inside folders too
    #[arg(long)]
    pub(crate) recursive: bool,
    /// The most pixels that a picture may have
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_PIXELS)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_pixels: u64,
    /// Pictures, or folders of pictures; - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    /// The model; without it, the student built into this program
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) model: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = InfoFormat::Text)]
    pub(crate) format: InfoFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AnswerFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InfoFormat {
    Text,
    Json,
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(probability) if (0.0..=1.0).contains(&probability) => Ok(probability),
        _ => Err("expected a probability from 0 to 1".to_owned()),
    }
}

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
  find . -name '*.jpg' -print0 | edge-runtime classify -
  edge-runtime info
  edge-runtime self-test && edge-runtime bench

Exit status:
  0  every picture was classified; the self-test passed
  1  some file could not be read, the others were classified; it failed
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
  - stands for standard input: one picture, or a list of files and folders,
  one a line, or each ending in a NUL as `find -print0` writes them. A file
  of that name is ./-

Formats:
  text  aligned columns: path, label, probability; further guesses below
  json  one object a line, always with these keys:
          path           as it was given or found; - for standard input
          label          of the likeliest class, or unsure
          unsure         true or false, see --min-confidence
          probability    of the likeliest class, 0 to 1
          top            [{\"label\", \"probability\"}], the likeliest first
          probabilities  of all classes, in the order of the model's labels
  csv   path,rank,label,probability with a header line; a row a guess, rank
        1 is the likeliest; rank 0 has the label unsure

  Answers come in the order of the input, whatever the number of threads,
  each as soon as it is there. A file that cannot be read has no answer: it
  is named on standard error, with the reason, and the others go on.

Examples:
  edge-runtime classify seven.png
  edge-runtime classify --top 3 --min-confidence 0.9 scans/
  edge-runtime classify --format csv --recursive scans/ > answers.csv
  find . -name '*.jpg' -print0 | edge-runtime classify --format json -
  curl -s https://example.org/seven.png | edge-runtime classify -

Exit status:
  0  every picture was classified
  1  some file could not be read; the others were classified
  2  the arguments or the model cannot be used";

const INFO: &str = "\
Shows the labels, what the model expects of a picture, where it comes from,
its layers and its SHA-256; then what the processor offers, what of it tract
has kernels for, and the matrix kernels that it has chosen for this model.

Examples:
  edge-runtime info
  edge-runtime info --model student-int8.onnx --format json";

const SELF_TEST: &str = "\
A model file carries a few pictures and the probabilities that the trainer
computed for them. They are computed again, with this program on this machine.

Exit status:
  0  the labels are the trainer's, the probabilities as close as they must be
  1  they are not: this program should not be trusted on this machine
  2  the model cannot be used, or has no such pictures";

const BENCH: &str = "\
Figures:
  inference   from a tensor to probabilities
  end to end  from a picture file's bytes to probabilities: decoding,
              preprocessing, inference
  p99         99 of 100 runs take at most as long

Without PATHs a picture of 28x28 is classified over and over. What else runs
on the machine is measured too. For a report, paste the output as it is.

Examples:
  edge-runtime bench
  edge-runtime bench --seconds 10 --format json > board.json
  edge-runtime bench --model student-int8.onnx photos/";

/// Classifies image files with an ONNX model that Imago's exporter wrote
#[derive(Debug, Parser)]
#[command(name = "edge-runtime", version, after_help = EXAMPLES, max_term_width = 80)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what is in pictures, with probabilities
    #[command(after_help = PICTURES)]
    Classify(ClassifyArguments),
    /// Show a model and what this machine has to run it
    #[command(after_help = INFO)]
    Info(InfoArguments),
    /// Check that this machine computes what the trainer computed
    #[command(after_help = SELF_TEST)]
    SelfTest(SelfTestArguments),
    /// Measure how fast this machine classifies
    #[command(after_help = BENCH)]
    Bench(BenchArguments),
    /// Print what a shell needs to complete arguments
    #[cfg(feature = "manual")]
    #[command(after_help = "Example:\n  edge-runtime completions bash > \
        ~/.local/share/bash-completion/completions/edge-runtime")]
    Completions(CompletionsArguments),
    /// Print the manual page, for `man -l`
    #[cfg(feature = "manual")]
    #[command(after_help = "Example:\n  edge-runtime man > edge-runtime.1 && man -l edge-runtime.1")]
    Man,
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
    #[arg(allow_negative_numbers = true)]
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
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct SelfTestArguments {
    /// The model; without it, the student built into this program
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) model: Option<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The model; without it, the student built into this program
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) model: Option<PathBuf>,
    /// How to write what was measured
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    /// How long to measure, in seconds, all in all
    #[arg(long, value_name = "S", default_value = "3", value_parser = seconds)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seconds: f64,
    /// Pictures to classify, at most 100, or folders of them
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[cfg(feature = "manual")]
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AnswerFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(probability) if (0.0..=1.0).contains(&probability) => Ok(probability),
        _ => Err("expected a probability from 0 to 1".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0 to 3600".to_owned()),
    }
}

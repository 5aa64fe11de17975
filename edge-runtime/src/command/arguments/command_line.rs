//! The arguments of every command, as clap parses them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use edge_runtime::DEFAULT_MAX_PIXELS;

use super::counts::{bytes, class_count, pixels, threads};
use super::help::{BENCH, EXAMPLES, INFO, PICTURES, SELF_TEST};
use crate::command::output::{AnswerFormat, ReportFormat};

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
    #[arg(long, value_name = "K", default_value = "1", value_parser = class_count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) top: NonZeroUsize,
    /// How to write the answers
    #[arg(long, value_enum, default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    /// Pictures in work at the same time [default: one a core]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
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
    #[arg(value_parser = pixels, allow_negative_numbers = true)]
    pub(crate) max_pixels: u64,
    /// Memory for all pictures in work together, such as 500M or 2G
    /// [default: half of what is free]
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_negative_numbers = true)]
    pub(crate) max_memory: Option<u64>,
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

fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(probability) if (0.0..=1.0).contains(&probability) => Ok(probability),
        _ => Err("expected a probability from 0 to 1, such as 0.9".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0 to 3600, such as 10".to_owned()),
    }
}

//! The command line of `trainer`: words in, one command with its arguments out, so that `trainer --help` shows all that
//! the program does.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::arguments::training_command::TrainingCommand;
use crate::arguments::values::{gigabytes, threads};
use crate::command::bench::bench::BenchArguments;
use crate::command::correct_bias::CorrectBiasArguments;
use crate::command::evaluate::EvaluateArguments;
use crate::command::fetch::FetchArguments;
use crate::command::inspect::InspectArguments;
use crate::command::network::network::NetworkCommandArguments;
use crate::command::resume::ResumeArguments;
use crate::command::soften::SoftenArguments;
use crate::data::cache::cache_folder::CacheOptions;
use crate::report::arguments::ReportArguments;
use crate::reproduce::reproduce::ReproduceArguments;
use crate::sweep::arguments::SweepArguments;

/// Train a teacher, distil what it knows into a small student
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 80,
    after_help = "\
From nothing to a distilled student:
  trainer fetch mnist
  trainer teacher --data mnist --out runs/teacher
  trainer distill --data mnist --teacher runs/teacher --out runs/student
  trainer evaluate runs/student --data mnist

With pictures of your own, in a folder for each class:
  trainer inspect photos

Results go to standard output, progress and errors to standard error.
Exit status: 0 done, 1 failed, 2 wrong arguments."
)]
pub struct CommandLine {
    /// The command
    #[command(subcommand)]
    pub command: Command,
    /// Number of threads to compute with; changes no result [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
    /// Directory for decoded pictures [default: what IMAGO_CACHE names, else imago in the user's cache]
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Most gigabytes of decoded pictures, of all sets together; those used longest ago go first
    #[arg(long, global = true, value_name = "GB", default_value_t = 20.0, value_parser = gigabytes, allow_negative_numbers = true)]
    pub cache_limit: f64,
}

impl CommandLine {
    /// Returns where decoded pictures are kept, and how many bytes of them.
    #[must_use]
    pub fn cache_options(&self) -> CacheOptions {
        CacheOptions { folder: self.cache_dir.clone(), limit: (self.cache_limit * 1e9) as u64 }
    }
}

/// A command of `trainer`, with its arguments.
// There is one of them in a process: its size costs nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Download a data set; files that are there and whole are left alone
    Fetch(FetchArguments),
    /// Say what a data set holds, what is wrong with it, and how to begin
    Inspect(InspectArguments),
    /// Train a network
    #[command(flatten)]
    Train(TrainingCommand),
    /// Match a student's mean probabilities to class frequencies, without labels
    CorrectBias(CorrectBiasArguments),
    /// Train the student at each point of a grid of temperatures, soft weights, networks and seeds
    Sweep(SweepArguments),
    /// Run a published experiment from end to end and print its figures beside ours
    Reproduce(ReproduceArguments),
    /// Resume a run that was stopped, from its last checkpoint, to the same bits
    Resume(ResumeArguments),
    /// Measure the accuracy of a network on labelled images
    Evaluate(EvaluateArguments),
    /// Show what a network knows about one training image
    Soften(SoftenArguments),
    /// Write one HTML page about runs: curves, dark knowledge, errors, calibration
    Report(ReportArguments),
    /// Show the layers of a network with shapes and costs, or list the presets
    Network(NetworkCommandArguments),
    /// Measure how fast this machine trains: the shipped networks, or one of --network
    Bench(BenchArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::student_arguments::student_config;
    use crate::arguments::training_arguments::DescribedSet;

    #[test]
    fn the_arguments_fit_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_student_is_the_published_one_unless_another_is_asked_for() {
        let words = ["trainer", "student", "--data", "mnist", "--out", "run"];
        let Command::Train(TrainingCommand::Student(arguments)) = CommandLine::parse_from(words).command
        else {
            panic!("student")
        };
        let config = student_config(&arguments, &DescribedSet::of_digits()).unwrap();
        assert_eq!(config.network.name, "student-128-128");
    }
}

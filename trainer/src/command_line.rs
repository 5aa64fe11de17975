//! The arguments of `trainer`.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use models::probability::Temperature;

use crate::bias_correction::BiasPrior;
use crate::device::DeviceChoice;
use crate::learning_rate::Schedule;
use crate::run_directory::LARGEST_EPOCHS;
use crate::views::Views;

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

Results go to standard output, progress and errors to standard error.
Exit status: 0 done, 1 failed, 2 wrong arguments."
)]
pub struct CommandLine {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Threads to compute with; changes no result [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// The stages.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring a data set; files that are there and whole are left alone
    Fetch(FetchArguments),
    /// Train a teacher on hard labels
    Teacher(TeacherArguments),
    /// Train the student on hard labels alone: the baseline
    Student(StudentArguments),
    /// Train the student on a teacher's softened probabilities
    Distill(DistillArguments),
    /// Match a student's mean probabilities to class frequencies, without labels
    CorrectBias(CorrectBiasArguments),
    /// Train the student at each point of a grid of temperatures, soft weights, widths and seeds
    Sweep(crate::sweep::SweepArguments),
    /// Run a published experiment from end to end and print its figures beside ours
    Reproduce(crate::reproduce::ReproduceArguments),
    /// Go on with a run that was stopped, from its last checkpoint, to the same bits
    Resume(ResumeArguments),
    /// Accuracy on labelled images
    Evaluate(EvaluateArguments),
    /// Show what a network knows about one training image
    Soften(SoftenArguments),
    /// One HTML page about runs: curves, dark knowledge, errors, calibration
    Report(crate::report::ReportArguments),
    /// How fast this machine trains the shipped networks
    Bench(BenchArguments),
}

/// `fetch`.
#[derive(Debug, Args)]
pub struct FetchArguments {
    /// The set
    #[arg(value_enum)]
    pub set: SetName,
    /// The directory that sets are kept in, each in one of its own [default: $IMAGO_DATA, else data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// An address to try instead of the public ones; FILE.gz is appended
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

/// Sets that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SetName {
    /// 60,000 and 10,000 handwritten digits of 28×28
    Mnist,
    /// 60,000 and 10,000 pictures of garments, shoes and bags of 28×28
    FashionMnist,
}

/// What every training takes.
#[derive(Debug, Clone, Args)]
pub struct TrainingArguments {
    /// `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// A new directory for the run: config.toml, metrics.jsonl, checkpoint/, model.safetensors
    #[arg(long, value_name = "RUN")]
    pub out: PathBuf,
    /// Passes over the training images
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = epochs)]
    pub epochs: usize,
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_one)]
    pub batch_size: usize,
    /// The peak of the schedule
    #[arg(long, value_name = "X", default_value_t = 0.002, value_parser = positive, allow_negative_numbers = true)]
    pub learning_rate: f64,
    /// How the learning rate goes over the training
    #[arg(long, value_enum, default_value_t = Schedule::Cosine)]
    pub schedule: Schedule,
    /// The share of all steps in which the rate rises to its peak (one-cycle has its own)
    #[arg(long, value_name = "SHARE", default_value_t = 0.03, value_parser = share, allow_negative_numbers = true)]
    pub warm_up: f64,
    /// What makes steps of gradients
    #[arg(long, alias = "optimizer", value_enum, default_value_t = OptimiserName::Adamw)]
    pub optimiser: OptimiserName,
    /// Of sgd
    #[arg(long, value_name = "X", default_value_t = 0.9, value_parser = under_one, allow_negative_numbers = true)]
    pub momentum: f32,
    /// Decay of the weights, not of biases and normalisations
    #[arg(long, value_name = "X", default_value_t = 0.01, value_parser = not_negative, allow_negative_numbers = true)]
    pub weight_decay: f32,
    /// Scale gradients of a larger global norm down to this one
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true)]
    pub clip_norm: Option<f64>,
    /// How images are changed in each epoch
    #[arg(long, value_enum, default_value_t = Views::None)]
    pub views: Views,
    /// Scale of all that affine and elastic views change [default: 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub view_strength: Option<f32>,
    /// Show the same views again after N epochs [default: fresh ones in every epoch]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub view_pool: Option<usize>,
    /// Of the views alone [default: as --seed]
    #[arg(long, value_name = "N")]
    pub view_seed: Option<u64>,
    /// Judge and keep a moving average of the weights, of this decay a step (0.999)
    #[arg(long, value_name = "DECAY", value_parser = decay, allow_negative_numbers = true)]
    pub weight_average: Option<f64>,
    /// Of all random numbers: the same seed gives the same bits
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Where and how it runs
    #[command(flatten)]
    pub surroundings: SurroundingsArguments,
}

/// What changes no result.
#[derive(Debug, Clone, Args)]
pub struct SurroundingsArguments {
    /// What computes: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
    /// Seconds between checkpoints [default: as often as 1 % of the time allows, at least 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub checkpoint_interval: Option<Duration>,
    /// Keep views in this directory: with --view-pool each is drawn once; a byte a pixel
    #[arg(long, value_name = "DIR")]
    pub view_cache: Option<PathBuf>,
}

/// Optimisers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OptimiserName {
    /// Adam with decoupled weight decay
    Adamw,
    /// Stochastic gradient descent with momentum
    Sgd,
}

/// `teacher`.
#[derive(Debug, Args)]
pub struct TeacherArguments {
    /// What every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// Which network
    #[arg(long, value_enum, default_value_t = TeacherDesign::Seed)]
    pub design: TeacherDesign,
}

/// Teachers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TeacherDesign {
    /// Two convolutions, max-pooling, two dense layers; 1,199,882 parameters
    Seed,
    /// Six convolutions with batch normalisation, one dense layer; 306,922 parameters
    Deep,
    /// Two dense layers of 1,200 units with dropout; 2,395,210 parameters
    Dense,
}

/// `student`.
#[derive(Debug, Args)]
pub struct StudentArguments {
    /// What every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// The student's shape
    #[command(flatten)]
    pub shape: StudentShape,
    /// Which training images
    #[command(flatten)]
    pub filter: ClassFilter,
}

/// Which classes are trained on.
#[derive(Debug, Clone, Args)]
pub struct ClassFilter {
    /// Train on no image of these classes; validation keeps all
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',', conflicts_with = "only")]
    pub without: Vec<String>,
    /// Train on images of these classes alone; validation keeps all
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',')]
    pub only: Vec<String>,
}

/// How large a student is.
#[derive(Debug, Clone, Args)]
pub struct StudentShape {
    /// Units of each hidden layer
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "128,128",
          value_parser = at_least_one)]
    pub hidden: Vec<usize>,
    /// Batch normalisation after each hidden layer while it trains; exported files have it folded in
    #[arg(long)]
    pub batch_norm: bool,
}

/// Of images with labels.
pub(crate) const DEFAULT_SOFT_WEIGHT: f64 = 0.9;

/// `distill`.
#[derive(Debug, Clone, Args)]
pub struct DistillArguments {
    /// What every training takes
    #[command(flatten)]
    pub training: TrainingArguments,
    /// The student's shape
    #[command(flatten)]
    pub shape: StudentShape,
    /// Runs or safetensors files; the probabilities of several are averaged
    #[arg(long, value_name = "RUN|FILE", required = true, num_args = 1..)]
    pub teacher: Vec<PathBuf>,
    /// Of the soft targets and of the student's softmax beside them; the exported student answers at 1
    #[arg(long, value_name = "T", default_value = "4", allow_negative_numbers = true)]
    pub temperature: Temperature,
    /// How the student's logits are compared with the teacher's
    #[arg(long, value_enum, default_value_t = LossName::SoftenedKl)]
    pub loss: LossName,
    /// α and β of the loss dkd
    #[arg(long, value_name = "α,β", num_args = 2, value_delimiter = ',', default_values_t = [1.0, 8.0],
          value_parser = not_negative, allow_negative_numbers = true)]
    pub dkd: Vec<f32>,
    /// Keep teachers' logits in this directory: with --view-pool each view is shown to a teacher once
    #[arg(long, value_name = "DIR")]
    pub logit_cache: Option<PathBuf>,
    /// W in W·soft + (1 - W)·hard [default: 0.9; 1, and nothing else, for images without labels]
    #[arg(long, value_name = "W", value_parser = share, allow_negative_numbers = true)]
    pub soft_weight: Option<f64>,
    /// Train on these images instead of those of --data, whose validation images stay the judges and are never trained
    /// on: a set's name or a directory with train-images-idx3-ubyte, labels beside it or not, or a folder of png, jpg,
    /// jpeg and bmp files, without labels, folders inside included
    #[arg(long, value_name = "NAME|DIR")]
    pub transfer: Option<String>,
    /// Which of them
    #[command(flatten)]
    pub filter: ClassFilter,
    /// At the end, shift the biases of the classes that --without or --only leave out (of all where neither is given)
    /// until their mean probability over the training images of --data, labels unseen, is the teachers', or uniform
    #[arg(long, value_enum, value_name = "PRIOR", num_args = 0..=1, require_equals = true,
          default_missing_value = "teacher")]
    pub correct_bias: Option<BiasPrior>,
}

/// `correct-bias`.
#[derive(Debug, Args)]
#[command(after_help = "\
A student that never saw a class in training answers with it too rarely. Biases
of the last layer are shifted until each class has the mean probability over
the training images of --data that the prior says (to 1e-9, by Newton's
method). No label and no test image is looked at.

  trainer distill --data mnist --teacher runs/teacher --without 3 --out runs/no3
  trainer correct-bias runs/no3 --data mnist --out no3-corrected.safetensors")]
pub struct CorrectBiasArguments {
    /// A finished run or a safetensors file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// A new safetensors file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How often each class is expected
    #[arg(long, value_enum, default_value_t = BiasPrior::Teacher)]
    pub prior: BiasPrior,
    /// Runs or safetensors files of the prior `teacher` [default: the run's own]
    #[arg(long, value_name = "RUN|FILE", num_args = 1..)]
    pub teacher: Vec<PathBuf>,
    /// Shift these classes alone [default: those that the run's training left out, else all]
    #[arg(long, value_name = "CLASS,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// What computes: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

/// Losses of distillation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Cross entropy of softened probabilities, times T²
    SoftenedKl,
    /// Half the squared difference of logits
    LogitMse,
    /// Decoupled: the right class against the rest, and the rest among themselves
    Dkd,
    /// As softened-kl, of standardised logits
    StandardisedKl,
}

/// `resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The run's directory
    pub run: PathBuf,
    /// Keep teachers' logits in this directory
    #[arg(long, value_name = "DIR")]
    pub logit_cache: Option<PathBuf>,
    /// Where and how it runs
    #[command(flatten)]
    pub surroundings: SurroundingsArguments,
}

/// `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// A finished run, a safetensors file or an ONNX file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// Which images
    #[arg(long, value_enum, default_value_t = Split::Test)]
    pub split: Split,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What computes: auto, cpu, cuda or cuda:N; ONNX files run on the CPU
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

/// Parts of a set that nothing is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Split {
    /// The test files
    Test,
    /// The last twelfth of the training files, which training keeps aside
    Validation,
}

/// Of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One object on one line
    Json,
}

/// `soften`.
#[derive(Debug, Args)]
pub struct SoftenArguments {
    /// A finished run or a safetensors file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// Which training image, counted from 0
    #[arg(long, value_name = "I")]
    pub index: usize,
    /// The softening temperature, beside T = 1
    #[arg(long, value_name = "T", default_value = "4", allow_negative_numbers = true)]
    pub temperature: Temperature,
}

/// `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_one)]
    pub batch_size: usize,
    /// Steps of the teacher that are timed; of the student thirty times as many
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = at_least_one)]
    pub steps: usize,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What computes: auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

/// The one line that says what is wrong with a value. Where clap has more to tell, of a missing or unknown argument, its
/// whole text is better; then there is none.
#[must_use]
pub fn line_about_a_value(error: &clap::Error) -> Option<String> {
    let about_a_value = matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let text = error.to_string();
    about_a_value.then(|| text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number >= 1)
        .ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

fn epochs(text: &str) -> Result<usize, String> {
    let in_range = |number: &usize| (1..=LARGEST_EPOCHS).contains(number);
    text.parse()
        .ok()
        .filter(in_range)
        .ok_or_else(|| format!("expected a whole number from 1 to {LARGEST_EPOCHS}"))
}

fn number_where(text: &str, holds: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && holds(*number))
        .ok_or_else(|| format!("expected {expected}"))
}

fn positive(text: &str) -> Result<f64, String> {
    number_where(text, |number| number > 0.0, "a finite number over 0")
}

fn not_negative(text: &str) -> Result<f32, String> {
    number_where(text, |number| number >= 0.0, "a finite number of at least 0").map(|number| number as f32)
}

fn under_one(text: &str) -> Result<f32, String> {
    number_where(text, |number| (0.0..1.0).contains(&number), "a number from 0 to under 1")
        .map(|number| number as f32)
}

fn decay(text: &str) -> Result<f64, String> {
    number_where(text, |number| (0.0..1.0).contains(&number), "a number from 0 to under 1")
}

fn seconds(text: &str) -> Result<Duration, String> {
    number_where(text, |number| (0.0..1e9).contains(&number), "seconds, at least 0")
        .map(Duration::from_secs_f64)
}

pub(crate) fn share(text: &str) -> Result<f64, String> {
    number_where(text, |number| (0.0..=1.0).contains(&number), "a number from 0 to 1")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_student_is_the_published_one_unless_another_is_asked_for() {
        let words = ["trainer", "student", "--data", "mnist", "--out", "run"];
        let Command::Student(arguments) = CommandLine::parse_from(words).command else { panic!("student") };
        assert_eq!(arguments.shape.hidden, models::network::STUDENT_HIDDEN_UNITS);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(at_least_one("0").is_err() && at_least_one("-1").is_err() && at_least_one("7") == Ok(7));
        assert!(positive("0").is_err() && positive("nan").is_err() && positive("inf").is_err());
        assert!(share("1.01").is_err() && share("-0.1").is_err() && share("1") == Ok(1.0));
        assert!(not_negative("-0.1").is_err() && not_negative("0") == Ok(0.0));
    }
}

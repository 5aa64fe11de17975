//! The arguments of `trainer sweep`: words of the command line in, a grid out. They are those of `distill`, and a list
//! for each quantity that the grid varies. A quantity without a list has the one value that `distill` would use.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};
use models::probability::Temperature;

use models::network::Preset;

use crate::arguments::distill_arguments::{DEFAULT_SOFT_WEIGHT, DistillArguments};
use crate::arguments::format::Format;
use crate::arguments::network_choice::{NetworkChoice, network_choice};
use crate::arguments::values::{at_least_one, positive, seed, share};
use crate::cost::stored_bytes::StoredPrecision;
use crate::sweep::budget::Budget;
use crate::sweep::grid::{Grid, Shard};

const USAGE: &str = "\
trainer sweep --data <NAME|DIR> --teacher <RUN|FILE>... --out <DIR> [OPTIONS]
       trainer sweep --table --out <DIR> [--report <FILE.html>]";

const HELP: &str = "\
Each point of the grid is a run in a directory of its own under --out, as
`trainer distill` or, for a baseline, `trainer student` would make it. Points
that have finished are skipped, those that were stopped are resumed to the same
bits, and a point that another process is training is left to it: the same
command, given again, goes on.

  trainer sweep --data mnist --teacher runs/teacher --out runs/sweep \\
      --temperatures 2,4,8,20 --soft-weights 0.5,0.9,1 \\
      --networks mlp:32x32,mlp:128x128 --seeds 1,2,3 --baseline
  trainer sweep --table --out runs/sweep --report sweep.html

Within a budget, only what fits is trained:
      --networks resnet8,mobilenet:0.25,vgg:8x16x32 \\
      --max-bytes 300000 --max-us 2000 --precision int8
Bytes are those of the weights in the file that `exporter --precision` writes:
`trainer network` prints them; graph and contract add some kilobytes. For
microseconds the programs exporter and edge-runtime, which lie beside trainer
or on PATH, export each network with random weights and time it on one thread
for one image, once for each sweep. The table marks the front with a star: what
no other network beats in accuracy for its bytes, or for its microseconds.

With --augment, --logit-cache spares the teachers from being shown the augmented
images of a seed again at each of its points; without, their answers are kept in --out.

Shards are counted from 1 and share a file system, nothing else. In an array of
eight jobs each takes one:
  Slurm, sbatch --array=1-8:
      --shard $SLURM_ARRAY_TASK_ID/8
  Kubernetes, an Indexed Job of 8 completions, counted from 0:
      --shard $((JOB_COMPLETION_INDEX + 1))/8
A file system without locks cannot tell that a point is being trained: there,
start each shard once.";

/// The arguments of `trainer sweep`.
#[derive(Debug)]
pub struct SweepArguments {
    /// The directory of the sweep, with the directory of one run per point.
    pub out: PathBuf,
    /// The part of the sweep that trains; none where the table alone was asked for.
    pub training: Option<Training>,
    /// The file of a report about all points, written after the table; no report is written where there is none.
    pub report: Option<PathBuf>,
    /// The format in which the table is printed.
    pub format: Format,
    /// The precision of the exported file whose bytes the table has; that of the last budget where there is none.
    pub precision: Option<StoredPrecision>,
}

/// The part of a sweep that trains.
#[derive(Debug)]
pub struct Training {
    /// The arguments that all points have in common.
    pub distill: DistillArguments,
    /// The grid: the quantities in which the points differ, with their values.
    pub grid: Grid,
    /// The part of the grid that this process trains.
    pub shard: Shard,
    /// The most that a network of the grid may cost; what costs more is not trained.
    pub budget: Budget,
}

/// The arguments that `sweep` has and `distill` does not have.
#[derive(Debug, Args)]
struct GridArguments {
    /// Temperatures of the grid [default: that of --temperature]
    #[arg(
        long,
        value_name = "T,...",
        value_delimiter = ',',
        allow_negative_numbers = true,
        conflicts_with = "temperature"
    )]
    temperatures: Vec<Temperature>,
    /// Soft weights of the grid [default: that of --soft-weight]
    #[arg(long, value_name = "W,...", value_delimiter = ',', value_parser = share, allow_negative_numbers = true,
          conflicts_with = "soft_weight")]
    soft_weights: Vec<f64>,
    /// Networks of the grid's students, presets or TOML files: mlp:32x32,my.toml [default: that of --network]
    #[arg(long, value_name = "PRESET|FILE,...", value_delimiter = ',', value_parser = network_choice,
          conflicts_with_all = ["network", "hidden"])]
    networks: Vec<NetworkChoice>,
    /// Multi-layer perceptrons of --networks in earlier versions, one each time
    #[arg(long, hide = true, value_name = "N,...", value_parser = widths,
          conflicts_with_all = ["networks", "network", "hidden"])]
    widths: Vec<NetworkChoice>,
    /// Seeds of the grid: each point is trained with each seed [default: that of --seed]
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = seed, allow_negative_numbers = true,
          conflicts_with = "seed")]
    seeds: Vec<u64>,
    /// Train only networks whose weights have at most so many bytes in the exported file
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    max_bytes: Option<usize>,
    /// Train only networks that answer within so many microseconds here, measured on one thread for one image
    #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    max_us: Option<f64>,
    /// Precision of the exported file that bytes and microseconds are of [default: f32, as exporter's]
    #[arg(long, value_enum)]
    precision: Option<StoredPrecision>,
    /// Train the I-th of N equal parts of the grid alone, I from 1 to N
    #[arg(long, value_name = "I/N", default_value = "1/1", allow_negative_numbers = true)]
    shard: Shard,
    /// Train nothing, print the table of the points that are in --out
    #[arg(long)]
    table: bool,
    /// Write the page of `trainer report` about all points, too
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// How the table is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn widths(text: &str) -> Result<NetworkChoice, String> {
    let hidden = text.split(',').map(at_least_one).collect::<Result<_, _>>();
    hidden.map(|hidden| NetworkChoice::Preset(Preset::Mlp(hidden)))
}

impl Args for SweepArguments {
    fn augment_args(command: Command) -> Command {
        let unless_table = |argument: Arg| argument.required(false).required_unless_present("table");
        GridArguments::augment_args(DistillArguments::augment_args(command))
            .mut_arg("data", unless_table)
            .mut_arg("teacher", unless_table)
            .mut_arg("baseline", |argument| {
                argument.help("Also train each network and seed on hard labels alone")
            })
            .mut_arg("out", |argument| {
                argument.value_name("DIR").help("The directory of the sweep: one run's directory a point")
            })
            .override_usage(USAGE)
            .after_help(HELP)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SweepArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        let arguments = GridArguments::from_arg_matches_mut(matches)?;
        let (report, format, precision) = (arguments.report.clone(), arguments.format, arguments.precision);
        if arguments.table {
            let out =
                matches.remove_one("out").ok_or_else(|| Error::new(ErrorKind::MissingRequiredArgument))?;
            return Ok(Self { out, training: None, report, format, precision });
        }
        let distill = DistillArguments::from_arg_matches_mut(matches)?;
        let (out, shard) = (distill.training.out.clone(), arguments.shard);
        let GridArguments { max_bytes, max_us: max_microseconds, .. } = arguments;
        let budget = Budget { max_bytes, max_microseconds, precision };
        let grid = grid(arguments, &distill)
            .map_err(|problem| Error::raw(ErrorKind::ValueValidation, problem + "\n"))?;
        let training = Some(Training { distill, grid, shard, budget });
        Ok(Self { out, training, report, format, precision })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn grid(arguments: GridArguments, distill: &DistillArguments) -> Result<Grid, String> {
    Ok(Grid {
        temperatures: listed("--temperatures", arguments.temperatures, distill.temperature)?,
        soft_weights: listed(
            "--soft-weights",
            arguments.soft_weights,
            distill.soft_weight.unwrap_or(DEFAULT_SOFT_WEIGHT),
        )?,
        networks: networks(arguments.networks, arguments.widths, distill)?,
        seeds: listed("--seeds", arguments.seeds, distill.training.seed)?,
        baseline: distill.baseline,
    })
}

/// Returns the networks of the grid; none where nobody says them, and the images choose.
fn networks(
    networks: Vec<NetworkChoice>,
    widths: Vec<NetworkChoice>,
    distill: &DistillArguments,
) -> Result<Vec<NetworkChoice>, String> {
    let (option, asked) = if widths.is_empty() { ("--networks", networks) } else { ("--widths", widths) };
    match (asked.is_empty(), distill.network.choice.asked()) {
        (true, None) => Ok(Vec::new()),
        (true, Some(network)) => Ok(vec![network]),
        (false, _) => {
            // Two files of one name would be one directory for two points.
            let name = NetworkChoice::directory_name;
            let same = |(position, choice): &(usize, &NetworkChoice)| {
                asked[..*position].iter().find(|before| name(before) == name(choice)).cloned()
            };
            match asked.iter().enumerate().find_map(|pair| Some((same(&pair)?, pair.1))) {
                Some((one, other)) if one == *other => {
                    Err(format!("{option}: expected each value once, found {one} twice"))
                }
                Some((one, other)) => Err(format!(
                    "{option}: expected networks of different names, found {one} and {other}, whose runs would be one"
                )),
                None => Ok(asked),
            }
        }
    }
}

/// Returns the values of a list, or `other` alone where the list is empty. A value that is listed twice is refused: it
/// would be one directory for two points.
fn listed<T: PartialEq + std::fmt::Display>(
    option: &str,
    values: Vec<T>,
    other: T,
) -> Result<Vec<T>, String> {
    let twice = values.iter().enumerate().find(|(position, value)| values[..*position].contains(value));
    match twice {
        Some((_, value)) => Err(format!("{option}: expected each value once, found {value} twice")),
        None if values.is_empty() => Ok(vec![other]),
        None => Ok(values),
    }
}

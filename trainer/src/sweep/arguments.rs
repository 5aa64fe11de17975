//! The arguments of `trainer sweep`: words of the command line in, a grid out. They are those of `distill`, and a list
//! for each quantity that the grid varies. A quantity without a list has the one value that `distill` would use.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};
use models::network::Preset;
use models::probability::Temperature;

use crate::arguments::distill_arguments::{DEFAULT_SOFT_WEIGHT, DistillArguments};
use crate::arguments::format::Format;
use crate::arguments::values::{at_least_one, seed, share};
use crate::arguments::words::preset;
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
    /// Networks of the grid's students: mlp:32x32,mlp:128x128 [default: that of --network]
    #[arg(long, value_name = "PRESET,...", value_delimiter = ',', value_parser = preset,
          conflicts_with_all = ["network", "hidden"])]
    networks: Vec<Preset>,
    /// Multi-layer perceptrons of --networks in earlier versions, one each time
    #[arg(long, hide = true, value_name = "N,...", value_parser = widths,
          conflicts_with_all = ["networks", "network", "hidden"])]
    widths: Vec<Preset>,
    /// Seeds of the grid: each point is trained with each seed [default: that of --seed]
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = seed, allow_negative_numbers = true,
          conflicts_with = "seed")]
    seeds: Vec<u64>,
    /// Also train each network and seed on hard labels alone
    #[arg(long)]
    baseline: bool,
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

fn widths(text: &str) -> Result<Preset, String> {
    text.split(',').map(at_least_one).collect::<Result<_, _>>().map(Preset::Mlp)
}

impl Args for SweepArguments {
    fn augment_args(command: Command) -> Command {
        let unless_table = |argument: Arg| argument.required(false).required_unless_present("table");
        GridArguments::augment_args(DistillArguments::augment_args(command))
            .mut_arg("data", unless_table)
            .mut_arg("teacher", unless_table)
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
        let (report, format) = (arguments.report.clone(), arguments.format);
        if arguments.table {
            let out =
                matches.remove_one("out").ok_or_else(|| Error::new(ErrorKind::MissingRequiredArgument))?;
            return Ok(Self { out, training: None, report, format });
        }
        let distill = DistillArguments::from_arg_matches_mut(matches)?;
        let (out, shard) = (distill.training.out.clone(), arguments.shard);
        let grid = grid(arguments, &distill)
            .map_err(|problem| Error::raw(ErrorKind::ValueValidation, problem + "\n"))?;
        Ok(Self { out, training: Some(Training { distill, grid, shard }), report, format })
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
        baseline: arguments.baseline,
    })
}

/// Returns the networks of the grid; none where nobody says them, and the images choose.
fn networks(
    networks: Vec<Preset>,
    widths: Vec<Preset>,
    distill: &DistillArguments,
) -> Result<Vec<Preset>, String> {
    let (option, asked) = if widths.is_empty() { ("--networks", networks) } else { ("--widths", widths) };
    match (asked.is_empty(), distill.network.choice.asked()) {
        (true, None) => Ok(Vec::new()),
        (true, Some(network)) => Ok(vec![network]),
        (false, _) => listed(option, asked, Preset::Kariya2018),
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

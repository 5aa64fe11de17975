//! `trainer reproduce`: a published experiment in, a table of its published figures beside ours out. Its runs are made
//! as the commands make them, kept, and gone on with; when all have finished, each network meets the test images once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser};
use models::storage::printable::PrintablePath;
use models::weights::Weights;

use crate::arguments::description_arguments::{DescriptionArguments, described};
use crate::arguments::distill_arguments::distill_config;
use crate::arguments::run_options_arguments::{RunOptionsArguments, run_options};
use crate::arguments::student_arguments::student_config;
use crate::arguments::teacher_arguments::teacher_config;
use crate::arguments::training_arguments::DescribedSet;
use crate::arguments::training_command::TrainingCommand;
use crate::arguments::values::at_least_one;
use crate::data::data_directory::DataDirectory;
use crate::data::data_set::DataSet;
use crate::data::folder_report::SkippingRules;
use crate::data::transfer_set::shifted_classes;
use crate::distillation::bias_correction::{BiasPrior, correct, frequencies};
use crate::evaluation::evaluation::Evaluation;
use crate::evaluation::input_check::{NamedSet, fit_images};
use crate::network::answers::probabilities_of_set;
use crate::process::console::say;
use crate::reproduce::experiments::{Cell, Experiment, ExperimentName, Of, Recipe, TeacherOf};
use crate::reproduce::table::{self, Results};
use crate::run::config::RunConfig;
use crate::run::directory::{load_weights, model_file};
use crate::run::options::RunOptions;
use crate::run::series::{SeriesEnding, SeriesStopped, TEACHER_LOGITS};
use crate::run::teachers::{check_teachers, load_teachers, teacher_notes};
use crate::run::{run_data, series};
use crate::teacher::teacher::{Teacher, TeacherError, TeacherFile};

/// The directory in which the runs of all experiments are kept.
const RUNS: &str = "runs/reproduce";

/// The arguments of `trainer reproduce`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each training is a run in a directory of its own under --out, with the commands
that --list prints. The same command, given again, goes on: runs that have
finished are kept, one that was stopped is resumed to the same bits. The test
images are read when all have finished, once for each network.

kariya-2018: epochs, batch sizes and the rates of the students, 0.001 and 0.03, are the
published ones, with AdamW; no images are changed.
hinton-2015: the paper names no rates, batch sizes or epochs; ours are usual ones. It
tuned the biases on the test set; here they are matched to the teacher's mean
probabilities over the training images, without labels (`trainer correct-bias`).
The right column is the student of 118,282 parameters, 784-128-128-10, taught by
--teacher with elastic augmentation.")]
pub struct ReproduceArguments {
    /// Published experiment to run
    #[arg(value_enum)]
    pub experiment: ExperimentName,
    /// Train fewer epochs and one seed: a first look, no figures to quote
    #[arg(long)]
    pub quick: bool,
    /// Train everything with seeds 1 to N [default: 5 for kariya-2018, 1 for hinton-2015 and with --quick]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub seeds: Option<usize>,
    /// Directory of the runs [default: runs/reproduce/kariya-2018 or hinton-2015, with -quick behind for --quick]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Data set: `mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR", default_value = "mnist")]
    pub data: String,
    /// Teacher of Imago's student, of hinton-2015; without it that column stays empty
    #[arg(long, value_name = "RUN|FILE", default_value = "models/zoo/teacher.safetensors")]
    pub teacher: PathBuf,
    /// Print the commands of the trainings and do nothing
    #[arg(long)]
    pub list: bool,
    /// The run options
    #[command(flatten)]
    pub options: RunOptionsArguments,
}

/// Trains the runs of an experiment that are left, then prints its table to `out`; with `--list`, prints the commands
/// of all runs and trains nothing.
///
/// # Errors
/// One line that names the file or the value.
pub fn run(arguments: &ReproduceArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let reproduction = Reproduction::of(arguments);
    if arguments.list {
        for (recipe, seed) in reproduction.jobs() {
            writeln!(out, "trainer {}", reproduction.words(recipe, seed).join(" "))?;
        }
        return Ok(());
    }
    // A missing set is found before hours of training, whatever the training files say.
    let data = DataDirectory::find(&arguments.data);
    let test = data.test()?;
    let description = described(&data, &DescriptionArguments::default(), None)?;
    let data_set = DescribedSet::of(&data, description)?;
    let logits = reproduction.directory.join(TEACHER_LOGITS);
    let options = run_options(&arguments.options, None, Some(&logits))?;
    reproduction.check(&data_set, &options)?;
    reproduction.train(&data_set, &options)?;
    let results = reproduction.results(&test, &data_set, &options)?;
    reproduction.print(&results, test.len(), out)
}

/// The command line of a recipe, as one would type it.
#[derive(Debug, Parser)]
struct RecipeWords {
    #[command(subcommand)]
    command: TrainingCommand,
}

/// An experiment as the arguments ask for it.
struct Reproduction<'a> {
    arguments: &'a ReproduceArguments,
    experiment: &'static Experiment,
    directory: PathBuf,
    seeds: u64,
    /// Whether the teacher of Imago's student is there.
    has_shipped: bool,
}

impl<'a> Reproduction<'a> {
    fn of(arguments: &'a ReproduceArguments) -> Self {
        let experiment = arguments.experiment.experiment();
        let name = format!("{}{}", experiment.name, if arguments.quick { "-quick" } else { "" });
        let seeds = arguments.seeds.map(|seeds| seeds as u64);
        Self {
            arguments,
            experiment,
            directory: arguments.out.clone().unwrap_or_else(|| Path::new(RUNS).join(name)),
            seeds: seeds.unwrap_or(if arguments.quick { 1 } else { experiment.seeds }),
            has_shipped: arguments.teacher.exists(),
        }
    }

    /// Returns all trainings, recipes with their seeds, seed by seed.
    fn jobs(&self) -> Vec<(&'static Recipe, u64)> {
        let of_seed = |seed| self.experiment.recipes.iter().map(move |recipe| (recipe, seed));
        let is_possible =
            |(recipe, _): &(&Recipe, u64)| self.has_shipped || recipe.teacher != TeacherOf::Shipped;
        (1..=self.seeds).flat_map(of_seed).filter(is_possible).collect()
    }

    fn path(&self, recipe: &str, seed: u64) -> PathBuf {
        self.directory.join(format!("{recipe}-seed{seed}"))
    }

    fn teacher(&self, recipe: &Recipe, seed: u64) -> Option<PathBuf> {
        match recipe.teacher {
            TeacherOf::Nobody => None,
            TeacherOf::Recipe(name) => Some(self.path(name, seed)),
            TeacherOf::Shipped => Some(self.arguments.teacher.clone()),
        }
    }

    /// Returns the words of a training that one would type after `trainer`.
    fn words(&self, recipe: &Recipe, seed: u64) -> Vec<String> {
        let epochs = if self.arguments.quick { recipe.quick_epochs } else { recipe.epochs };
        let mut words: Vec<String> = recipe.words.split_whitespace().map(str::to_owned).collect();
        let mut add = |option: &str, value: String| words.extend([option.to_owned(), value]);
        add("--epochs", epochs.to_string());
        add("--seed", seed.to_string());
        add("--data", self.arguments.data.clone());
        if let Some(teacher) = self.teacher(recipe, seed) {
            add("--teacher", teacher.display().to_string());
        }
        add("--out", self.path(recipe.name, seed).display().to_string());
        words
    }

    /// Returns the configuration that the command of the recipe would make.
    fn config(
        &self,
        recipe: &Recipe,
        seed: u64,
        teachers: &[Teacher],
        set: &DescribedSet,
    ) -> anyhow::Result<RunConfig> {
        let words = std::iter::once("trainer".to_owned()).chain(self.words(recipe, seed));
        Ok(match RecipeWords::try_parse_from(words)?.command {
            TrainingCommand::Teacher(arguments) => teacher_config(&arguments, set)?,
            TrainingCommand::Student(arguments) => student_config(&arguments, set)?,
            TrainingCommand::Distill(arguments) => distill_config(&arguments, teachers, set)?,
        })
    }

    /// Checks what can be checked of every training before the first one begins: hours later is too late.
    fn check(&self, set: &DescribedSet, options: &RunOptions) -> anyhow::Result<()> {
        let jobs = self.jobs();
        let is_shipped = |(recipe, _): &(&Recipe, u64)| recipe.teacher == TeacherOf::Shipped;
        let shipped =
            if jobs.iter().any(is_shipped) { vec![self.arguments.teacher.clone()] } else { Vec::new() };
        let shipped = load_teachers(&shipped, &options.device)?;
        for (recipe, seed) in jobs {
            let teachers = if recipe.teacher == TeacherOf::Shipped { shipped.as_slice() } else { &[] };
            let mut config = self.config(recipe, seed, teachers, set)?;
            if let (TeacherOf::Recipe(name), Some(distillation)) = (&recipe.teacher, &mut config.distillation)
            {
                // It is yet to be trained.
                let (path, sha256) = (self.path(name, seed), String::new());
                distillation.teachers = vec![TeacherFile { path, sha256 }];
            }
            config.validate().map_err(anyhow::Error::msg)?;
            if let Some(transfer) = &config.transfer {
                transfer.missing_classes(&set.description.classes)?;
            }
            check_teachers(&config, teachers)?;
        }
        Ok(())
    }

    fn train(&self, set: &DescribedSet, options: &RunOptions) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("{}: cannot be created", self.directory.printable()))?;
        let jobs = self.jobs();
        for (position, (recipe, seed)) in jobs.iter().enumerate() {
            let (position, of) = (position + 1, jobs.len());
            let stopped = || SeriesStopped { directory: self.directory.clone(), unit: "run", position, of };
            if options.interrupt.is_requested() {
                bail!(stopped());
            }
            let path = self.path(recipe.name, *seed);
            let teachers: Vec<PathBuf> = self.teacher(recipe, *seed).into_iter().collect();
            let teachers = load_teachers(&teachers, &options.device)?;
            let mut config = self.config(recipe, *seed, &teachers, set)?;
            config.validate().map_err(anyhow::Error::msg)?;
            check_teachers(&config, &teachers)?;
            let data = run_data::load(&mut config, SkippingRules::REFUSE)?;
            say(format_args!("run {position} of {of}: {}", path.printable()));
            if !model_file(&path).is_file() {
                teacher_notes(&config, &teachers).into_iter().for_each(|note| say(format_args!("{note}")));
            }
            match series::train(&path, &config, &data, &teachers, options)? {
                SeriesEnding::Trained | SeriesEnding::FinishedBefore => {}
                SeriesEnding::InUse => bail!("{}: another process is training in it", path.printable()),
                SeriesEnding::Diverged(error) => bail!("{}: {error}", path.printable()),
                SeriesEnding::Stopped => bail!(stopped()),
            }
        }
        Ok(())
    }

    /// Evaluates each network on the test images, once.
    fn results(&self, test: &DataSet, set: &DescribedSet, options: &RunOptions) -> anyhow::Result<Results> {
        let mut results = Results::on(test);
        let directory = DataDirectory::find(&self.arguments.data).described_as(set.description.clone());
        let named = NamedSet { name: &self.arguments.data, directory: &directory };
        let evaluate = |path: &Path, weights: &Weights| -> anyhow::Result<Evaluation> {
            let (test, _) = fit_images(path, &weights.contract, named, test.clone())?;
            let probabilities = probabilities_of_set(weights, &test, &options.device)?;
            Ok(Evaluation::of_probabilities(&probabilities, test.labels()))
        };
        let cells = || self.experiment.rows.iter().flat_map(|row| row.cells).flatten().copied();
        if self.has_shipped && cells().any(|cell| cell.of == Of::Shipped) {
            let shipped = &self.arguments.teacher;
            results.add(Of::Shipped, evaluate(shipped, &load_weights(shipped)?)?);
        }
        let is_corrected = |cell: Cell| matches!(cell.of, Of::Corrected(_));
        let mut corrections = match cells().any(is_corrected) {
            true => Some(Corrections::over(&self.arguments.data, set)?),
            false => None,
        };
        for (recipe, seed) in self.jobs() {
            let path = self.path(recipe.name, seed);
            let weights = load_weights(&path)?;
            results.add(Of::Trained(recipe.name), evaluate(&path, &weights)?);
            if let Some(corrections) = &mut corrections
                && cells().any(|cell| cell.of == Of::Corrected(recipe.name))
            {
                let corrected = self.corrected(recipe, seed, &weights, corrections, options)?;
                results.add(Of::Corrected(recipe.name), evaluate(&path, &corrected)?);
            }
        }
        Ok(results)
    }

    /// Returns the student with its biases corrected over the training images, and keeps it beside its run.
    fn corrected(
        &self,
        recipe: &Recipe,
        seed: u64,
        weights: &Weights,
        corrections: &mut Corrections,
        options: &RunOptions,
    ) -> anyhow::Result<Weights> {
        let teachers: Vec<PathBuf> = self.teacher(recipe, seed).into_iter().collect();
        let teachers = load_teachers(&teachers, &options.device)?;
        let config = self.config(recipe, seed, &teachers, &corrections.data_set)?;
        let shifted = shifted_classes(config.transfer.as_ref(), &weights.contract.labels)?;
        let (images, frequencies) = corrections.expected_by(&teachers)?;
        let (corrected, _) = correct(weights, images, frequencies, &shifted, &options.device)?;
        corrected.save(&self.directory.join(format!("{}-seed{seed}-corrected.safetensors", recipe.name)))?;
        Ok(corrected)
    }

    fn print(&self, results: &Results, images: usize, out: &mut dyn Write) -> anyhow::Result<()> {
        let (title, seeds) = (self.experiment.title, self.seeds);
        writeln!(out, "{title}")?;
        let seeds =
            if seeds == 1 { "seed 1".to_owned() } else { format!("mean ± deviation of {seeds} seeds") };
        writeln!(out, "{images} test images of {}, {seeds}\n", self.arguments.data)?;
        table::print(self.experiment, results, !self.arguments.quick, out)?;
        if self.arguments.quick {
            writeln!(
                out,
                "\nA look only: --quick trains a part of the epochs. These are no figures to quote."
            )?;
        }
        if !self.has_shipped && self.experiment.recipes.iter().any(|it| it.teacher == TeacherOf::Shipped) {
            writeln!(
                out,
                "\n{} is not there: no column for Imago's student.",
                self.arguments.teacher.printable()
            )?;
        }
        Ok(())
    }
}

/// What bias corrections share: the training images, read once, and the class frequencies that teachers expect over
/// them, computed once for each set of teachers.
struct Corrections {
    data_set: DescribedSet,
    images: DataSet,
    frequencies: HashMap<String, Vec<f64>>,
}

impl Corrections {
    fn over(data: &str, data_set: &DescribedSet) -> anyhow::Result<Self> {
        let directory = DataDirectory::find(data).described_as(data_set.description.clone());
        let images = directory.training_data()?.training;
        Ok(Self { data_set: data_set.clone(), images, frequencies: HashMap::new() })
    }

    fn expected_by(&mut self, teachers: &[Teacher]) -> Result<(&DataSet, &[f64]), TeacherError> {
        let key: String = teachers.iter().map(|teacher| teacher.file.sha256.as_str()).collect();
        let expected = match self.frequencies.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(frequencies(
                BiasPrior::Teacher,
                teachers,
                &self.images,
                &self.data_set.description.classes,
            )?),
        };
        Ok((&self.images, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        reproduce: ReproduceArguments,
    }

    /// Every recipe is a command that `trainer` takes, and every figure is one of a recipe.
    #[test]
    fn recipes_are_commands_and_cells_are_of_recipes() {
        for (name, quick) in [("kariya-2018", "--quick"), ("hinton-2015", "--quick")] {
            let Arguments { reproduce } = Arguments::parse_from(["reproduce", name, quick]);
            let reproduction = Reproduction { has_shipped: true, ..Reproduction::of(&reproduce) };
            for (recipe, seed) in reproduction.jobs() {
                let config = reproduction.config(recipe, seed, &[], &DescribedSet::of_digits()).unwrap();
                assert_eq!(config.epochs, recipe.quick_epochs);
                assert_eq!(config.distillation.is_some(), recipe.teacher != TeacherOf::Nobody);
            }
            let Experiment { recipes, rows, columns, .. } = reproduction.experiment;
            for row in *rows {
                assert_eq!(row.cells.len(), columns.len());
                for cell in row.cells.iter().flatten() {
                    let (Of::Trained(name) | Of::Corrected(name)) = cell.of else { continue };
                    assert!(recipes.iter().any(|recipe| recipe.name == name), "{name}");
                }
            }
        }
    }
}

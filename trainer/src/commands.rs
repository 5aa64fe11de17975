//! Each command from its arguments to its result on standard output.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use models::Network;

use crate::benchmark;
use crate::bias_correction::{BiasPrior, ClassShift, correct, frequencies};
use crate::command_line::{
    BenchArguments, ClassFilter, Command, CorrectBiasArguments, DEFAULT_SOFT_WEIGHT, DistillArguments,
    EvaluateArguments, FetchArguments, Format, LossName, OptimiserName, ResumeArguments, SetName,
    SoftenArguments, Split, StudentArguments, StudentShape, SurroundingsArguments, TeacherArguments,
    TeacherDesign, TrainingArguments,
};
use crate::dark_knowledge::DarkKnowledge;
use crate::data_set::{CLASSES, DataDirectory, DataSet, TrainingData, data_home};
use crate::device::DeviceChoice;
use crate::distillation_loss::DistillationLoss;
use crate::evaluation::{Evaluation, logits, probabilities_of_set};
use crate::fetch::{self, FASHION_MNIST, Fetched, MNIST};
use crate::interrupt::Interrupt;
use crate::optimiser::{OptimiserConfig, OptimiserKind};
use crate::run_directory::{DistillationConfig, EpochMetrics, RunConfig, RunDirectory, load_weights};
use crate::teacher::{Teacher, TeacherError};
use crate::training::{self, Ending, Surroundings, shifted_classes};
use crate::transfer::{self, TransferConfig};

/// Does what was asked; `out` gets the result.
///
/// # Errors
/// One line that names the file or the value.
pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Fetch(arguments) => fetch_set(&arguments, out),
        Command::Teacher(arguments) => {
            let config = teacher_config(&arguments);
            let surroundings = surroundings(&arguments.training.surroundings, None)?;
            train(&arguments.training.out, config, &[], &surroundings, out)
        }
        Command::Student(arguments) => {
            let config = student_config(&arguments);
            let surroundings = surroundings(&arguments.training.surroundings, None)?;
            train(&arguments.training.out, config, &[], &surroundings, out)
        }
        Command::Distill(arguments) => distill(&arguments, out),
        Command::CorrectBias(arguments) => correct_bias(&arguments, out),
        Command::Reproduce(arguments) => crate::reproduce::run(&arguments, out),
        Command::Sweep(arguments) => crate::sweep::run(&arguments, out),
        Command::Resume(arguments) => resume(&arguments, out),
        Command::Evaluate(arguments) => evaluate(&arguments, out),
        Command::Soften(arguments) => soften(&arguments, out),
        Command::Bench(arguments) => bench(&arguments, out),
        Command::Report(arguments) => crate::report::write(&arguments, out),
    }
}

fn fetch_set(arguments: &FetchArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let set = match arguments.set {
        SetName::Mnist => &MNIST,
        SetName::FashionMnist => &FASHION_MNIST,
    };
    let home = data_home(arguments.data_dir.as_deref());
    match fetch::fetch(set, &home, arguments.mirror.as_deref())? {
        Fetched::AlreadyThere(directory) => {
            writeln!(out, "{}: {} is already there and whole", directory.display(), set.name)?;
        }
        Fetched::From { directory, source } => {
            writeln!(out, "{}: {} from {source}, checksums right", directory.display(), set.name)?;
        }
    }
    Ok(())
}

pub(crate) fn config(command: &str, arguments: &TrainingArguments, network: Network) -> RunConfig {
    RunConfig {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        data: arguments.data.clone(),
        data_sha256: String::new(),
        seed: arguments.seed,
        epochs: arguments.epochs,
        batch_size: arguments.batch_size,
        learning_rate: arguments.learning_rate,
        schedule: arguments.schedule,
        warm_up: arguments.warm_up,
        views: arguments.views,
        view_seed: arguments.view_seed,
        view_strength: arguments.view_strength,
        view_pool: arguments.view_pool,
        weight_average: arguments.weight_average,
        correct_bias: None,
        optimiser: OptimiserConfig {
            algorithm: match arguments.optimiser {
                OptimiserName::Adamw => OptimiserKind::Adamw,
                OptimiserName::Sgd => OptimiserKind::Sgd { momentum: arguments.momentum },
            },
            weight_decay: arguments.weight_decay,
            clip_norm: arguments.clip_norm,
        },
        transfer: None,
        distillation: None,
        network,
    }
}

pub(crate) fn teacher_config(arguments: &TeacherArguments) -> RunConfig {
    let network = match arguments.design {
        TeacherDesign::Seed => Network::teacher(),
        TeacherDesign::Deep => Network::deep_teacher(),
        TeacherDesign::Dense => Network::dense_teacher(),
    };
    config("teacher", &arguments.training, network)
}

pub(crate) fn student_config(arguments: &StudentArguments) -> RunConfig {
    let ClassFilter { without, only } = &arguments.filter;
    let config = config("student", &arguments.training, student(&arguments.shape));
    RunConfig { transfer: TransferConfig::of(None, without, only), ..config }
}

pub(crate) fn student(shape: &StudentShape) -> Network {
    let network = Network::student(&shape.hidden);
    if shape.batch_norm { network.normalised() } else { network }
}

fn distill(arguments: &DistillArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let surroundings = surroundings(&arguments.training.surroundings, arguments.logit_cache.as_deref())?;
    let teachers = load_teachers(&arguments.teacher, &surroundings.device)?;
    let mut config = distill_config(arguments, &teachers);
    let data = prepare(&mut config, &teachers)?;
    imply_soft_weight(&mut config, arguments);
    start(&arguments.training.out, &config, &data, &teachers, &surroundings, out)
}

/// Images without labels leave no other: it need not be asked for.
fn imply_soft_weight(config: &mut RunConfig, arguments: &DistillArguments) {
    let is_labelled = config.transfer.as_ref().is_none_or(|transfer| transfer.labelled);
    if let (false, None, Some(distillation)) = (is_labelled, arguments.soft_weight, &mut config.distillation)
    {
        distillation.soft_weight = 1.0;
    }
}

pub(crate) fn load_teachers(
    paths: &[PathBuf],
    device: &candle_core::Device,
) -> Result<Vec<Teacher>, TeacherError> {
    paths.iter().map(|path| Teacher::load(path, device)).collect()
}

pub(crate) fn distill_config(arguments: &DistillArguments, teachers: &[Teacher]) -> RunConfig {
    let distillation = DistillationConfig {
        loss: match (arguments.loss, arguments.dkd.as_slice()) {
            (LossName::LogitMse, _) => DistillationLoss::LogitMse,
            (LossName::Dkd, [alpha, beta, ..]) => DistillationLoss::Dkd { alpha: *alpha, beta: *beta },
            (LossName::StandardisedKl, _) => DistillationLoss::StandardisedKl,
            _ => DistillationLoss::SoftenedKl,
        },
        temperature: arguments.temperature,
        soft_weight: arguments.soft_weight.unwrap_or(DEFAULT_SOFT_WEIGHT),
        teachers: teachers.iter().map(|teacher| teacher.file.clone()).collect(),
    };
    let config = config("distill", &arguments.training, student(&arguments.shape));
    let ClassFilter { without, only } = &arguments.filter;
    RunConfig {
        distillation: Some(distillation),
        transfer: TransferConfig::of(arguments.transfer.clone(), without, only),
        correct_bias: arguments.correct_bias,
        ..config
    }
}

/// The device is opened here: a missing one is found before anything is written.
pub(crate) fn surroundings(
    arguments: &SurroundingsArguments,
    logit_cache: Option<&Path>,
) -> anyhow::Result<Surroundings> {
    Ok(Surroundings {
        device: open(arguments.device)?,
        interrupt: Interrupt::by_signal(),
        checkpoint_interval: arguments.checkpoint_interval,
        logit_cache: logit_cache.map(Path::to_owned),
        view_cache: arguments.view_cache.clone(),
    })
}

/// Says where it computes, where that is not the CPU.
fn open(choice: DeviceChoice) -> anyhow::Result<candle_core::Device> {
    let device = choice.open()?;
    if !device.is_cpu() {
        say(format_args!(
            "computing on {}",
            if choice == DeviceChoice::Auto { "cuda:0".into() } else { choice.to_string() }
        ));
    }
    Ok(device)
}

fn train(
    path: &Path,
    mut config: RunConfig,
    teachers: &[Teacher],
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let data = prepare(&mut config, teachers)?;
    start(path, &config, &data, teachers, surroundings, out)
}

/// Checks what can be checked before anything is read, then reads what is fitted to.
fn prepare(config: &mut RunConfig, teachers: &[Teacher]) -> anyhow::Result<TrainingData> {
    config.validate().map_err(anyhow::Error::msg)?;
    training::check_teachers(config, teachers)?;
    Ok(transfer::load(config)?)
}

/// Everything is checked first: a run that cannot begin leaves no directory behind.
fn start(
    path: &Path,
    config: &RunConfig,
    data: &TrainingData,
    teachers: &[Teacher],
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    config.validate().map_err(anyhow::Error::msg)?;
    let run = RunDirectory::create(path, config)?;
    let print = print_epoch(config.epochs);
    report(&run, training::train(&run, config, data, teachers, surroundings, print)?, config.epochs, out)
}

fn resume(arguments: &ResumeArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let path = &arguments.run;
    let (run, config) = RunDirectory::open(path)?;
    if run.has_finished() {
        writeln!(out, "{}: the run has finished already", path.display())?;
        return Ok(());
    }
    let surroundings = surroundings(&arguments.surroundings, arguments.logit_cache.as_deref())?;
    let teachers = reload_teachers(&config, &surroundings.device)?;
    let data = transfer::reload(&config)?;
    let print = print_epoch(config.epochs);
    report(&run, training::train(&run, &config, &data, &teachers, &surroundings, print)?, config.epochs, out)
}

/// Those that a run began with.
pub(crate) fn reload_teachers(
    config: &RunConfig,
    device: &candle_core::Device,
) -> Result<Vec<Teacher>, TeacherError> {
    let files = config.distillation.iter().flat_map(|distillation| &distillation.teachers);
    files.map(|file| Teacher::reload(file, device)).collect()
}

pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    // Standard error may be closed: then there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub(crate) fn print_epoch(epochs: usize) -> impl FnMut(&EpochMetrics) {
    move |metrics| {
        say(format_args!(
            "epoch {:>3}/{epochs}  loss {:.4}  training {:6.2} %  validation {:6.2} %  {:>6.0} images/s",
            metrics.epoch,
            metrics.training_loss,
            metrics.training_accuracy * 100.0,
            metrics.validation_accuracy * 100.0,
            metrics.images_per_second
        ));
    }
}

/// A run that was asked to stop, with a checkpoint.
#[derive(Debug, thiserror::Error)]
#[error("stopped after {epochs} of {of} epochs; `trainer resume {}` goes on", run.display())]
pub struct Stopped {
    run: PathBuf,
    epochs: usize,
    of: usize,
}

fn report(run: &RunDirectory, ending: Ending, of: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    match ending {
        Ending::Finished(outcome) => {
            let (path, accuracy) = (run.path().display(), outcome.validation_accuracy * 100.0);
            writeln!(out, "{path}: validation accuracy {accuracy:.2} %, from epoch {}", outcome.best_epoch)?;
            Ok(())
        }
        Ending::Stopped { epochs } => bail!(Stopped { run: run.path().to_owned(), epochs, of }),
    }
}

fn evaluate(arguments: &EvaluateArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let directory = DataDirectory::find(&arguments.data);
    let is_onnx = arguments.model.extension().is_some_and(|extension| extension == "onnx");
    let images = || -> anyhow::Result<DataSet> {
        Ok(match arguments.split {
            Split::Test => directory.test()?,
            Split::Validation => directory.training_data()?.validation,
        })
    };
    let (images, labels, probabilities) = if is_onnx {
        let classifier = edge_runtime::Classifier::from_file(&arguments.model)?;
        let images = images()?;
        let contract = classifier.contract();
        expect_input(contract.input.shape(), contract.labels.len(), &images, &arguments.model)?;
        let probabilities = onnx_probabilities(&classifier, &images)?;
        (images, contract.labels.clone(), probabilities)
    } else {
        let weights = load_weights(&arguments.model)?;
        let images = images()?;
        expect_input(weights.network.input, weights.contract.labels.len(), &images, &arguments.model)?;
        let probabilities = probabilities_of_set(&weights, &images, &open(arguments.device)?)?;
        (images, weights.contract.labels, probabilities)
    };
    let evaluation = Evaluation::of_probabilities(&probabilities, images.labels());
    print_evaluation(arguments, &evaluation, &labels, out)
}

/// The count of every class: in one line of a terminal, or a line a class.
fn by_class(labels: &[String], counts: &[usize]) -> String {
    const COLUMNS: usize = 80;
    let classes = || labels.iter().zip(counts);
    let pairs: Vec<String> = classes().map(|(label, count)| format!("{label}: {count}")).collect();
    let line = format!("    {}\n", pairs.join("  "));
    if line.trim_end().chars().count() <= COLUMNS {
        return line;
    }
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    classes().map(|(label, count)| format!("    {label:longest$}  {count:>6}\n")).collect()
}

fn onnx_probabilities(
    classifier: &edge_runtime::Classifier,
    images: &DataSet,
) -> anyhow::Result<Vec<Vec<f32>>> {
    let input = &classifier.contract().input;
    let values = |index| models::picture::preprocessing::from_bytes(images.image(index), input);
    (0..images.len()).map(|index| Ok(classifier.probabilities(&values(index))?)).collect()
}

fn print_evaluation(
    arguments: &EvaluateArguments,
    evaluation: &Evaluation,
    labels: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let split = match arguments.split {
        Split::Test => "test",
        Split::Validation => "validation",
    };
    let model = arguments.model.display().to_string();
    match arguments.format {
        Format::Json => {
            let mut object = serde_json::to_value(evaluation)?;
            object["model"] = model.into();
            object["split"] = split.into();
            object["labels"] = labels.into();
            writeln!(out, "{object}")?;
        }
        Format::Text => {
            let Evaluation { images, errors, accuracy, negative_log_likelihood, errors_by_class } =
                evaluation;
            writeln!(out, "{model} on {images} {split} images")?;
            writeln!(out, "  accuracy                 {:8.2} %  ({errors} wrong)", accuracy * 100.0)?;
            writeln!(out, "  negative log likelihood  {negative_log_likelihood:8.4} nats")?;
            write!(out, "  wrong by class\n{}", by_class(labels, errors_by_class))?;
        }
    }
    Ok(())
}

fn correct_bias(arguments: &CorrectBiasArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let CorrectBiasArguments { model, data, out: file, prior, teacher, classes: names, device } = arguments;
    if file.exists() {
        bail!("{}: expected a new file, found one", file.display());
    }
    let weights = load_weights(model)?;
    let config = if model.is_dir() { Some(RunDirectory::open(model)?.1) } else { None };
    let device = open(*device)?;
    let teachers = match &config {
        _ if *prior == BiasPrior::Uniform => Vec::new(),
        Some(config) if teacher.is_empty() => reload_teachers(config, &device)?,
        _ => load_teachers(teacher, &device)?,
    };
    if *prior == BiasPrior::Teacher && teachers.is_empty() {
        bail!("{}: expected --teacher, since no run says whose student it is", model.display());
    }
    let (input, labels) = (&weights.contract.input, &weights.contract.labels);
    teachers.iter().try_for_each(|teacher| teacher.check(&weights.network, input, labels))?;
    let images = DataDirectory::find(data).training_data()?.training;
    expect_input(weights.network.input, labels.len(), &images, model)?;
    let shifted = match names.as_slice() {
        [] => shifted_classes(config.as_ref().and_then(|config| config.transfer.as_ref()), labels)?,
        names => transfer::classes("classes", names, labels)?,
    };
    let frequencies = frequencies(*prior, &teachers, &images, CLASSES)?;
    let (corrected, shifts) = correct(&weights, &images, &frequencies, &shifted, &device)
        .with_context(|| model.display().to_string())?;
    corrected.save(file)?;
    print_shifts(&shifts, out)?;
    Ok(())
}

fn print_shifts(shifts: &[ClassShift], out: &mut dyn Write) -> std::io::Result<()> {
    let longest = shifts.iter().map(|shift| shift.label.chars().count()).fold("class".len(), usize::max);
    writeln!(
        out,
        "{:longest$}  {:>9}  {:>9}  {:>9}  {:>8}",
        "class", "before", "expected", "after", "shift"
    )?;
    for ClassShift { label, before, frequency, after, shift } in shifts {
        let [before, frequency, after] = [before, frequency, after].map(|share| 100.0 * share);
        writeln!(
            out,
            "{label:longest$}  {before:>7.3} %  {frequency:>7.3} %  {after:>7.3} %  {shift:>+8.3}"
        )?;
    }
    Ok(())
}

fn soften(arguments: &SoftenArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let weights = load_weights(&arguments.model)?;
    let images = DataDirectory::find(&arguments.data).all_training()?;
    expect_input(weights.network.input, weights.contract.labels.len(), &images, &arguments.model)?;
    if arguments.index >= images.len() {
        bail!("--index: expected 0 to {}, found {}", images.len() - 1, arguments.index);
    }
    let pixels = images.image(arguments.index);
    let input = models::picture::preprocessing::from_bytes(pixels, &weights.contract.input);
    let rows = logits(&weights, &[input])?;
    let knowledge = DarkKnowledge {
        pixels,
        width: images.side()[1],
        label: usize::from(images.labels()[arguments.index]),
        labels: &weights.contract.labels,
        logits: rows.first().context("a network without logits")?,
        temperature: arguments.temperature,
    };
    write!(out, "{}", knowledge.draw())?;
    Ok(())
}

fn bench(arguments: &BenchArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let device = open(arguments.device)?;
    let found = benchmark::run(&device, arguments.batch_size, arguments.steps)?;
    if arguments.format == Format::Json {
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
        return Ok(());
    }
    let images_per_second = |milliseconds: f64| found.batch_size as f64 / milliseconds * 1e3;
    let mut row = |name: &str, milliseconds: f64| {
        writeln!(out, "{name:<38} {milliseconds:>9.2} ms {:>11.0} images/s", images_per_second(milliseconds))
    };
    row("teacher, training step", found.teacher_step_ms)?;
    row("teacher, forward", found.teacher_forward_ms)?;
    row("student, distillation step", found.student_step_ms)?;
    row("student, forward", found.student_forward_ms)?;
    row("teacher, epoch, elastic views", found.teacher_elastic_epoch_ms)?;
    row("student, epoch", found.student_epoch_ms)?;
    row("student, epoch, elastic views", found.student_elastic_epoch_ms)?;
    row("student, epoch, elastic views kept", found.student_kept_views_epoch_ms)?;
    if let Some(bytes) = found.teacher_peak_bytes {
        writeln!(out, "{:<38} {:>9.0} MB", "teacher, most resident memory", bytes as f64 / 1e6)?;
    }
    let (device, threads, batch_size) = (&found.device, found.threads, found.batch_size);
    writeln!(
        out,
        "per step of {batch_size} images, f32; {device}, {threads} threads; epochs: means, else medians"
    )?;
    Ok(())
}

pub(crate) fn expect_input(
    input: [usize; 3],
    classes: usize,
    images: &DataSet,
    model: &Path,
) -> anyhow::Result<()> {
    let [height, width] = images.side();
    if input != [1, height, width] || classes != CLASSES {
        bail!(
            "{}: expected a network for 1x{height}x{width} images and {CLASSES} classes, found {} and {classes}",
            model.display(),
            input.map(|side| side.to_string()).join("x"),
        );
    }
    Ok(())
}

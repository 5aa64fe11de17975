//! `trainer evaluate`: a network and labelled images in, accuracy, errors and size out, for safetensors and ONNX files
//! alike.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use models::ImageInput;
use models::storage::printable::{PrintablePath, printable};

use crate::arguments::description_arguments::say_assumed_split;
use crate::arguments::format::Format;
use crate::arguments::run_options_arguments::open_device;
use crate::arguments::words::device;
use crate::command::fitted_images::fitted_images;
use crate::data::data_directory::DataDirectory;
use crate::data::data_set::DataSet;
use crate::data::split::Split;
use crate::evaluation::evaluation::Evaluation;
use crate::evaluation::input_check::NamedSet;
use crate::network::answers::probabilities_of_set;
use crate::network::device::DeviceChoice;
use crate::process::console::say;
use crate::run::directory::{load_weights, model_file};
use crate::run::run_data::directory_for;

/// The arguments of `trainer evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// Finished run, safetensors file or ONNX file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// Data set: a name that `fetch` knows, a folder of pictures by class or of IDX files, or a manifest
    #[arg(long, value_name = "NAME|DIR|MANIFEST")]
    pub data: String,
    /// Images to evaluate on
    #[arg(long, value_enum, default_value_t = Split::Test)]
    pub split: Split,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Device to compute on: auto, cpu, cuda or cuda:N; ONNX files run on the CPU
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto, value_parser = device)]
    pub device: DeviceChoice,
}

pub(super) fn evaluate(arguments: &EvaluateArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let directory = directory_for(&arguments.model, &arguments.data);
    let is_onnx = arguments.model.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"));
    let images = |input: &ImageInput| -> anyhow::Result<DataSet> {
        let directory = directory.seen_by(input);
        Ok(match arguments.split {
            Split::Test => {
                let test = directory.test()?;
                say_what_is_missing(&directory)?;
                test
            }
            Split::Validation => {
                let validation = directory.training_data()?.validation;
                say_assumed_split(&directory);
                say_what_is_missing(&directory)?;
                validation
            }
        })
    };
    let set = NamedSet { name: &arguments.data, directory: &directory };
    let (images, labels, probabilities, size) = if is_onnx {
        let classifier = edge_runtime::Classifier::from_file(&arguments.model)?;
        let contract = classifier.contract();
        let images = images(&contract.input)?;
        let images = fitted_images(&arguments.model, contract, set, images)?;
        let probabilities = onnx_probabilities(&classifier, &images)?;
        let summary = classifier.summary();
        let size = Size {
            parameters: summary.parameters,
            multiply_adds: summary.multiply_adds(),
            bytes: summary.file_bytes as u64,
        };
        (images, contract.labels.clone(), probabilities, size)
    } else {
        let weights = load_weights(&arguments.model)?;
        let images = images(&weights.contract.input)?;
        let images = fitted_images(&arguments.model, &weights.contract, set, images)?;
        let probabilities = probabilities_of_set(&weights, &images, &open_device(arguments.device)?)?;
        let size = Size {
            parameters: weights.network.parameter_count(),
            multiply_adds: weights.network.multiply_adds()?,
            bytes: std::fs::metadata(model_file(&arguments.model))?.len(),
        };
        (images, weights.contract.labels, probabilities, size)
    };
    let evaluation = Evaluation::of_probabilities(&probabilities, images.labels());
    print_evaluation(arguments, &evaluation, &size, &labels, out)
}

/// Says how many pictures of a set of picture files can't be read: they are not measured on.
fn say_what_is_missing(directory: &DataDirectory) -> anyhow::Result<()> {
    let Some(report) = directory.folder_report()? else { return Ok(()) };
    let (unreadable, place) = (report.skipped.len() + report.unsupported.len(), directory.path().printable());
    if unreadable > 0 {
        let all = report.pictures + report.unsupported.len();
        say(format_args!(
            "{place}: {unreadable} of {all} pictures can't be read and are left out; `trainer inspect` names them"
        ));
    }
    Ok(())
}

/// What a network costs.
#[derive(Debug)]
struct Size {
    /// The number of trained values.
    parameters: usize,
    /// Multiplications with an addition for one image.
    multiply_adds: usize,
    /// The size of the file.
    bytes: u64,
}

/// The difference of accuracy and balanced accuracy from which on both are printed: with about as many images of each class
/// the two are about the same.
const TELLING_DIFFERENCE: f64 = 0.005;

/// The most classes whose errors are printed; of more, those with the most errors.
const MOST_CLASSES: usize = 40;

/// Returns the count of every class as text: one line where it fits a terminal, else one line per class, of many classes
/// those with the most errors.
fn by_class(labels: &[String], counts: &[usize]) -> String {
    const COLUMNS: usize = 80;
    if labels.len() > MOST_CLASSES {
        return worst_classes(labels, counts);
    }
    let labels: Vec<String> = labels.iter().map(|label| printable(label)).collect();
    let classes = || labels.iter().zip(counts);
    let pairs: Vec<String> = classes().map(|(label, count)| format!("{label}: {count}")).collect();
    let line = format!("    {}\n", pairs.join("  "));
    if line.trim_end().chars().count() <= COLUMNS {
        return line;
    }
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    classes().map(|(label, count)| format!("    {label:longest$}  {count:>6}\n")).collect()
}

/// Returns a line for each of the classes with the most errors, and how many classes have some.
fn worst_classes(labels: &[String], counts: &[usize]) -> String {
    let mut worst: Vec<usize> = (0..counts.len()).filter(|class| counts[*class] > 0).collect();
    worst.sort_by_key(|class| std::cmp::Reverse(counts[*class]));
    let with_errors = worst.len();
    worst.truncate(MOST_CLASSES);
    let names: Vec<String> = worst.iter().map(|class| printable(&labels[*class])).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, class): (&String, &usize)| format!("    {name:longest$}  {:>6}\n", counts[*class]);
    let lines: String = names.iter().zip(&worst).map(line).collect();
    format!(
        "{lines}    ({with_errors} of {} classes have errors; --format json has them all)\n",
        labels.len()
    )
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
    size: &Size,
    labels: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let split = arguments.split.name();
    let model = arguments.model.printable();
    match arguments.format {
        Format::Json => {
            let mut object = serde_json::to_value(evaluation)?;
            object["parameters"] = size.parameters.into();
            object["multiply_adds"] = size.multiply_adds.into();
            object["bytes"] = size.bytes.into();
            object["model"] = model.into();
            object["split"] = split.into();
            object["labels"] = labels.into();
            writeln!(out, "{object}")?;
        }
        Format::Text => {
            let Evaluation { images, errors, accuracy, negative_log_likelihood, errors_by_class, .. } =
                evaluation;
            let balanced = evaluation.balanced_accuracy;
            writeln!(out, "{model} on {images} {split} images")?;
            writeln!(out, "  accuracy                 {:8.2} %  ({errors} wrong)", accuracy * 100.0)?;
            if (balanced - accuracy).abs() >= TELLING_DIFFERENCE {
                writeln!(
                    out,
                    "  balanced accuracy        {:8.2} %  (mean over the classes)",
                    balanced * 100.0
                )?;
            }
            writeln!(out, "  negative log likelihood  {negative_log_likelihood:8.4} nats")?;
            write!(out, "  wrong by class\n{}", by_class(labels, errors_by_class))?;
        }
    }
    Ok(())
}

//! Each command from its arguments to its result on standard output.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candle_core::Device;
use edge_runtime::Classifier;
use exporter::comparison::{Measurement, measure};
use exporter::{Existing, Export, Exported, Request, golden_images, verification};
use models::weights::Weights;
use trainer::evaluation::probabilities_of_set;
use trainer::run_directory::{RunError, load_weights};
use trainer::unfinished_run::load_weights_so_far;

use crate::command_line::{ActivationPrecision, ExportArguments, Precision, VerifyArguments};
use crate::data::{self, Data};
use crate::{export_text, verification_text};

/// A file that was written, with what it is worth on the data where there are some.
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) exported: Exported,
    pub(crate) measurement: Option<Measurement>,
}

/// What all files of one call have in common.
struct Task<'a> {
    arguments: &'a ExportArguments,
    model: &'a Path,
    weights: Weights,
    data: Option<Data>,
    /// For the scales of activations.
    calibration: Vec<Vec<f32>>,
    /// For the gate.
    images: Vec<Vec<f32>>,
    /// The trainer's probabilities of the test images.
    trainer: Vec<Vec<f32>>,
}

/// Writes what was asked for.
pub(crate) fn export(arguments: &ExportArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    // clap has seen to it that both are there.
    let model = arguments.model.as_deref().context("expected a run or a safetensors file")?;
    let path = arguments.out.as_deref().context("expected --out")?;
    check_options(arguments)?;
    let files = files(arguments.precision, path);
    if !arguments.overwrite {
        files.iter().try_for_each(|(_, file)| refuse_existing(file))?;
    }
    let task = Task::new(arguments, model)?;
    let written = files.into_iter().map(|(precision, path)| task.write(precision, path));
    let written = written.collect::<anyhow::Result<Vec<_>>>()?;
    let (weights, data) = (&task.weights, task.data.as_ref().map(|data| data.name.as_str()));
    match arguments.precision {
        Precision::All => export_text::print_table(weights, &written, data, out)?,
        _ => written.iter().try_for_each(|file| export_text::print(weights, file, data, out))?,
    }
    Ok(())
}

impl<'a> Task<'a> {
    fn new(arguments: &'a ExportArguments, model: &'a Path) -> anyhow::Result<Self> {
        let weights = load(model, arguments.force)?;
        let data = match &arguments.data {
            Some(name) => Some(Data::open(name, &weights.contract)?),
            None => Data::of_training(model, &weights.contract),
        };
        let calibration = match arguments.calibrate {
            Some(images) => calibration(data.as_ref(), images.get(), &weights)?,
            None => vec![],
        };
        let (mut images, mut trainer) = (vec![], vec![]);
        if let Some(data) = &data {
            images = data.sample(&weights.contract.input)?;
            trainer = probabilities_of_set(&weights, &data.test, &Device::Cpu)?;
        }
        Ok(Self { arguments, model, weights, data, calibration, images, trainer })
    }

    fn write(&self, precision: Precision, path: PathBuf) -> anyhow::Result<Written> {
        let request = request(precision, self.arguments, &self.calibration);
        let export = Export::new(&self.weights, request);
        let export = export.with_context(|| self.model.display().to_string())?;
        let existing = if self.arguments.overwrite { Existing::Replace } else { Existing::Keep };
        let export = with_golden(export, self.data.as_ref(), &self.weights)?;
        let exported = export.images(&self.images).existing(existing).write(&path)?;
        let measurement = match &self.data {
            Some(data) => Some(measure(&Classifier::from_file(&path)?, &self.trainer, &data.test)?),
            None => None,
        };
        Ok(Written { path, exported, measurement })
    }
}

/// Each file with what is stored in it.
fn files(precision: Precision, path: &Path) -> Vec<(Precision, PathBuf)> {
    match precision {
        Precision::All => [Precision::F32, Precision::F16, Precision::Int8]
            .map(|precision| (precision, beside(path, precision)))
            .to_vec(),
        one => vec![(one, path.to_owned())],
    }
}

/// Checks a file that is there.
pub(crate) fn verify(arguments: &VerifyArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let file = || arguments.file.display().to_string();
    let weights = arguments.against.as_deref().map(load_weights).transpose()?;
    let classifier = Classifier::from_file(&arguments.file)?;
    let contract = classifier.contract();
    let data = arguments.data.as_ref().map(|name| Data::open(name, contract)).transpose()?;
    let images = data.as_ref().map_or(Ok(vec![]), |data| data.sample(&contract.input))?;
    let verification = verification::verify(&arguments.file, weights.as_ref(), &images).with_context(file)?;
    let measurement = match (&data, &weights) {
        (Some(data), Some(weights)) => {
            Some(measure(&classifier, &probabilities_of_set(weights, &data.test, &Device::Cpu)?, &data.test)?)
        }
        (Some(data), None) => Some(measure(&classifier, &[], &data.test)?),
        (None, _) => None,
    };
    let name = data.as_ref().map(|data| data.name.as_str());
    let answer = verification_text::Answer { verification: &verification, measurement, data: name };
    Ok(verification_text::print(&arguments.file, &answer, out)?)
}

fn load(model: &Path, force: bool) -> anyhow::Result<Weights> {
    if force {
        return Ok(load_weights_so_far(model)?);
    }
    match load_weights(model) {
        Err(unfinished @ RunError::Unfinished { .. }) => {
            bail!("{unfinished}, --force takes its last checkpoint")
        }
        loaded => Ok(loaded?),
    }
}

/// Options that belong to int8 alone.
fn check_options(arguments: &ExportArguments) -> anyhow::Result<()> {
    let int8 = matches!(arguments.precision, Precision::Int8 | Precision::All);
    if arguments.calibrate.is_some() && !int8 {
        bail!("--calibrate: expected --precision int8 beside it");
    }
    if arguments.activations.is_some() && !int8 {
        bail!("--activations: expected --precision int8 beside it");
    }
    if arguments.calibrate.is_some() && arguments.activations == Some(ActivationPrecision::F32) {
        bail!("--calibrate: expected activations of eight bits, found --activations f32");
    }
    Ok(())
}

fn request<'a>(
    precision: Precision,
    arguments: &ExportArguments,
    calibration: &'a [Vec<f32>],
) -> Request<'a> {
    match precision {
        Precision::F32 | Precision::All => Request::F32,
        Precision::F16 => Request::F16,
        Precision::Int8 => match arguments.activations {
            Some(ActivationPrecision::F32) => Request::Int8Weights,
            _ if arguments.calibrate.is_some() => Request::Int8Calibrated(calibration),
            _ => Request::Int8,
        },
    }
}

fn calibration(data: Option<&Data>, images: usize, weights: &Weights) -> anyhow::Result<Vec<Vec<f32>>> {
    let data = data.context("--calibrate: expected --data with the training images, found none")?;
    let training = data.training()?.training;
    if training.len() < images {
        bail!("--calibrate: expected at most {} training images, found {images}", training.len());
    }
    Ok(data::spread(&training, images, &weights.contract.input))
}

/// The digits where the network was made for them, else a picture of each class from the data.
fn with_golden<'a>(export: Export<'a>, data: Option<&Data>, weights: &Weights) -> anyhow::Result<Export<'a>> {
    let digits = golden_images::digits(&weights.contract);
    let trained_on = weights.contract.provenance.data.as_str();
    match data {
        _ if trained_on == "mnist" && !digits.is_empty() => Ok(export),
        Some(data) => Ok(export.golden(golden_images::first_of_each_class(&data.training()?.validation))),
        None if !digits.is_empty() => Ok(export),
        None => bail!("golden vectors: expected --data with a picture of each class, found none"),
    }
}

fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    match path.is_file() {
        true => bail!("{}: there is a file already; --overwrite replaces it", path.display()),
        false => Ok(()),
    }
}

/// `student.onnx` as `student-f16.onnx`.
fn beside(path: &Path, precision: Precision) -> PathBuf {
    let name = match precision {
        Precision::F32 | Precision::All => "f32",
        Precision::F16 => "f16",
        Precision::Int8 => "int8",
    };
    let mut file: OsString = path.file_stem().unwrap_or_default().to_owned();
    file.push(format!("-{name}."));
    file.push(path.extension().unwrap_or("onnx".as_ref()));
    path.with_file_name(file)
}

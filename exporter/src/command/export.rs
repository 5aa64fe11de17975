//! `exporter RUN|FILE.safetensors --out FILE.onnx`: weights to one ONNX file or to one for each precision, and what was
//! proven of them on standard output.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candle_core::Device;
use exporter::verification::{Measurement, measure};
use exporter::{Existing, Export, ProvenFile};
use models::storage::printable::PrintablePath;
use models::storage::printable::printable;
use models::weights::Weights;
use trainer::evaluation::EmptyAnswers;
use trainer::network::probabilities_of_set;
use trainer::run::load_weights_so_far;
use trainer::run::{RunError, load_weights};

use super::arguments::{ExportArguments, PrecisionName};
use super::data::{self, Data};
use super::exported_file::ExportedFile;
use super::golden::Golden;
use super::output_paths::{output_paths, refuse_existing};
use super::text_lines::line;
use super::{export_text, precision_options, table_text};

/// What all files of one call have in common.
struct Task<'a> {
    arguments: &'a ExportArguments,
    model: &'a Path,
    weights: Weights,
    data: Option<Data>,
    /// Training images from which the scales of activations are computed, each f32 `[channels, height, width]`.
    calibration: Vec<Vec<f32>>,
    golden: Golden,
    /// Validation images for the gate, each f32 `[channels, height, width]`.
    images: Vec<Vec<f32>>,
    /// The trainer's probabilities of the images that files are measured on, one row of `[classes]` for each.
    trainer: Vec<Vec<f32>>,
}

/// Writes the files that were asked for, and prints what was proven of them.
pub(crate) fn export(arguments: &ExportArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    // clap has seen to it that both are there.
    let model = arguments.model.as_deref().context("expected a run or a safetensors file")?;
    let path = arguments.out.as_deref().context("expected --out")?;
    precision_options::check(arguments)?;
    let files = output_paths(arguments.precision, path);
    if !arguments.overwrite {
        files.iter().try_for_each(|(_, file)| refuse_existing(file))?;
    }
    let task = Task::new(arguments, model)?;
    let proven = files.into_iter().map(|(precision, path)| task.prove(precision, path));
    let written = name_together(proven.collect::<anyhow::Result<Vec<_>>>()?)?;
    let (weights, data) = (&task.weights, task.data.as_ref());
    match arguments.precision {
        PrecisionName::All => table_text::print(weights, &written, data, out)?,
        _ => written.iter().try_for_each(|file| export_text::print(weights, file, data, out))?,
    }
    for (index, text) in task.golden.describe().iter().enumerate() {
        line(out, if index == 0 { "golden" } else { "" }, text)?;
    }
    Ok(())
}

impl<'a> Task<'a> {
    fn new(arguments: &'a ExportArguments, model: &'a Path) -> anyhow::Result<Self> {
        let weights = load(model, arguments.force)?;
        if let (Some(finding), false) = (&weights.finding, arguments.force) {
            refuse_failed(model, &printable(finding))?;
        }
        let split = arguments.split();
        let data = match &arguments.data {
            Some(name) => Some(Data::open((model, model), name, &weights.contract, split)?),
            None => Data::of_training(model, &weights, split),
        };
        let calibration = match arguments.calibrate {
            Some(images) => calibration(data.as_ref(), images.get(), &weights)?,
            None => vec![],
        };
        let (mut images, mut trainer) = (vec![], vec![]);
        if let Some(data) = &data {
            data.note(model).iter().for_each(|note| crate::say(note));
            images = data.sample(&weights.contract.input)?;
            trainer = probabilities_of_set(&weights, &data.measured, &Device::Cpu)?;
            // Files of earlier versions say nothing of their training.
            let answers = EmptyAnswers::in_answers(&trainer, data.measured.labels());
            if let (Some(answers @ EmptyAnswers::OneClass { .. }), false) = (answers, arguments.force) {
                refuse_failed(model, &answers.describe(data.split.name(), &weights.contract.labels))?;
            }
        }
        let golden = Golden::choose(arguments, data.as_ref(), &weights)?;
        Ok(Self { arguments, model, weights, data, calibration, golden, images, trainer })
    }

    /// Writes one file beside its place, passes it through the gate and measures it on the data.
    fn prove(&self, name: PrecisionName, path: PathBuf) -> anyhow::Result<Proven> {
        let precision = precision_options::precision(name, self.arguments, &self.calibration);
        let export = Export::new(&self.weights, precision);
        let export = export.with_context(|| self.model.printable())?;
        let existing = if self.arguments.overwrite { Existing::Replace } else { Existing::Keep };
        let export = export.golden(self.golden.pictures.clone());
        let file = export.images(&self.images).existing(existing).prove(&path)?;
        let measure = |data: &Data| measure(file.classifier(), &self.trainer, &data.measured);
        let measurement = self.data.as_ref().map(measure).transpose()?;
        Ok(Proven { path, file, measurement })
    }
}

/// A file that only lacks its name, and what it is worth on the data.
struct Proven {
    path: PathBuf,
    file: ProvenFile,
    measurement: Option<Measurement>,
}

/// Gives all files their names, or none.
fn name_together(proven: Vec<Proven>) -> anyhow::Result<Vec<ExportedFile>> {
    let (known, files): (Vec<_>, Vec<_>) =
        proven.into_iter().map(|Proven { path, file, measurement }| ((path, measurement), file)).unzip();
    let exported = exporter::name_all(files)?;
    let file = |((path, measurement), exported)| ExportedFile { path, exported, measurement };
    Ok(known.into_iter().zip(exported).map(file).collect())
}

/// Refuses a network for what speaks against it.
fn refuse_failed(model: &Path, finding: &str) -> anyhow::Result<()> {
    bail!("{}: the training has failed: {finding}; --force exports it all the same", model.printable())
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

fn calibration(data: Option<&Data>, images: usize, weights: &Weights) -> anyhow::Result<Vec<Vec<f32>>> {
    let data = data.context("--calibrate: expected --data with the training images, found none")?;
    let training = data.training()?.training;
    if training.len() < images {
        bail!("--calibrate: expected at most {} training images, found {images}", training.len());
    }
    Ok(data::spread(&training, images, &weights.contract.input))
}

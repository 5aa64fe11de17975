//! The data set that a network is tried on: the one that was asked for, or the one that it was trained on where that can
//! be read. Out of it come inputs for the gate and for calibration, each f32 `[channels, height, width]`.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use models::picture::preprocessing;
use models::storage::printable::PrintablePath;
use models::weights::Weights;
use models::{ImageInput, ModelContract};
use trainer::data::{DataDirectory, DataError, DataSet, LabelOrder, Split, TrainingData, data_home};
use trainer::evaluation::{NamedSet, fit_images};
use trainer::process::one_line;
use trainer::run::{RunDirectory, run_data};

/// Validation images that the gate compares: enough to meet every class some times.
const SAMPLE: usize = 100;

/// The SHA-256 of the weights of the networks in `models/zoo/`, which were trained on the set that `trainer fetch mnist`
/// brings.
const SHIPPED: [&str; 2] = [
    "8ad357893f7611bf357b8d8d966bbec82343a7f3574e5286f2abbacb7cb4c6c6",
    "6f7760fc1bbf192c2022f11a37af58ff394b681ff29dfcf10fbcaf8431792fc2",
];

/// A data set whose images and classes fit a network.
pub(crate) struct Data {
    /// The set's name or directory, as it was asked for or as the network names it.
    pub(crate) name: String,
    /// The part of the set on which a file is measured.
    pub(crate) split: Split,
    /// The images of that part, with labels in the order of the network's answers.
    pub(crate) measured: DataSet,
    directory: DataDirectory,
    /// How the set's classes stand in the order of the network's.
    order: LabelOrder,
}

/// The images that a file is measured on, in words: `5000 validation images of mnist`.
impl Display for Data {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} images of {}", self.measured.len(), self.split.name(), self.name)
    }
}

impl Data {
    /// Opens the set that the network at `model` was trained on; nothing where it is not known or not there. Where it is
    /// there and cannot be used, a line on standard error says why.
    pub(crate) fn of_training(model: &Path, weights: &Weights, split: Split) -> Option<Self> {
        let (trained, name) = trained_on(model, weights)?;
        match Self::open((model, &trained), &name, &weights.contract, split) {
            Ok(data) => Some(data),
            Err(error) => {
                if !is_absent(&name, &error) {
                    let why = one_line(&error);
                    crate::say(&format!("{why}; so nothing is measured, --data names other images"));
                }
                None
            }
        }
    }

    /// Returns whether the set is the one that `trainer fetch` brings under `name`, and none in a directory of that name.
    pub(crate) fn is_fetched(&self, name: &str) -> bool {
        self.name == name && !Path::new(name).is_dir()
    }

    /// Opens the set of a name or in a directory, for the network at `model` with this contract, as the run `trained` took
    /// the set where it is one that was trained on it.
    pub(crate) fn open(
        (model, trained): (&Path, &Path),
        name: &str,
        contract: &ModelContract,
        split: Split,
    ) -> anyhow::Result<Self> {
        let directory = run_data::directory_for(trained, name).seen_by(&contract.input);
        let (measured, split) = match split {
            Split::Test => match directory.test() {
                // A small set has no pictures for measuring alone.
                Err(DataError::NoTest { .. }) => (directory.training_data()?.validation, Split::Validation),
                test => (test?, split),
            },
            Split::Validation => (directory.training_data()?.validation, split),
        };
        let set = NamedSet { name, directory: &directory };
        let (measured, order) = fit_images(model, contract, set, measured)?;
        Ok(Self { name: name.to_owned(), split, measured, directory, order })
    }

    /// Returns a line about a set whose classes stand in another order than those of the network at `model`.
    pub(crate) fn note(&self, model: &Path) -> Option<String> {
        self.order.note(&self.name, &model.printable())
    }

    /// Reads training and validation images, with labels in the order of the network's answers.
    pub(crate) fn training(&self) -> Result<TrainingData, DataError> {
        let data = self.directory.training_data()?;
        let training = data.training.relabelled(&self.order);
        Ok(TrainingData { training, validation: data.validation.relabelled(&self.order), ..data })
    }

    /// Returns inputs for the gate, each f32 `[channels, height, width]`: validation images, spread over all of them.
    pub(crate) fn sample(&self, input: &ImageInput) -> Result<Vec<Vec<f32>>, DataError> {
        Ok(spread(&self.training()?.validation, SAMPLE, input))
    }
}

/// Returns the run that the network at `model` comes from, and the name or directory of the set that it was trained on;
/// for a shipped network its own path and set. Other files do not know their set: their provenance has the last part of
/// its path alone, and another set may have that name.
fn trained_on(model: &Path, weights: &Weights) -> Option<(PathBuf, String)> {
    let run_of_file =
        || RunDirectory::open(model.parent()?).ok().filter(|(run, _)| run.model_file() == model);
    let of_run = RunDirectory::open(model).ok().or_else(run_of_file);
    let of_run = of_run.map(|(run, config)| (run.path().to_owned(), config.data));
    let shipped = || {
        let name = weights.contract.provenance.data.clone();
        let is_shipped = SHIPPED.contains(&weights.sha256().as_str()) && !Path::new(&name).is_dir();
        is_shipped.then(|| (model.to_owned(), name))
    };
    of_run.or_else(shipped).filter(|(_, name)| !name.is_empty())
}

/// Returns whether a set cannot be opened because it is not on this machine, as opposed to one of which a part is.
fn is_absent(name: &str, error: &anyhow::Error) -> bool {
    let is_there = || Path::new(name).is_dir() || data_home(None).join(name).is_dir();
    match error.downcast_ref() {
        Some(DataError::NoDirectory { .. }) => true,
        Some(DataError::Missing { .. }) => !is_there(),
        _ => false,
    }
}

/// Returns the inputs of up to `count` images, spread evenly over a set, each f32 `[channels, height, width]`.
pub(crate) fn spread(images: &DataSet, count: usize, input: &ImageInput) -> Vec<Vec<f32>> {
    let count = count.min(images.len());
    let index = |number: usize| number * images.len() / count;
    (0..count).map(|number| preprocessing::from_bytes(images.image(index(number)), input)).collect()
}

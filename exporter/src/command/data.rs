//! The data set that a network is tried on: the one that was asked for, or the one that it was trained on where that can
//! be read. Out of it come inputs for the gate and for calibration, each f32 `[channels, height, width]`.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use models::picture::preprocessing;
use models::storage::printable::PrintablePath;
use models::{ImageInput, ModelContract};
use trainer::data::{DataDirectory, DataError, DataSet, LabelOrder, Split, TrainingData};
use trainer::evaluation::{NamedSet, fit_images};
use trainer::run::{RunDirectory, run_data};

/// Validation images that the gate compares: enough to meet every class some times.
const SAMPLE: usize = 100;

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
    /// Opens the set that the network at `model` was trained on; nothing if it cannot be read.
    pub(crate) fn of_training(model: &Path, contract: &ModelContract, split: Split) -> Option<Self> {
        let of_run = RunDirectory::open(model).map(|(_, config)| config.data);
        let name = of_run.unwrap_or_else(|_| contract.provenance.data.clone());
        Self::open((model, model), &name, contract, split).ok().filter(|_| !name.is_empty())
    }

    /// Opens the set of a name or in a directory, for the network at `model` with this contract, as the run `trained` took
    /// the set where it is one that was trained on it.
    pub(crate) fn open(
        (model, trained): (&Path, &Path),
        name: &str,
        contract: &ModelContract,
        split: Split,
    ) -> anyhow::Result<Self> {
        let directory = run_data::directory_for(trained, name);
        let measured = match split {
            Split::Test => directory.test()?,
            Split::Validation => directory.training_data()?.validation,
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

/// Returns the inputs of up to `count` images, spread evenly over a set, each f32 `[channels, height, width]`.
pub(crate) fn spread(images: &DataSet, count: usize, input: &ImageInput) -> Vec<Vec<f32>> {
    let count = count.min(images.len());
    let index = |number: usize| number * images.len() / count;
    (0..count).map(|number| preprocessing::from_bytes(images.image(index(number)), input)).collect()
}

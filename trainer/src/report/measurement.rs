//! The measurement of a report's networks: sources and images in, logits and the figures that `evaluate` prints out.

use anyhow::bail;
use candle_core::Device;
use models::ImageInput;
use models::picture::preprocessing;
use models::storage::printable::PrintablePath;
use models::weights::Weights;

use crate::data::data_directory::DataDirectory;
use crate::data::data_set::DataSet;
use crate::data::label_order::{Classes, LabelMismatch, LabelOrder};
use crate::data::network_view::shown;
use crate::data::split::Split;
use crate::data::training_data::TrainingData;
use crate::evaluation::evaluation::Evaluation;
use crate::network::answers::{logits, logits_of_images, probabilities};
use crate::report::pictures::{Files, ImageOf};
use crate::report::sources::Source;

/// The images that the networks of a report are measured on.
#[derive(Debug)]
pub(crate) struct ReportImages {
    /// The name or directory of the data set, as given.
    pub(crate) name: String,
    /// The part of the data set that is measured on.
    pub(crate) split: Split,
    /// SHA-256 of the training files, as the configurations of runs have it.
    pub(crate) training_sha256: String,
    /// The names of the data set's classes, in the order of its labels.
    pub(crate) classes: Vec<String>,
    directory: DataDirectory,
    /// What the images were brought to.
    input: ImageInput,
    training_data: TrainingData,
    test: Option<DataSet>,
}

/// The logits of one network for the images of a report, one row per image.
#[derive(Debug)]
pub(crate) struct NetworkLogits {
    /// The logits of the measured images, `[images][classes]`.
    pub(crate) measured: Vec<Vec<f32>>,
    /// The logits of the validation images, `[images][classes]`; none where these are the measured ones.
    validation: Option<Vec<Vec<f32>>>,
    /// The logits of the chosen training images, `[images][classes]`, in the order of the choice.
    pub(crate) chosen: Vec<Vec<f32>>,
}

impl NetworkLogits {
    /// Returns the logits of the validation images, `[images][classes]`.
    pub(crate) fn validation(&self) -> &[Vec<f32>] {
        self.validation.as_deref().unwrap_or(&self.measured)
    }
}

impl ReportImages {
    /// Reads the files of the set called `name` that `split` needs.
    pub(crate) fn load(name: &str, directory: &DataDirectory, split: Split) -> anyhow::Result<Self> {
        let training_data = directory.training_data()?;
        let test = match split {
            Split::Test => Some(directory.test()?),
            Split::Validation => None,
        };
        let training_sha256 = training_data.sha256();
        let (name, classes) = (name.to_owned(), directory.classes()?);
        let (directory, input) = (directory.clone(), directory.image_input()?);
        Ok(Self { name, split, training_sha256, classes, directory, input, training_data, test })
    }

    /// Returns the images that networks are measured on.
    pub(crate) fn measured(&self) -> &DataSet {
        self.test.as_ref().unwrap_or(&self.training_data.validation)
    }

    /// Returns the validation images, which temperatures are fitted to.
    pub(crate) fn validation(&self) -> &DataSet {
        &self.training_data.validation
    }

    /// Returns the number of images in the training files.
    pub(crate) fn training_images(&self) -> usize {
        self.training_data.training.len() + self.training_data.validation.len()
    }

    /// Returns one of the measured images.
    pub(crate) fn measured_image(&self, position: usize) -> ImageOf<'_> {
        match &self.test {
            Some(images) => ImageOf { images, position, files: Files::Test, index: position },
            None => self.validation_image(position),
        }
    }

    /// Returns one of the training files' images; `index` is under [`ReportImages::training_images`].
    pub(crate) fn training_image(&self, index: usize) -> ImageOf<'_> {
        let TrainingData { training, training_positions, validation_positions, .. } = &self.training_data;
        match training_positions.binary_search(&index) {
            Ok(position) => ImageOf { images: training, position, files: Files::Training, index },
            Err(_) => self.validation_image(validation_positions.partition_point(|&other| other < index)),
        }
    }

    fn validation_image(&self, position: usize) -> ImageOf<'_> {
        let TrainingData { validation, validation_positions, .. } = &self.training_data;
        let index = validation_positions[position];
        ImageOf { images: validation, position, files: Files::Training, index }
    }
}

/// Evaluates `source` on the measured images, as `evaluate` does.
pub(crate) fn evaluation(source: &Source, images: &ReportImages) -> anyhow::Result<Evaluation> {
    let network = CheckedNetwork::of(source, images)?;
    let measured = network.seen(images).measured();
    Ok(evaluation_of_logits(&network.logits_of_set(measured)?, measured))
}

/// Returns the logits of `source` for all that a report shows of it; `chosen` are positions in the training files.
pub(crate) fn network_logits(
    source: &Source,
    images: &ReportImages,
    chosen: &[usize],
) -> anyhow::Result<NetworkLogits> {
    let network = CheckedNetwork::of(source, images)?;
    let images = network.seen(images);
    let measured = network.logits_of_set(images.measured())?;
    let validation = match images.split {
        Split::Test => Some(network.logits_of_set(images.validation())?),
        Split::Validation => None,
    };
    let chosen = network.logits_of_training_images(images, chosen)?;
    Ok(NetworkLogits { measured, validation, chosen })
}

/// Evaluates logits, one row per image, at temperature 1.
pub(crate) fn evaluation_of_logits(logits: &[Vec<f32>], images: &DataSet) -> Evaluation {
    Evaluation::of_probabilities(&probabilities(logits), images.labels())
}

/// Returns how the classes of `source` stand in the order of the images' classes.
///
/// # Errors
/// [`LabelMismatch`] where the two have other classes.
pub(crate) fn label_order(
    source: &Source,
    labels: &[String],
    images: &ReportImages,
) -> Result<LabelOrder, LabelMismatch> {
    let path = source.path.printable();
    let of_images = Classes { of: &images.name, names: &images.classes };
    LabelOrder::between(Classes { of: &path, names: labels }, of_images)
}

/// A network that reads the images and names their classes.
struct CheckedNetwork<'a> {
    source: &'a Source,
    weights: Weights,
    order: LabelOrder,
    /// The images at the size of the network's input, where that is not the one that the report shows.
    own_size: Option<ReportImages>,
}

impl<'a> CheckedNetwork<'a> {
    fn of(source: &'a Source, images: &ReportImages) -> anyhow::Result<Self> {
        let weights = source.weights()?;
        let order = label_order(source, &weights.contract.labels, images)?;
        let input = &weights.contract.input;
        let own_size = match shown(input) == shown(&images.input) {
            true => None,
            false => Some(ReportImages::load(&images.name, &images.directory.seen_by(input), images.split)?),
        };
        Ok(Self { source, weights, order, own_size })
    }

    /// Returns the images as the network sees them.
    fn seen<'images>(&'images self, images: &'images ReportImages) -> &'images ReportImages {
        self.own_size.as_ref().unwrap_or(images)
    }

    fn logits_of_set(&self, images: &DataSet) -> anyhow::Result<Vec<Vec<f32>>> {
        self.in_order(logits_of_images(&self.weights, images, &Device::Cpu)?)
    }

    fn logits_of_training_images(
        &self,
        images: &ReportImages,
        chosen: &[usize],
    ) -> anyhow::Result<Vec<Vec<f32>>> {
        let chosen = chosen.iter().map(|&index| images.training_image(index));
        let inputs = chosen.map(|image| {
            preprocessing::from_bytes(image.images.image(image.position), &self.weights.contract.input)
        });
        self.in_order(logits(&self.weights, &inputs.collect::<Vec<_>>())?)
    }

    /// Returns logits in the order of the images' classes. They are checked to be finite: finite weights can still give
    /// infinite logits.
    fn in_order(&self, rows: Vec<Vec<f32>>) -> anyhow::Result<Vec<Vec<f32>>> {
        if let Some(logit) = rows.iter().flatten().find(|logit| !logit.is_finite()) {
            bail!("{}: expected finite logits, found {logit}", self.source.path.printable());
        }
        Ok(rows.into_iter().map(|row| self.order.columns(row)).collect())
    }
}

//! Teachers: networks whose logits students learn from, and which are never changed.
//!
//! In come weights and images `[batch, channels, height, width]`, out go logits `[batch, classes]`. The check that
//! teacher and student see and name the same things is made here, before anything is computed.

use std::path::PathBuf;

use candle_core::Device;
use models::storage::printable::PrintablePath;
use models::weights::Weights;
use models::{ImageInput, ModelContract, Network, Polarity, Resize};
use serde::{Deserialize, Serialize};

use crate::augmentation::cached_tensor::CacheError;
use crate::data::data_set::DataSet;
use crate::data::label_order::{Classes, LabelMismatch, LabelOrder};
use crate::data::network_view::resize_at;
use crate::network::answers::logits_of_set;
use crate::network::device_network::DeviceNetwork;

/// A teacher's weights on disk, as a run's configuration names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherFile {
    /// The path of a run's directory or of a safetensors file, as given.
    pub path: PathBuf,
    /// The SHA-256 of the teacher's values: a run that goes on must go on with the same teacher.
    pub sha256: String,
}

/// A network whose logits a student learns from. It is a type of its own, so that it can't be swapped with the student.
#[derive(Debug)]
pub struct Teacher {
    /// The file of the teacher, as it goes into a run's configuration.
    pub file: TeacherFile,
    input: ImageInput,
    labels: Vec<String>,
    /// What speaks against the teacher since its training, as its weights' file says it.
    #[cfg_attr(not(feature = "cli"), expect(dead_code))]
    pub(crate) finding: Option<String>,
    network: DeviceNetwork,
}

/// The reason for which a teacher cannot teach.
#[derive(Debug, thiserror::Error)]
pub enum TeacherError {
    /// The kept logits of the teacher cannot be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A tensor operation fails.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// The teacher sees something else than the student.
    #[error("{}: {what}: expected {expected}, found {found}", path.printable())]
    Mismatch {
        /// The path of the teacher.
        path: PathBuf,
        /// The thing that differs: the input or how pictures are brought to it.
        what: &'static str,
        /// What the student has, and which student it is.
        expected: String,
        /// What the teacher has.
        found: String,
    },
    /// The teacher names other classes than the student.
    #[error(transparent)]
    Labels(#[from] LabelMismatch),
    /// A run goes on with other weights than it began with.
    #[error("{}: expected the teacher of SHA-256 {expected}, found {found}", path.printable())]
    Changed {
        /// The path of the teacher.
        path: PathBuf,
        /// The SHA-256 in the run's configuration.
        expected: String,
        /// The SHA-256 of the weights on disk.
        found: String,
    },
}

impl Teacher {
    /// Returns the teacher whose weights are those of `file`, on `device`.
    ///
    /// # Errors
    /// Where the device has no room for the weights.
    pub fn new(file: TeacherFile, weights: &Weights, device: &Device) -> candle_core::Result<Self> {
        let network = DeviceNetwork::from_weights(weights, device)?;
        let (input, labels) = (weights.contract.input.clone(), weights.contract.labels.clone());
        Ok(Self { file, input, labels, finding: weights.finding.clone(), network })
    }

    /// Returns how pictures were brought to size for the teacher, where a data set can say so too: [`Teacher::check`]
    /// names the teacher where none can.
    #[cfg(feature = "cli")]
    pub(crate) fn resize(&self) -> Option<Resize> {
        match (self.input.polarity, self.input.resize()) {
            (Polarity::LightOnDark, resize @ Resize::Ink { .. }) => Some(resize),
            (Polarity::Natural, resize @ (Resize::Fit | Resize::Fill | Resize::Stretch)) => Some(resize),
            _ => None,
        }
    }

    /// Checks that the teacher sees what a student of this contract sees and names what it names, in any order. `student`
    /// says in messages whose contract it is.
    pub(crate) fn check(&self, student: &str, contract: &ModelContract) -> Result<(), TeacherError> {
        let mismatch = |what, expected, found| {
            let (path, expected) =
                (self.file.path.clone(), format!("{expected} as the student of {student} has"));
            Err(TeacherError::Mismatch { path, what, expected, found })
        };
        let (own, input) = (&self.input, &contract.input);
        self.order(student, &contract.labels)?;
        if let Some([expected, found]) = difference(input, own) {
            return mismatch("preprocessing", expected, found);
        }
        if own.height * input.width != own.width * input.height && input.resize() != Resize::Stretch {
            let sides = |input: &ImageInput| format!("sides in proportion {}:{}", input.height, input.width);
            return mismatch("input", sides(input), sides(own));
        }
        Ok(())
    }

    /// Returns what the teacher sees of a picture.
    pub(crate) fn input(&self) -> &ImageInput {
        &self.input
    }

    /// Returns how the teacher's classes stand in the order `labels` of a student, whom messages call `student`.
    ///
    /// # Errors
    /// [`LabelMismatch`] where the two do not have the same classes.
    pub(crate) fn order(&self, student: &str, labels: &[String]) -> Result<LabelOrder, LabelMismatch> {
        let path = self.file.path.printable();
        let own = Classes { of: &path, names: &self.labels };
        LabelOrder::between(own, Classes { of: student, names: labels })
    }

    /// Returns the values of all parameters of the teacher: they stay unchanged whatever a student learns.
    ///
    /// # Errors
    /// Where the tensors cannot be read.
    pub fn values(&self) -> candle_core::Result<Vec<f32>> {
        self.network.values()
    }

    /// Returns the number of classes that the teacher tells apart.
    pub(crate) fn classes(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn network(&self) -> &Network {
        self.network.network()
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.network.is_on_cpu()
    }

    /// Returns one row per image, unaugmented: its logits, `[classes]`.
    pub(crate) fn logits_of_images(&self, images: &DataSet) -> candle_core::Result<Vec<Vec<f32>>> {
        logits_of_set(&self.network, images, &self.input)
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`.
    pub(crate) fn logits(&self, images: &[f32]) -> candle_core::Result<Vec<f32>> {
        self.network.logits(images)
    }
}

/// Returns what two inputs show of a picture, in words, where that differs. Size, range, mean and deviation may: each
/// network has its own of one augmented picture.
fn difference(one: &ImageInput, other: &ImageInput) -> Option<[String; 2]> {
    let at_size_of_one = resize_at(other.resize(), other.shape(), one.shape());
    let (one, other) = (in_words(one, one.resize()), in_words(other, at_size_of_one));
    let differing = |these: &[String], those: &[String]| {
        let pairs = these.iter().zip(those).filter(|(this, that)| this != that);
        pairs.map(|(this, _)| this.as_str()).collect::<Vec<_>>().join(", ")
    };
    (one != other).then(|| [differing(&one, &other), differing(&other, &one)])
}

/// Returns what an input shows of a picture that is brought to it so, in words.
fn in_words(input: &ImageInput, resize: Resize) -> [String; 2] {
    let framing = match resize {
        Resize::Fit => "pictures fitted whole".to_owned(),
        Resize::Fill => "pictures cropped to fill".to_owned(),
        Resize::Stretch => "pictures stretched".to_owned(),
        Resize::Ink { longest_side } => format!("ink framed in {longest_side} pixels"),
    };
    let polarity = match input.polarity {
        Polarity::LightOnDark => "made light on dark",
        Polarity::DarkOnLight => "made dark on light",
        Polarity::Natural => "never inverted",
    };
    [framing, polarity.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preprocessings_are_told_in_words_where_they_differ() {
        let ink = |longest_side| Resize::Ink { longest_side };
        let digits = ImageInput::version_1([1, 28, 28], Polarity::LightOnDark, ink(20));
        let garments = ImageInput { framing: ink(28).into(), ..digits.clone() };
        let told = difference(&digits, &garments).unwrap();
        assert_eq!(told, ["ink framed in 20 pixels", "ink framed in 28 pixels"]);
        let photographs = ImageInput::version_2([3, 96, 96], Resize::Fit);
        let [expected, found] = difference(&photographs, &digits).unwrap();
        assert_eq!(expected, "pictures fitted whole, never inverted");
        assert_eq!(found, "ink framed in 20 pixels, made light on dark");
    }

    #[test]
    fn size_range_and_mean_are_each_networks_own() {
        let teacher = ImageInput { mean: vec![0.4; 3], ..ImageInput::version_2([3, 96, 96], Resize::Fit) };
        assert_eq!(difference(&teacher, &ImageInput::version_2([1, 32, 32], Resize::Fit)), None);
        let ink = |side, longest_side| ImageInput::version_2([1, side, side], Resize::Ink { longest_side });
        assert_eq!(difference(&ink(14, 10), &ink(28, 20)), None);
        assert!(difference(&ink(14, 10), &ink(28, 10)).is_some());
    }
}

//! Teachers: networks whose logits students learn from, and which are never changed.

use std::path::PathBuf;

use candle_core::Device;
use models::weights::Weights;
use models::{ImageInput, Network};
use serde::{Deserialize, Serialize};

use crate::augmentation::cached_tensor::CacheError;
use crate::data::data_set::DataSet;
use crate::network::answers::logits_of_set;
use crate::network::device_network::DeviceNetwork;

/// A teacher's weights on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherFile {
    /// A run's directory or a safetensors file, as given.
    pub path: PathBuf,
    /// Of its values: a run that goes on must go on with the same teacher.
    pub sha256: String,
}

/// A network whose logits a student learns from. A type of its own, so that it can't be swapped with the student.
#[derive(Debug)]
pub struct Teacher {
    /// What goes into a run's configuration.
    pub file: TeacherFile,
    input: ImageInput,
    labels: Vec<String>,
    network: DeviceNetwork,
}

/// A teacher that cannot teach.
#[derive(Debug, thiserror::Error)]
pub enum TeacherError {
    /// Its kept logits cannot be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The tensors fail.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// It sees or says something else than the student.
    #[error("{}: {what}: expected {expected} as the student has, found {found}", path.display())]
    Mismatch {
        /// The teacher in question.
        path: PathBuf,
        /// Input or classes.
        what: &'static str,
        /// The student's.
        expected: String,
        /// The teacher's.
        found: String,
    },
    /// A run goes on with other weights than it began with.
    #[error("{}: expected the teacher of SHA-256 {expected}, found {found}", path.display())]
    Changed {
        /// The teacher in question.
        path: PathBuf,
        /// In the run's configuration.
        expected: String,
        /// On disk.
        found: String,
    },
}

impl Teacher {
    /// Returns the teacher whose weights are those of `file`, on `device`.
    ///
    /// # Errors
    /// Where the device has no room for them.
    pub fn new(file: TeacherFile, weights: &Weights, device: &Device) -> candle_core::Result<Self> {
        let network = DeviceNetwork::from_weights(weights, device)?;
        let (input, labels) = (weights.contract.input.clone(), weights.contract.labels.clone());
        Ok(Self { file, input, labels, network })
    }

    /// Checks that it sees what `student` sees and names what the student names.
    pub(crate) fn check(
        &self,
        student: &Network,
        input: &ImageInput,
        labels: &[String],
    ) -> Result<(), TeacherError> {
        let mismatch = |what, expected, found| {
            let path = self.file.path.clone();
            Err(TeacherError::Mismatch { path, what, expected, found })
        };
        if self.input.shape() != student.input {
            return mismatch("input", format!("{:?}", student.input), format!("{:?}", self.input.shape()));
        }
        if self.input != *input {
            return mismatch("preprocessing", format!("{input:?}"), format!("{:?}", self.input));
        }
        if self.labels != labels {
            return mismatch("labels", labels.join(", "), self.labels.join(", "));
        }
        Ok(())
    }

    /// The values of all parameters: unchanged whatever a student learns.
    ///
    /// # Errors
    /// Where the tensors cannot be read.
    pub fn values(&self) -> candle_core::Result<Vec<f32>> {
        self.network.values()
    }

    pub(crate) fn network(&self) -> &Network {
        self.network.network()
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.network.is_on_cpu()
    }

    /// The logits of every image as it is, a row an image.
    pub(crate) fn logits_of_images(&self, images: &DataSet) -> candle_core::Result<Vec<Vec<f32>>> {
        logits_of_set(&self.network, images, &self.input)
    }

    /// `[batch, classes]` of images `[batch, channels, height, width]`.
    pub(crate) fn logits(&self, images: &[f32]) -> candle_core::Result<Vec<f32>> {
        self.network.logits(images)
    }
}

//! Teachers: networks that are asked and never changed.

use std::path::{Path, PathBuf};

use candle_core::Device;
use models::{ImageInput, Network};

use crate::candle_network::CandleNetwork;
use crate::data_set::DataSet;
use crate::evaluation::logits_of_set;
use crate::run_directory::{RunError, TeacherFile, load_weights};

/// A network whose logits a student learns from. A type of its own, so that it can't be swapped with the student.
#[derive(Debug)]
pub struct Teacher {
    /// What goes into a run's configuration.
    pub file: TeacherFile,
    input: ImageInput,
    labels: Vec<String>,
    network: CandleNetwork,
}

/// A teacher that cannot teach.
#[derive(Debug, thiserror::Error)]
pub enum TeacherError {
    /// Its weights cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
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
    /// Loads the weights of a run or a safetensors file.
    ///
    /// # Errors
    /// [`TeacherError`] where they cannot be used.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TeacherError> {
        let weights = load_weights(path)?;
        let file = TeacherFile { path: path.to_owned(), sha256: weights.sha256() };
        let network = CandleNetwork::from_weights(&weights, device)?;
        Ok(Self { file, input: weights.contract.input, labels: weights.contract.labels, network })
    }

    /// Loads the teacher that a run began with.
    ///
    /// # Errors
    /// [`TeacherError::Changed`] where the file holds others by now.
    pub fn reload(file: &TeacherFile, device: &Device) -> Result<Self, TeacherError> {
        let teacher = Self::load(&file.path, device)?;
        if teacher.file.sha256 != file.sha256 {
            let (expected, found) = (file.sha256.clone(), teacher.file.sha256);
            return Err(TeacherError::Changed { path: file.path.clone(), expected, found });
        }
        Ok(teacher)
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
